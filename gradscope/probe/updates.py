"""Updates: when they begin and end, and what they did to each parameter."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any, Literal

from ..wire import messages as m
from ..wire.leaves import LEAF_GRADIENT_COLUMNS
from ..wire.table import Table
from . import compat
from .grad_writes import GradWrites
from .guard import guarded
from .last_update import LastUpdate
from .naming import tensor_names, user_frame
from .weights import advance, difference, parameter_norms, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    import torch

    from .parts import Parts

SNAPSHOT_BYTES = 64 << 20
EVERY = 8  # in free running, a parameter's value and change are measured in one of so many updates
FEW = 16  # parameters that are all measured every time


class Updates:
    """Sees optimizer steps, and leaves that changed without one."""

    def __init__(self, parts: Parts, enter: Callable[[], None], pause: Callable[[m.PausePoint, str], None]) -> None:
        self._parts = parts
        self._enter = enter
        self.pause = pause
        self._depth = 0
        self._before: dict[int, torch.Tensor | None] = {}
        self._versions: dict[int, tuple[weakref.ref[torch.Tensor], int]] = {}
        self._figures: dict[int, list[float]] = {}
        self._last_leaves: list[weakref.ref[torch.Tensor]] = []
        self._skipped = False
        self._steps = 0
        self._scaling = False
        self.writes = GradWrites()
        self._learning_rate: float | None = None
        self._ever_stepped = False
        self._in_turns = False
        self._known = 0  # parameters, when they were looked through last
        self.on_step_depth: Callable[[int, Any], None] = _nobody
        self.before_step: Callable[[Any], None] = _nobody
        self.compare = LastUpdate()
        self.followed: Callable[[], tuple[m.Figure, ...]] = tuple

    @property
    def inside(self) -> bool:
        """An optimizer's ``step`` is running."""
        return self._depth > 0

    @guarded("updates")
    def step_begins(self, optimizer: Any, closure: bool, frame: FrameType | None) -> None:
        """The pre hook of any optimizer; only the outermost counts (wrappers call others)."""
        self._depth += 1
        if self._depth > 1:
            return
        self._ever_stepped = True
        if not closure:
            self.on_step_depth(1, optimizer)
        self._parts.calls.unwind()
        self._enter()
        self.before_step(optimizer)
        self._learn(optimizer, frame)
        if not closure:  # with a closure its forwards and backwards come first, inside this step
            self.look_before(in_turns=True)
            self._parts.course.update_begins(type(optimizer).__name__)

    @guarded("updates")
    def step_ended(self, optimizer: Any) -> None:
        """The post hook of any optimizer."""
        self._depth = max(0, self._depth - 1)
        if self._depth:
            return
        self.on_step_depth(0, optimizer)
        self._steps += 1
        if self._parts.course.phase != "update":
            self._parts.course.update_begins(type(optimizer).__name__)
        self.look_after()
        self._skipped = self._scaling and self._nothing_moved()
        self._parts.course.update_ended()

    def scaled_step(self, step: Callable[[], Any], optimizer: Any) -> Any:
        """``GradScaler.step``: where it finds NaN or Inf it leaves the optimizer's own out: the update is skipped."""
        before = self._steps
        self._scaling = True
        try:
            result = step()
        finally:
            self._scaling = False
        self._step_of_scaler_ended(optimizer, self._steps == before)
        return result

    @guarded("updates")
    def _step_of_scaler_ended(self, optimizer: Any, left_out: bool) -> None:
        if self._depth:
            return
        if left_out:
            self._enter()
            self._parts.calls.unwind()
            self.look_before()
            self._skipped = self._skipped or not self._parts.course.updated
            self._parts.course.update_begins(type(optimizer).__name__)
            self.look_after()
            self._parts.course.update_ended()

    def _nothing_moved(self) -> bool:
        """A fused optimizer looks at the scaler's findings itself and leaves all as it is."""
        figures = self._figures.values()
        return any(not math.isfinite(g) for g, _, _ in figures) and all(change <= 0 for _, _, change in figures)

    def _learn(self, optimizer: Any, frame: FrameType | None) -> None:
        groups = optimizer.param_groups
        if groups and isinstance(groups[0].get("lr"), (int, float)):
            self._learning_rate = float(groups[0]["lr"])
        user = user_frame(start=frame) if frame is not None else None
        names: dict[int, str] | None = None
        for number, group in enumerate(groups):
            unknown = any(self._parts.parameters.index_of(p) < 0 for p in group["params"])
            if unknown and names is None and user is not None:
                names = tensor_names(user)
            self._parts.parameters.mark_in_optimizer(group["params"], names or {}, f"group {number}")

    def look_before(self, announced: bool = True, in_turns: bool = False) -> None:
        """Norms of gradients just before the update; copies of the parameters where there are none yet.

        ``in_turns``: an optimizer says so, and will every time. Where training runs free, only parameters whose turn it
        is are copied then, for the length of its step.
        """
        living = self._parts.parameters.living()
        self._in_turns = in_turns and not self._parts.detail and len(living) > FEW
        if self._in_turns:
            turn = self._parts.course.iteration
            self._before.clear()
            self._take_copies([pair for pair in living if (pair[0] + turn) % EVERY == 0])
        else:
            self._take_copies([pair for pair in living if pair[0] not in self._before])
        with_gradient = [(index, leaf) for index, leaf in living if leaf.grad is not None]
        norms = parameter_norms([leaf.grad for _, leaf in with_gradient])
        self._figures = {index: [-1.0, -1.0, -1.0] for index, _ in living}
        for (index, _), norm in zip(with_gradient, norms, strict=False):
            self._figures[index][0] = norm
        if self._parts.detail and announced:
            self._tell_leaves("update", [(index, self._figures[index][0]) for index, _ in living])

    def look_after(self) -> None:
        """Norms of the parameters and of their change; the copies become those of the next update."""
        living = self._parts.parameters.living()
        if self._in_turns:
            for index, leaf in living:
                self._note_version(index, leaf)
            living = [pair for pair in living if pair[0] in self._before]
        before = [self._before.get(index) for index, _ in living]
        leaves = [leaf for _, leaf in living]
        self.compare.take(self._parts, living, before)
        changes = advance(leaves, before)
        for (index, leaf), change, norm in zip(living, changes, parameter_norms(leaves), strict=False):
            figures = self._figures.setdefault(index, [-1.0, -1.0, -1.0])
            figures[1] = norm
            figures[2] = change
            self._note_version(index, leaf)
        known = [
            self._before.get(index, ()) is not None for index, _ in living
        ]  # None: beyond the budget, and stays so
        if any(change < 0 and fits for change, fits in zip(changes, known, strict=True)):  # new, replaced, a half
            for (index, _), change, other in zip(living, changes, difference(leaves, before), strict=True):
                self._figures[index][2] = other if change < 0 else change
            self._take_copies(living)
        if self._in_turns:
            self._before.clear()

    def _take_copies(self, living: list[tuple[int, torch.Tensor]]) -> None:
        if not living:
            return
        again = {index for index, _ in living}
        others = (copy for index, copy in self._before.items() if copy is not None and index not in again)
        held = sum(copy.numel() * copy.element_size() for copy in others)
        copies = snapshot([leaf for _, leaf in living], SNAPSHOT_BYTES - held)
        for (index, leaf), copy in zip(living, copies, strict=False):
            self._before[index] = copy
            self._note_version(index, leaf)

    def _note_version(self, index: int, leaf: torch.Tensor) -> None:
        self._versions[index] = (weakref.ref(leaf), compat.version(leaf))

    def _is_noted(self, index: int, leaf: torch.Tensor) -> bool:
        """Its version is known, not that of another tensor which went by the same name before."""
        reference, _ = self._versions.get(index, (None, 0))
        return reference is not None and reference() is leaf

    def _tell_leaves(self, moment: Literal["pass", "update"], norms: list[tuple[int, float]]) -> None:
        columns = dict(zip(LEAF_GRADIENT_COLUMNS, map(list, zip(*norms, strict=True)), strict=False))
        course, writes = self._parts.course, tuple(self.writes.texts) if moment == "update" else ()
        if columns:
            table = Table.from_columns("f8", columns)
            self._parts.tell(m.LeafGradients(course.iteration, course.pass_index, moment, table, writes))
        if moment == "update":
            self.writes.stop()

    def written_by_hand(self, leaf: torch.Tensor) -> None:
        """The user changed a leaf from outside: that is no update, and not a part of the next one."""
        index = self._parts.parameters.index_of(leaf)
        if index in self._before:
            self._take_copies([(index, leaf)])

    @guarded("updates")
    def hand_begins(self) -> None:
        """The script is about to write to a leaf itself."""
        self._enter()
        self.look_before()
        self._parts.course.update_begins("by hand")

    @guarded("updates")
    def hand_ended(self) -> None:
        """It has written: grad mode is on again, or the next tracked operation begins."""
        self.look_after()
        self._parts.course.update_ended()

    def hold_at_parameter(self, leaf: torch.Tensor) -> None:
        """Before a further leaf of the same update is written."""
        index = self._parts.parameters.index_of(leaf)
        self.pause("parameter", self._parts.parameters.name(index) if index >= 0 else "")

    @guarded("updates")
    def notice_unseen(self) -> None:
        """At the next pass: leaves that changed since the last one without an optimizer were updated by hand."""
        course = self._parts.course
        if self._depth or course.updated or course.pass_index < 0 or not self._versions:
            return
        living = [pair for pair in self._parts.parameters.living() if self._is_noted(*pair)]
        changed = any(compat.version(leaf) != self._versions[index][1] for index, leaf in living)
        if not changed and self._last_leaves:  # ``w = (w - lr * w.grad).detach().requires_grad_()``: all are others
            changed = all(reference() is None for reference in self._last_leaves)
        if not changed and not self._ever_stepped:  # ``w.data -= ...`` leaves no version behind
            before = [self._before.get(index) for index, _ in living]
            changed = any(change > 0 for change in difference([leaf for _, leaf in living], before))
        if changed:
            course.unseen_update()
            self.look_after()

    def pass_ended(self, leaves: Iterable[torch.Tensor], accumulated: bool) -> None:
        """What leaves hold now; for scripts whose updates nobody announces also the first copies."""
        if self._ever_stepped and (self._before or self._in_turns) and not self._parts.detail:
            self._note_newcomers()
            return
        living = self._parts.parameters.living()
        if self._parts.detail and accumulated:
            held = [(index, leaf.grad) for index, leaf in living if leaf.grad is not None]
            norms = parameter_norms([gradient for _, gradient in held])
            self._tell_leaves("pass", [(index, norm) for (index, _), norm in zip(held, norms, strict=True)])
            self.writes.watch(gradient for _, gradient in held)
        if accumulated and not self._ever_stepped:
            self._last_leaves = [weakref.ref(leaf) for leaf in leaves]
        self._take_copies([pair for pair in living if not self._is_noted(*pair)])
        if not self._ever_stepped and not self._parts.course.updated:
            self.look_before(announced=False)

    def _note_newcomers(self) -> None:
        """A leaf that came after the optimizers did, such as a picture that is changed by hand when all is trained."""
        known = len(self._parts.parameters)
        if known != self._known:
            self._known = known
            for index, leaf in self._parts.parameters.living():
                if not self._is_noted(index, leaf):
                    self._note_version(index, leaf)

    def summary(self) -> m.IterationEnded | None:
        """What the iteration came to; None if nothing happened in it."""
        course = self._parts.course
        if course.pass_index < 0 and not course.updated:
            return None
        columns: dict[str, list[float]] = {name: [] for name in m.PARAMETER_COLUMNS}
        for index, figures in self._figures.items():
            for column, value in zip(m.PARAMETER_COLUMNS, (index, *figures), strict=False):
                columns[column].append(value)
        cleared = all(leaf.grad is None for _, leaf in self._parts.parameters.living())
        return m.IterationEnded(
            course.iteration,
            course.label,
            self._skipped,
            cleared,
            self._parts.loss,
            self._parts.fingerprint,
            tuple(course.phase_seconds),
            tuple(course.phase_seconds.values()),
            Table.from_columns("f8", columns),
            self._learning_rate,
            self.followed(),
        )

    @property
    def figures(self) -> dict[int, list[float]]:
        """Of the last update, by parameter: norm of its gradient, of its value behind it, of the change; -1 unknown."""
        return self._figures

    def new_iteration(self) -> None:
        """Forget the figures of the last iteration."""
        self._figures = {}
        self._skipped = False
        self._last_leaves = []
        self.writes.stop()
        self.compare.new_iteration(self._parts)


def _nobody(*_: Any) -> None:
    return
