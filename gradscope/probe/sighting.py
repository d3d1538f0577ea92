"""Which exception was seen last: the same one passes several of the probe's places on its way out.

It is known by its number in memory, since to hold it would keep its frames and their tensors alive. Such numbers come
again once it is gone, in a loop that catches what it raises as a rule; so where it was raised, and how far it has come,
count as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import traces
from .naming import is_ours

if TYPE_CHECKING:
    from types import FrameType


class Sighting:
    """The newest exception, and how far it had come where each place saw it."""

    __slots__ = ("_line", "_numbers", "_reach")

    def __init__(self) -> None:
        self._numbers: tuple[Any, ...] = ()
        self._line: tuple[str, int] | None = None
        self._reach: dict[str, int] = {}

    def again(self, error: BaseException, outer: FrameType | None, place: str) -> bool:
        """Whether it is the one that was noted, farther on its way. ``outer`` is the frame that it has come to."""
        if _numbers(error, outer) != self._numbers or _line(error, outer) != self._line:
            return False
        reach = _reach(error)
        if reach <= self._reach.get(place, -1):
            return False  # one place sees an exception once more only from farther out
        self._reach[place] = reach
        return True

    def note(self, error: BaseException, outer: FrameType | None, place: str) -> None:
        """Remember an exception."""
        self._numbers, self._line = _numbers(error, outer), _line(error, outer)
        self._reach = {place: _reach(error)}


def _numbers(error: BaseException, outer: FrameType | None) -> tuple[Any, ...]:
    """The exception's, and that of the frame that it was raised in, or from which the probe was called that called
    what raised it: later, the probe's own are taken out of the traceback.
    """
    frames = [link.tb_frame for link in reversed(traces.entries(error))]
    while outer is not None:
        frames.append(outer)
        outer = outer.f_back if is_ours(outer) else None
    inner = next((id(frame) for frame in frames if not is_ours(frame)), 0)
    return (id(error), type(error), inner)


def _line(error: BaseException, outer: FrameType | None) -> tuple[str, int] | None:
    """The innermost of the user's lines."""
    lines, _ = traces.user_trace(error, outer)
    return (lines[0].file, lines[0].line) if lines else None


def _reach(error: BaseException) -> int:
    """Through how many frames it has come."""
    return sum(not is_ours(link.tb_frame) for link in traces.entries(error))
