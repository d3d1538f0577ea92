"""Runs with a goal: so many iterations, a loss beyond a threshold, the end of the epoch.

They run as freely as "continue" does; only the pause points at which the goal can be reached are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..wire import messages as m
    from .course import Course
    from .progress import ProgressCounter

KINDS = frozenset(("iterations", "loss_below", "loss_above", "epoch"))


class Goals:
    """Follows the goal of the last order."""

    def __init__(self, course: Course, progress: ProgressCounter) -> None:
        self._course = course
        self._progress = progress
        self._wish: m.Step | None = None
        self._last_iteration = 0
        self._epoch = -1

    def ordered(self, wish: m.Step, after_end: bool) -> None:
        """An order begins to hold, in the training thread; ``after_end``: the iteration is over already."""
        self._wish = wish
        self._last_iteration = self._course.iteration + max(wish.count, 1) - (0 if after_end else 1)
        self._epoch = -1 if after_end and self._progress.in_last_batch else self._progress.epoch

    def in_last(self, wish: m.Step) -> bool:
        """Whether the iteration that begins is the one that the run ends with, as far as can be known before."""
        return wish is self._wish and wish.kind == "iterations" and self._course.iteration == self._last_iteration

    def reached(self, wish: m.Step, point: m.PausePoint, loss: float | None) -> str:
        """Why the run ends at this pause point; "" if it goes on."""
        if wish.kind not in KINDS:
            return ""
        if wish is not self._wish:
            self.ordered(wish, after_end=False)
        if wish.kind == "iterations":
            done = point == "end" and self._course.iteration >= self._last_iteration
            return f"{wish.count} iteration{'s' if wish.count != 1 else ''} done" if done else ""
        if wish.kind == "epoch":
            return self._epoch_over(point)
        if point != "backward" or loss is None:
            return ""
        if wish.kind == "loss_below" and loss < wish.threshold:
            return f"the loss is {loss:.6g}, below {wish.threshold:.6g}"
        if wish.kind == "loss_above" and not loss <= wish.threshold:  # a NaN ends it too
            return f"the loss is {loss:.6g}, above {wish.threshold:.6g}"
        return ""

    def _epoch_over(self, point: m.PausePoint) -> str:
        progress = self._progress
        if point == "end" and progress.in_last_batch:
            return f"the end of epoch {progress.epoch}"
        if point != "forward" or progress.epoch < 0:
            return ""
        if self._epoch < 0:
            self._epoch = progress.epoch
        if progress.epoch != self._epoch:
            return f"epoch {progress.epoch} begins: the one before has no last batch that is known beforehand"
        return ""
