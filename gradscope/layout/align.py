"""Small turns taken out of the trunk: outermost items are moved sideways until the line between them is straight.

The engine puts a box in the middle of its lines, which is now and then a few pixels beside the line that matters. An
item is moved with all that is in it, together with what straight lines tie to it, and only where nothing is in the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

FARTHEST = 64.0  # a wider turn is there for a reason
MOST_TOGETHER = 24  # items moved at once
_BETWEEN = 14.0
_CLEAR = 6.0


def align(
    way: list[int], low: Floats2, high: Floats2, points: Floats2, start: Ints1, ends: tuple[Ints1, Ints1], top: Ints1
) -> None:
    """Move items and routes in place, along the lines of ``way``; ``top`` is the outermost box around each item."""
    sources, targets = top[ends[0]], top[ends[1]]
    for edge in way:
        first, last = int(start[edge]), int(start[edge + 1]) - 1
        by = float(points[first, 0] - points[last, 0])
        if not 0 < abs(by) <= FARTHEST or (np.diff(points[first : last + 1, 1]) < 0).any():
            continue
        group = _tied(int(targets[edge]), points, start, (sources, targets))
        if len(group) > MOST_TOGETHER or sources[edge] in group:
            continue
        moved = _moved(group, by, low, high, points, start, (sources, targets))
        if moved is not None and _free(group, by, moved, low, high, start, (sources, targets), top):
            inside = np.isin(top, list(group))
            low[inside, 0] += by
            high[inside, 0] += by
            points[:] = moved


def _tied(item: int, points: Floats2, start: Ints1, ends: tuple[Ints1, Ints1]) -> set[int]:
    """The item and what straight upright lines lead to from it, and on from there."""
    group, waiting = {item}, [item]
    while waiting and len(group) <= MOST_TOGETHER:
        here = waiting.pop()
        for edge in np.flatnonzero((ends[0] == here) | (ends[1] == here)).tolist():
            if np.ptp(points[start[edge] : start[edge + 1], 0]) == 0:
                others = {int(ends[0][edge]), int(ends[1][edge])} - group
                group |= others
                waiting += others
    return group


def _moved(
    group: set[int], by: float, low: Floats2, high: Floats2, points: Floats2, start: Ints1, ends: tuple[Ints1, Ints1]
) -> Floats2 | None:
    """All points, those in the items and those right above and below their lines' ways through their border moved."""
    moved = points.copy()
    leaves, enters = (np.isin(side, list(group)) for side in ends)
    for edge in np.flatnonzero(leaves | enters).tolist():
        places = list(range(int(start[edge]), int(start[edge + 1])))
        if leaves[edge] and enters[edge]:
            moved[places, 0] += by
            continue
        item = int(ends[0][edge])
        if enters[edge]:
            item = int(ends[1][edge])
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
    group: set[int],
    by: float,
    moved: Floats2,
    low: Floats2,
    high: Floats2,
    start: Ints1,
    ends: tuple[Ints1, Ints1],
    top: Ints1,
) -> bool:
    """Whether the items and their lines would touch nothing else there."""
    inside = list(group)
    outer = np.setdiff1d(np.flatnonzero(top == np.arange(len(top))), inside)
    edge = np.repeat(np.arange(len(start) - 1), np.diff(start))
    piece = edge[:-1] == edge[1:]
    upper, lower = np.minimum(moved[:-1], moved[1:]), np.maximum(moved[:-1], moved[1:])
    own = (np.isin(ends[0], inside) | np.isin(ends[1], inside))[edge[:-1]]
    foreign = piece & ~own
    for item in inside:
        left, right = low[item, 0] + by, high[item, 0] + by
        level = (low[outer, 1] < high[item, 1] + _CLEAR) & (high[outer, 1] > low[item, 1] - _CLEAR)
        if (level & (low[outer, 0] < right + _BETWEEN) & (high[outer, 0] > left - _BETWEEN)).any():
            return False
        hit = (upper[:, 0] < right + _CLEAR) & (lower[:, 0] > left - _CLEAR)
        hit &= (upper[:, 1] < high[item, 1] + _CLEAR) & (lower[:, 1] > low[item, 1] - _CLEAR)
        if (hit & foreign).any():
            return False
    outer, low, high = np.concatenate((outer, inside)), low.copy(), high.copy()
    low[inside, 0] += by
    high[inside, 0] += by
    for at in np.flatnonzero(piece & own).tolist():
        line = int(edge[at])
        others = outer[(outer != ends[0][line]) & (outer != ends[1][line])]
        crossed = (upper[at, 0] < high[others, 0] + _CLEAR) & (lower[at, 0] > low[others, 0] - _CLEAR)
        crossed &= (upper[at, 1] < high[others, 1] + _CLEAR) & (lower[at, 1] > low[others, 1] - _CLEAR)
        if crossed.any():
            return False
    return True
