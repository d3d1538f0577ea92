"""Pause points: whether the training thread is held at one, and what is told before it is.

Three may want it held: the last order (the gate's wish), a breakpoint, and the goal of a free run. Whoever it is, what
is on screen is brought up to date first. One thread at a time is held; another waits for its turn and asks again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..wire import messages as m
from . import frames
from .breakpoints import Stop
from .forward_breaks import ForwardBreaks
from .guard import guarded
from .naming import user_frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from .answers import Answers
    from .calls import CallRecord
    from .capture import Capture
    from .goals import Goals
    from .parts import Parts
    from .passing import Passing

NOBODY = -1  # the number of the breakpoint that a goal is not


class Pauses:
    """Every place where the thread may be held comes through here."""

    def __init__(self, parts: Parts, capture: Capture, answers: Answers, goals: Goals, script: str) -> None:
        self._parts = parts
        self._capture = capture
        self._answers = answers
        self._goals = goals
        self._script = script
        self._forward_breaks = ForwardBreaks(parts.breaks)
        self.on_begin: list[Callable[[m.PausePoint, FrameType | None], object]] = []
        self.on_over: list[Callable[[], object]] = []

    def pause(self, point: m.PausePoint, text: str) -> None:
        """At a phase's pause point, an operation's or a parameter's."""
        stop = self._stop_at(point)
        if stop is not None or self._parts.gate.wants(point):
            self._hold(point, text, stop)

    def at_call(self, call: CallRecord) -> None:
        """Before a module's forward. Stepping in detail stops at operations instead: they are finer."""
        gate, breaks = self._parts.gate, self._parts.breaks
        stop = breaks.at_call(call, self._parts.course.iteration) if breaks.now.calls and not gate.released else None
        finer = self._parts.detail and gate.wish.kind == "into"
        if stop is not None or (gate.wants("call") and not finer):
            self._hold("call", call.module or call.type, stop)

    def at_operation(self, name: str) -> None:
        """Before a tracked operation of the forward."""
        gate = self._parts.gate
        stop = self._before_operation(name) if self._parts.breaks.now.in_forward and not gate.released else None
        if stop is not None or (gate.fine and gate.wants("operation")):
            self._hold("operation", name, stop)

    @guarded("breakpoints")
    def _before_operation(self, name: str) -> Stop | None:
        return self._forward_breaks.at(name, self._parts.course.iteration, user_frame(start=frames.caller(1)))

    def at_node(self, passing: Passing, position: int, total: int, stop: Stop | None = None) -> None:
        """Before one node of backward, with the gradients that are about to flow into it."""
        self._hold("node", "", stop, passing.row, position, total, passing)

    def changed(self, name: str, stop: Stop) -> None:
        """A parameter turned out to have changed outside of the update."""
        self._hold("changed", name, stop)

    @guarded("breakpoints")
    def _stop_at(self, point: m.PausePoint) -> Stop | None:
        parts = self._parts
        if parts.gate.released:
            return None
        loss = parts.loss if point == "backward" else None
        stop = parts.breaks.at_point(point, parts.course.iteration, loss) if parts.breaks.now.armed else None
        reached = self._goals.reached(parts.gate.wish, point, loss)
        return stop or (Stop(NOBODY, reached) if reached else None)

    def _hold(
        self,
        point: m.PausePoint,
        text: str,
        stop: Stop | None,
        node: int = -1,
        position: int = -1,
        total: int = -1,
        passing: Passing | None = None,
    ) -> None:
        parts = self._parts
        with parts.gate.turn:
            if parts.gate.released or not (stop or parts.gate.wants(point, node, parts.shown.fingerprint)):
                return  # another thread was held meanwhile, and the order on how to go on was given there
            course, shown = parts.course, parts.shown
            frame = user_frame(start=frames.caller(1))
            self._answers.frame = frame
            self._before_hold(point, frame)
            stack = frames.stack(frame)
            self._tell_variables(stack)
            parts.passing = passing
            for begins in self.on_begin:
                begins(point, frame)
            index = shown.pass_index if point == "node" else course.pass_index
            number, reason = stop or (NOBODY, "")
            where = (point, course.iteration, course.phase, index, parts.shown.fingerprint, node, position, total)
            began = time.perf_counter()
            try:
                parts.gate.hold(m.Paused(*where, stack, text, number, reason))
            finally:
                self._answers.frame = parts.passing = None
                for over in self.on_over:
                    over()
                course.held(time.perf_counter() - began)
                self._goals.ordered(parts.gate.wish, after_end=point == "end")

    @guarded("variables")
    def _tell_variables(self, stack: tuple[m.Frame, ...]) -> None:
        where = stack[0] if stack else m.Frame(self._script, -1, "<module>")
        self._parts.tell(self._answers.variables(self._parts.course.iteration, where))

    @guarded("the picture at a pause")
    def _before_hold(self, point: m.PausePoint, frame: FrameType | None) -> None:
        """The leaves before the first forward, the graph under way in the forward, the figures at the end."""
        course = self._parts.course
        if point == "forward" and not self._capture.any_told:
            self._capture.leaves_only(frame)
        elif point in ("call", "operation", "loss") and course.phase in ("forward", "loss") and self._has_results():
            self._capture.under_way(frame)
        elif point in ("end", "script_end"):
            course.tell_iteration()
            if course.pass_index < 0 and self._has_results():
                self._capture.under_way(frame)  # backward() was not called on what the last forward made
            else:
                self._capture.tell_values()

    def _has_results(self) -> bool:
        """The forward came somewhere, and ``backward()`` was not called on it yet."""
        course = self._parts.course
        under_way = course.phase == "forward" or not course.in_backward_call
        return under_way and any(reference() is not None for reference in self._parts.results)
