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
    """The frame ``depth`` calls above the function that asks."""
    return sys._getframe(depth + 1)  # noqa: SLF001  # the one place that does


def stack(frame: FrameType | None) -> tuple[Frame, ...]:
    """The user's frames from ``frame`` outwards, innermost first, without torch's and the probe's own."""
    frames: list[Frame] = []
    found = user_frame(start=frame) if frame is not None else None
    while found is not None and len(frames) < LIMIT:
        code = found.f_code
        if not code.co_filename.startswith("<"):
            frames.append(Frame(code.co_filename, found.f_lineno or -1, code.co_name))
        found = user_frame(start=found.f_back) if found.f_back is not None else None
    return tuple(frames)
