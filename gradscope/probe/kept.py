"""Copies of forward values and gradients of the iteration on screen, within a stated budget.

Only detail level keeps anything. What is kept is cloned at once: a kept reference would turn a stolen gradient into a
copied one, a kept ``.detach()`` would change with it. Beyond the budget nothing more is kept, and the answer says so;
of forward values there are the statistics then, taken at once. While nobody steps the budget is a small one, because
what the first iteration takes at its peak the process holds for ever. Where nobody could ever ask for a tensor, as in a
recording, nothing is kept at all: a value waits as a copy only until there are enough of them to be measured at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wire.messages import STATISTIC_COLUMNS
from .compat import version_of
from .reductions import LARGE_ELEMENTS, Reducer
from .tensors import quiet, statistics_row, untouchable

if TYPE_CHECKING:
    from collections.abc import Hashable

    import torch

BUDGET_BYTES = 512 << 20
FREE_BUDGET_BYTES = 16 << 20  # while nobody steps
BEYOND = "not kept: the memory budget of {} MiB for this iteration is used up"
RAN_FREE = "not kept: this iteration was not stepped through; step into the next one to see its tensors"


def budget(stepping: bool, always: bool, may_hold: bool) -> int:
    """How many bytes of an iteration may be kept.

    Args:
        stepping: a person steps through it.
        always: every iteration is captured in detail.
        may_hold: an exception or a breakpoint may hold the script in the middle of it.
    """
    if stepping or (always and may_hold):
        return BUDGET_BYTES
    return 0 if always else FREE_BUDGET_BYTES


class Kept:
    """Tensors by key. ``refused`` says why others are not there, ``figures`` what those came to.

    ``figures`` are in STATISTIC_COLUMNS without the first two. ``all_passing``: gradients are kept in light level, too,
    from here to the end of the iteration.
    """

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self.budget = budget
        self.all_passing = False
        self.bytes = 0
        self._tensors: dict[Hashable, torch.Tensor] = {}
        self.refused: dict[Hashable, str] = {}
        self._figures: dict[Hashable, tuple[float, ...]] = {}
        self._waiting: list[Hashable] = []
        self._measured: dict[Hashable, int] = {}  # the version it was measured at
        self._alike: dict[Hashable, Hashable] = {}
        self._reducer = Reducer(frozenset(), full=True)

    def keep(
        self, key: Hashable, tensor: torch.Tensor, measure: bool = False, like: tuple[Hashable, int] | None = None
    ) -> None:
        """Clone a tensor under a key, if it may be touched and the budget allows; else ``measure`` it, if wanted.

        ``like``: the key of a tensor that has the same elements in another shape or order, and its version.
        """
        if not self.budget:
            if like is not None and self._measured.get(like[0]) == like[1]:
                self._alike[key] = self._alike.get(like[0], like[0])
                self._measured[key] = version_of(tensor)
                self.refused[key] = RAN_FREE
                return
            self._measure_only(key, tensor, measure)
            return
        reason = untouchable(tensor)
        size = 0 if reason else tensor.numel() * tensor.element_size()
        if not reason and self.bytes + size > self.budget:
            reason = RAN_FREE if self.budget <= FREE_BUDGET_BYTES else BEYOND.format(self.budget >> 20)
            if measure:
                self._figures[key] = statistics_row(tensor)
        if reason:
            self.refused[key] = reason
            return
        with quiet():
            self._tensors[key] = tensor.detach().clone()
        self.bytes += size

    def _measure_only(self, key: Hashable, tensor: torch.Tensor, measure: bool) -> None:
        reason = untouchable(tensor)
        self.refused[key] = reason or RAN_FREE
        if measure and not reason:
            with quiet():
                size = tensor.numel()
                # What is written to it before its turn comes is another value.
                value = tensor.clone() if size < LARGE_ELEMENTS else tensor.detach()
            self._reducer.look(len(self._waiting), 0, value, size)
            self._waiting.append(key)
            if not tensor.is_inference():
                self._measured[key] = version_of(tensor)

    @property
    def figures(self) -> dict[Hashable, tuple[float, ...]]:
        """What those came to that were measured and not kept."""
        if self._waiting:
            table = self._reducer.finish()
            rows = zip(*map(table.column, ("node", *STATISTIC_COLUMNS[2:])), strict=True)
            self._figures.update((self._waiting[int(number)], tuple(values)) for number, *values in rows)
            self._waiting.clear()
            self._figures.update((key, self._figures[other]) for key, other in self._alike.items())
        return self._figures

    def get(self, key: Hashable) -> torch.Tensor | None:
        """The copy, if there is one."""
        return self._tensors.get(key)

    def drop(self, key: Hashable) -> None:
        """Forget one: another tensor has taken its place."""
        tensor = self._tensors.pop(key, None)
        self.refused.pop(key, None)
        if tensor is not None:
            self.bytes -= tensor.numel() * tensor.element_size()

    def clear(self) -> None:
        """Forget everything: a new iteration begins."""
        self._tensors.clear()
        self.refused.clear()
        self._figures.clear()
        self._waiting.clear()
        self._measured.clear()
        self._alike.clear()
        self._reducer = Reducer(frozenset(), full=True)
        self.bytes = 0
        self.all_passing = False
