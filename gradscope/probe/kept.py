"""Copies of forward values and gradients of the iteration on screen, within a stated budget.

Only detail level keeps anything. What is kept is cloned at once: a kept reference would turn a stolen gradient into a
copied one, a kept ``.detach()`` would change with it. Beyond the budget nothing more is kept, and the answer says so;
of forward values there are the statistics then, taken at once. While nobody steps the budget is a small one, because
what the first iteration takes at its peak the process holds for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tensors import quiet, statistics_row, untouchable

if TYPE_CHECKING:
    from collections.abc import Hashable

    import torch

BUDGET_BYTES = 512 << 20
FREE_BUDGET_BYTES = 16 << 20  # while nobody steps
BEYOND = "not kept: the memory budget of {} MiB for this iteration is used up"
RAN_FREE = "not kept: this iteration was not stepped through; step into the next one to see its tensors"


class Kept:
    """Tensors by key. ``refused`` says why others are not there, ``figures`` what those came to.

    ``figures`` are in STATISTIC_COLUMNS without the first two.
    """

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self.budget = budget
        self.bytes = 0
        self._tensors: dict[Hashable, torch.Tensor] = {}
        self.refused: dict[Hashable, str] = {}
        self.figures: dict[Hashable, tuple[float, ...]] = {}

    def keep(self, key: Hashable, tensor: torch.Tensor, measure: bool = False) -> None:
        """Clone a tensor under a key, if it may be touched and the budget allows; else ``measure`` it, if wanted."""
        reason = untouchable(tensor)
        size = 0 if reason else tensor.numel() * tensor.element_size()
        if not reason and self.bytes + size > self.budget:
            reason = RAN_FREE if self.budget == FREE_BUDGET_BYTES else BEYOND.format(self.budget >> 20)
            if measure:
                self.figures[key] = statistics_row(tensor)
        if reason:
            self.refused[key] = reason
            return
        with quiet():
            self._tensors[key] = tensor.detach().clone()
        self.bytes += size

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
        self.figures.clear()
        self.bytes = 0
