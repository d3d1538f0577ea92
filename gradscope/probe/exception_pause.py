"""The pause at an exception: the thread is held where it was raised, with its frames and their tensors to look at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..wire import messages as m
from .guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from .answers import Answers
    from .parts import Parts

_LONGEST = 4000


class Around:
    """Who is told when a pause begins, with its point and its frame, and when it is over."""

    def __init__(self) -> None:
        self.begins: Sequence[Callable[[m.PausePoint, FrameType | None], object]] = ()
        self.over: Sequence[Callable[[], object]] = ()


def hold_at(fault: m.ExceptionRaised, frame: FrameType | None, parts: Parts, answers: Answers, around: Around) -> None:
    """Hold the training thread until an order lets the exception go on its way. ``frame``: the user's innermost."""
    stack = tuple(m.Frame(line.file, line.line, line.function) for line in fault.frames)
    course = parts.course
    answers.frame = frame
    _tell_variables(stack, parts, answers)
    for begins in around.begins:
        begins("exception", frame)
    text = f"{fault.type}: {fault.message}"[:_LONGEST]
    phase = course.phase if fault.phase != "backward" else "backward"
    where = (course.iteration, phase, fault.pass_index, fault.fingerprint, fault.node)
    began = time.perf_counter()
    try:
        with parts.gate.turn:
            parts.gate.hold(m.Paused("exception", *where, frames=stack, text=text))
    finally:
        answers.frame = None
        for over in around.over:
            over()
        course.held(time.perf_counter() - began)


@guarded("variables")
def _tell_variables(stack: tuple[m.Frame, ...], parts: Parts, answers: Answers) -> None:
    where = stack[0] if stack else m.Frame("", -1, "<module>")
    parts.tell(answers.variables(parts.course.iteration, where))
