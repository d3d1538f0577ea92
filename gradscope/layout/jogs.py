"""Level pieces of lines kept off the headers of boxes.

The engine counts a box's header as free room between two layers and runs the level piece of a line that enters the
box, or passes it, right along its upper border, or through its name. Half a header further up it lies in the gap where
it belongs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .sizes import HEADER_HEIGHT

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

_CLEAR = 6.0  # less than this between a line and a border looks like one thick line


def clear_headers_of_lines(
    points: Floats2, start: Ints1, low: Floats2, high: Floats2, ends: tuple[Ints1, Ints1], parents: Ints1
) -> None:
    """Move level pieces in ``points`` up, out of the header of a box that their line does not come out of."""
    boxes = np.unique(parents[parents >= 0])
    level = np.flatnonzero((points[:-1, 1] == points[1:, 1]) & (points[:-1, 0] != points[1:, 0]))
    if not len(level) or not len(boxes):
        return
    edge = np.searchsorted(start, level, side="right") - 1
    inner = (level > start[edge]) & (level + 2 < start[edge + 1])
    level, edge = level[inner], edge[inner]
    left, right = (choose(points[level, 0], points[level + 1, 0])[:, None] for choose in (np.minimum, np.maximum))
    deep = points[level, 1][:, None] - low[boxes, 1]
    through = (left < high[boxes, 0]) & (right > low[boxes, 0]) & (deep >= -_CLEAR) & (deep < HEADER_HEIGHT)
    above = parents.tolist()
    for place, box in zip(*(found.tolist() for found in np.nonzero(through)), strict=True):
        if int(boxes[box]) not in _around(int(ends[0][edge[place]]), above):
            _raise(points, int(level[place]), float(low[boxes[box], 1]))


def _raise(points: Floats2, at: int, top: float) -> None:
    """Set a level piece half a header higher, or that much above the border where that would leave it close to it."""
    y = float(points[at, 1])
    deep = y >= top + HEADER_HEIGHT / 2 - _CLEAR
    raised = y - HEADER_HEIGHT / 2 - (_CLEAR + 2.0 if deep else 0.0)
    if y >= top - _CLEAR and points[at - 1, 1] + _CLEAR < raised:  # else it was raised for another box
        points[at, 1] = points[at + 1, 1] = raised


def _around(item: int, above: list[int]) -> set[int]:
    """The boxes around an item."""
    found = set()
    while (item := above[item]) >= 0:
        found.add(item)
    return found
