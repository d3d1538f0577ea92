"""Small turns taken out of the trunk: outermost items are moved sideways until the line between them is straight.

The engine puts a box in the middle of its lines, which is now and then a few pixels beside the line that matters. An
item is moved with all that is in it, and only where nothing is in the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

FARTHEST = 64.0  # a wider turn is there for a reason
_BETWEEN = 14.0
_CLEAR = 6.0


def align(
    way: list[int], low: Floats2, high: Floats2, points: Floats2, start: Ints1, ends: tuple[Ints1, Ints1], top: Ints1
) -> None:
    """Move items and routes in place, along the lines of ``way``; ``top`` is the outermost box around each item."""
    sources, targets = top[ends[0]], top[ends[1]]
    for edge in way:
        item = int(targets[edge])
        first, last = int(start[edge]), int(start[edge + 1]) - 1
        by = float(points[first, 0] - points[last, 0])
        if not 0 < abs(by) <= FARTHEST or sources[edge] == item or (np.diff(points[first : last + 1, 1]) < 0).any():
            continue
        moved = _moved(item, by, low, high, points, start, (sources, targets))
        if moved is not None and _free(item, by, moved, low, high, start, (sources, targets), top):
            inside = top == item
            low[inside, 0] += by
            high[inside, 0] += by
            points[:] = moved


def _moved(
    item: int, by: float, low: Floats2, high: Floats2, points: Floats2, start: Ints1, ends: tuple[Ints1, Ints1]
) -> Floats2 | None:
    """All points, those in the item and those right above and below its lines' ways through its border moved."""
    moved = points.copy()
    for edge in np.flatnonzero((ends[0] == item) | (ends[1] == item)).tolist():
        places = list(range(int(start[edge]), int(start[edge + 1])))
        if ends[0][edge] == item and ends[1][edge] == item:
            moved[places, 0] += by
            continue
        if ends[1][edge] == item:
            places.reverse()
        for at, place in enumerate(places):
            x, y = points[place].tolist()
            inside = low[item, 0] <= x <= high[item, 0] and low[item, 1] <= y <= high[item, 1]
            if not inside and x != points[places[at - 1], 0]:
                break
            moved[place, 0] += by
        else:
            return None  # straight as it is: it would take the other end along
    return moved


def _free(
    item: int,
    by: float,
    moved: Floats2,
    low: Floats2,
    high: Floats2,
    start: Ints1,
    ends: tuple[Ints1, Ints1],
    top: Ints1,
) -> bool:
    """Whether the item and its lines would touch nothing else there."""
    outer = np.flatnonzero((top == np.arange(len(top))) & (np.arange(len(top)) != item))
    left, right = low[item, 0] + by, high[item, 0] + by
    level = (low[outer, 1] < high[item, 1] + _CLEAR) & (high[outer, 1] > low[item, 1] - _CLEAR)
    if (level & (low[outer, 0] < right + _BETWEEN) & (high[outer, 0] > left - _BETWEEN)).any():
        return False
    edge = np.repeat(np.arange(len(start) - 1), np.diff(start))
    a, b = moved[:-1], moved[1:]
    piece = edge[:-1] == edge[1:]
    upper, lower = np.minimum(a, b), np.maximum(a, b)
    own = (ends[0][edge[:-1]] == item) | (ends[1][edge[:-1]] == item)
    foreign = piece & ~own
    hit = (upper[:, 0] < right + _CLEAR) & (lower[:, 0] > left - _CLEAR)
    hit &= (upper[:, 1] < high[item, 1] + _CLEAR) & (lower[:, 1] > low[item, 1] - _CLEAR)
    if (hit & foreign).any():
        return False
    for at in np.flatnonzero(piece & own).tolist():
        line = int(edge[at])
        others = outer[(outer != ends[0][line]) & (outer != ends[1][line])]
        crossed = (upper[at, 0] < high[others, 0] + _CLEAR) & (lower[at, 0] > low[others, 0] - _CLEAR)
        crossed &= (upper[at, 1] < high[others, 1] + _CLEAR) & (lower[at, 1] > low[others, 1] - _CLEAR)
        if crossed.any():
            return False
    return True
