"""Breakpoints in the forward: at a torch function that is about to be called, and at a line of the user's.

A line is met when training comes to it, not at each of its operations: it must have been left in between, or begun
anew, which shows in how far its bytecode has come. A line that calls a module is met before the first operation in
there. Only detail level sees operations at all; ``Armory.in_forward`` says when it is wanted for that.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .naming import user_frames

if TYPE_CHECKING:
    from types import FrameType

    from ..wire import messages as m
    from .breakpoints import Breakpoints, Stop


class ForwardBreaks:
    """Asked before each tracked operation while one of them is enabled."""

    def __init__(self, breaks: Breakpoints) -> None:
        self._breaks = breaks
        self._inside: dict[int, tuple[int, int, int]] = {}  # by number: iteration, frame and offset it was last met at
        self._same: dict[tuple[str, str], bool] = {}

    def at(self, name: str, iteration: int, frame: FrameType | None) -> Stop | None:
        """The function of this name is about to be called from this frame."""
        stop = None
        stack: list[FrameType] | None = None
        for one in self._breaks.now.in_forward:
            spec = one.spec
            if spec.kind == "function":
                why = f"{spec.operation} is about to be called" if _bare(name) == _bare(spec.operation) else ""
            else:
                stack = user_frames(start=frame) if stack is None and frame is not None else stack
                why = self._at_line(spec, iteration, stack or [])
            if why and one.counts(iteration):
                stop = self._breaks.act(one, iteration, why) or stop
        return stop

    def _at_line(self, spec: m.Breakpoint, iteration: int, stack: list[FrameType]) -> str:
        here = next((f for f in stack if f.f_lineno == spec.occurrence and self._is_file(f, spec.name)), None)
        before = self._inside.pop(spec.number, None)
        if here is None:
            return ""
        now = (iteration, id(here), here.f_lasti)
        self._inside[spec.number] = now
        direct = stack[0] is here  # else its call is under way, and may make many operations
        if before is not None and before[:2] == now[:2] and before[2] <= now[2] - direct:
            return ""  # still on its way through it
        return f"line {spec.occurrence} of {os.path.basename(spec.name)}"  # noqa: PTH119  # pathlib is not loaded here

    def _is_file(self, frame: FrameType, name: str) -> bool:
        """Whether the frame's code stands in that file, which may be named by the end of its path."""
        key = (frame.f_code.co_filename, name)
        if key not in self._same:
            path = os.path.abspath(key[0])  # noqa: PTH100
            self._same[key] = path == name or path.endswith(os.sep + name)
        return self._same[key]


def _bare(name: str) -> str:
    return name.strip("_")
