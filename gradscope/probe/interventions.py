"""What a person can do at a pause beyond looking: change things, ask what an update will do, check a node's backward.

Put together here, so that the agent has one piece to tell of pauses, steps and passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wire import messages as m
from .changes import Changes
from .guard import guarded
from .keeping import Keeping
from .node_check import check_node
from .optimizers import Optimizers
from .update_table import UpdateTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from .answers import Answers
    from .capture import Capture
    from .orders import Orders
    from .parts import Parts
    from .updates import Updates


class Interventions:
    """``listen`` adds the rows of the order table."""

    def __init__(self, parts: Parts, updates: Updates, answers: Answers, capture: Capture) -> None:
        self._parts, self._answers, self._capture = parts, answers, capture
        self._optimizers = Optimizers(parts)
        self._changes = Changes(parts, updates, self._optimizers)
        self._changes.shown_again = self._show_again
        self._table = UpdateTable(parts, updates)
        self._keeping = Keeping(parts, answers)
        parts.course.on_iteration_ending.append(self._keeping.iteration_ends)
        parts.breaks.on_bad_noted = self._keeping.bad_noted
        self.pass_ended = self._changes.pass_ended
        updates.before_step = self._step_begins

    def listen(self, orders: Orders, tell: Callable[[Any], None]) -> None:
        """Who carries out which order."""
        orders.add(m.Change, self._changes.change, self._changes.wish)
        orders.add(m.UndoChange, self._changes.undo)
        orders.add(m.RequestVariables, self._tell_frame)
        orders.add(m.CheckNode, lambda order: tell(check_node(self._parts, order)))
        orders.add(m.KeepTensors, self._keeping.keep)
        orders.add(m.RequestUpdate, lambda order: tell(self._table.told(order)))

    @guarded("optimizer options")
    def pause_begins(self, point: str, frame: FrameType | None) -> None:
        """Before the pause is told."""
        self._changes.point = self._table.point = point
        self._optimizers.look_around(frame)
        news = self._optimizers.news()
        if news is not None:
            self._parts.tell(news)

    def pause_over(self) -> None:
        """Training goes on."""
        self._changes.pause_over()

    def _step_begins(self, optimizer: Any) -> None:
        self._optimizers.see(optimizer)
        self._table.step_begins(optimizer)
        self._changes.before_step()

    def _tell_frame(self, order: m.RequestVariables) -> None:
        told = self._answers.frame_variables(self._parts.course.iteration, order)
        if told is not None:
            self._parts.tell(told)

    def _show_again(self) -> None:
        """After a change: values on the cards and in the list of variables."""
        if self._parts.shown.leaves:
            self._capture.tell_values()
        self._tell_frame(m.RequestVariables(0))
