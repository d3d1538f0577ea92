"""Empty strips taken out of a picture: heights at which there is nothing but upright lines and the inside of boxes.

The engine leaves a whole layer of room above and below what stands in a box. Taking a strip out moves everything below
it up alike, so that order, overlaps and right angles stay as they are; only boxes and upright lines become shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .sizes import HEADER_HEIGHT
from .strips import empty_strips, level_pieces

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

AROUND_CARDS = 12.0
AROUND_LINES = 7.0
AROUND_BORDERS = 8.0
_FAR = 1e9


def squeeze(low: Floats2, high: Floats2, points: Floats2, start: Ints1, boxes: Ints1) -> None:
    """Move corners and points up over the empty strips above them, in place."""
    cards = np.setdiff1d(np.arange(len(low)), boxes)
    lines = level_pieces(points, start)
    taken = [
        (low[cards, 1] - AROUND_CARDS, high[cards, 1] + AROUND_CARDS),
        (low[boxes, 1] - AROUND_BORDERS, low[boxes, 1] + HEADER_HEIGHT + AROUND_BORDERS),
        (high[boxes, 1] - AROUND_BORDERS, high[boxes, 1] + AROUND_BORDERS),
        (lines - AROUND_LINES, lines + AROUND_LINES),
    ]
    top, bottom = empty_strips(taken)
    removed = np.cumsum(bottom - top)
    heights = np.column_stack((top, bottom)).ravel()
    moved = np.column_stack((top - (removed - (bottom - top)), bottom - removed)).ravel()
    total = removed[-1] if len(removed) else 0.0
    heights = np.concatenate(([-_FAR], heights, [_FAR]))
    moved = np.concatenate(([-_FAR], moved, [_FAR - total]))
    for values in (low, high, points):
        values[:, 1] = np.interp(values[:, 1], heights, moved)
