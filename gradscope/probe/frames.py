"""The user's Python stack as messages carry it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..wire.messages import Frame
from .naming import user_frame

if TYPE_CHECKING:
    from types import FrameType

LIMIT = 64


def caller(depth: int) -> FrameType | None:
    """The frame ``depth`` calls above the function that asks; None where nothing of Python's called so far up."""
    try:
        return sys._getframe(depth + 1)  # noqa: SLF001  # the one place that does
    except ValueError:
        return None


def outside_modes(frame: FrameType | None) -> FrameType | None:
    """The frame whose torch call a function mode of the user's handles in ``frame``; else ``frame`` itself."""
    while frame is not None and frame.f_code.co_name == "__torch_function__":
        frame = user_frame(start=frame.f_back) if frame.f_back is not None else None
    return frame


def outwards(frame: FrameType | None) -> list[FrameType]:
    """The user's frames from ``frame`` outwards, innermost first, without torch's and the probe's own."""
    frames: list[FrameType] = []
    found = user_frame(start=frame) if frame is not None else None
    while found is not None and len(frames) < LIMIT:
        if not found.f_code.co_filename.startswith("<"):
            frames.append(found)
        found = user_frame(start=found.f_back) if found.f_back is not None else None
    return frames


def described(frame: FrameType) -> Frame:
    """Where a frame stands."""
    return Frame(frame.f_code.co_filename, frame.f_lineno or -1, frame.f_code.co_name)


def stack(frame: FrameType | None) -> tuple[Frame, ...]:
    """``outwards``, as messages carry it."""
    return tuple(map(described, outwards(frame)))
