"""A tall picture set in columns, as a newspaper is: where the canvas is wider than high, more fits at a readable size.

The picture is cut between outermost items, at heights where only upright lines pass. Each part becomes a column; a line
that was cut goes on below its column, up between the two and into the next from above. These detours lie side by side
and never cross each other, whatever the number of lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .straight import straightened
from .strips import empty_strips, level_pieces

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

LANE = 10.0  # from one detour to the next
ABOVE = 14.0  # between the lowest detour and the first card or box below it
MARGIN = 16.0  # between a detour and the cards beside it
ZOOMS = tuple(percent / 100 for percent in range(100, 45, -5))  # at which a picture may fit, best first
WORTH = 1.12  # a picture is only cut if it can be shown this much larger
_LATE = 0.62  # of a column's height: below this the cut with the fewest lines is taken
_LEAST_GAP = 4.0


@dataclass(frozen=True, slots=True)
class _Cut:
    """A height where the picture may be cut, and the x of the lines that pass there."""

    y: float
    lines: tuple[float, ...]
    row: int  # how many outermost items end above it


@dataclass(frozen=True, slots=True)
class _Column:
    """A part of the picture and where it goes: ``entering`` lines come from the one before, the lowest at ``top``."""

    top: float
    bottom: float
    left: float
    right: float
    entering: tuple[float, ...]
    dx: float = 0.0
    dy: float = 0.0


def in_columns(
    low: Floats2, high: Floats2, points: Floats2, start: Ints1, parents: Ints1, room: tuple[float, float]
) -> tuple[Floats2, Ints1] | None:
    """Move corners in place; the new routes, or None where one column is as good."""
    whole = high.max(axis=0) - low.min(axis=0)
    single = min(1.0, room[0] / max(whole[0], 1.0), room[1] / max(whole[1], 1.0))
    if single >= 1.0:
        return None
    cuts = _cuts(low, high, points, start, parents)
    top, bottom = float(min(low[:, 1].min(), points[:, 1].min(initial=np.inf))), float(high[:, 1].max())
    for zoom in ZOOMS:
        if zoom < single * WORTH:
            return None
        chosen = _filled(cuts, int((parents < 0).sum()), top, bottom, room[1] / zoom)
        if not chosen:
            continue
        columns = _placed(chosen, top, bottom, low, high, points, start)
        if columns[-1].right + columns[-1].dx - columns[0].left <= room[0] / zoom:
            routes = _routes(points, start, columns)
            _move(low, high, columns)
            return straightened(*routes, np.hstack((low, high))[parents < 0])
    return None


def _cuts(low: Floats2, high: Floats2, points: Floats2, start: Ints1, parents: Ints1) -> list[_Cut]:
    outer = parents < 0
    lines = level_pieces(points, start)
    spans = [(low[outer, 1], high[outer, 1]), (lines - 1.0, lines + 1.0)]
    above, below = empty_strips(spans)
    upright = np.ones(max(0, len(points) - 1), bool)
    upright[start[1:-1] - 1] = False
    first, last = np.minimum(points[:-1, 1], points[1:, 1]), np.maximum(points[:-1, 1], points[1:, 1])
    cuts = []
    for y in ((above + below) / 2)[below - above >= _LEAST_GAP].tolist():
        crossing = upright & (first < y) & (last > y)
        row = int(np.count_nonzero(high[outer, 1] <= y))
        cuts.append(_Cut(y, tuple(points[:-1, 0][crossing].tolist()), row))
    return cuts


def _filled(cuts: list[_Cut], rows: int, top: float, bottom: float, height: float) -> list[_Cut]:
    """Cuts after which every column is full but not too high; none if that cannot be."""
    chosen: list[_Cut] = []
    room, row = height, 0
    while bottom - top > room:
        fitting = [cut for cut in cuts if row < cut.row < rows and cut.y - top + LANE * len(cut.lines) <= room]
        if not fitting:
            return []
        late = [cut for cut in fitting if cut.y - top >= _LATE * room] or fitting[-1:]
        best = min(reversed(late), key=lambda cut: (len(cut.lines), -cut.row))
        chosen.append(best)
        top, row = best.y, best.row
        room = height - MARGIN - LANE * max(len(cut.lines) for cut in chosen)
    return chosen


def _placed(
    chosen: list[_Cut], top: float, bottom: float, low: Floats2, high: Floats2, points: Floats2, start: Ints1
) -> list[_Column]:
    """The columns side by side, their first cards at one height."""
    edges = [top, *(cut.y for cut in chosen), bottom]
    columns: list[_Column] = []
    right = 0.0
    for place, (upper, lower) in enumerate(pairwise(edges)):
        entering = tuple(sorted(chosen[place - 1].lines, reverse=True)) if place else ()
        left_edge, right_edge, first = _extent(upper, lower, low, high, points, start)
        if not place:
            right, origin = right_edge, first
            columns.append(_Column(upper, lower, left_edge, right_edge, entering))
            continue
        dx = right + 2 * MARGIN + LANE * (len(entering) - 1) - left_edge
        over = min(upper, first - ABOVE)
        columns.append(_Column(over, lower, left_edge, right_edge, entering, dx, origin - first))
        right = right_edge + dx
    return columns


def _extent(
    upper: float, lower: float, low: Floats2, high: Floats2, points: Floats2, start: Ints1
) -> tuple[float, float, float]:
    """Left, right and the top of the first card or box between two heights."""
    inside = (high[:, 1] > upper) & (low[:, 1] < lower)
    within = np.ones(max(0, len(points) - 1), bool)
    within[start[1:-1] - 1] = False
    passing = within & (np.minimum(points[:-1, 1], points[1:, 1]) < lower)
    passing &= np.maximum(points[:-1, 1], points[1:, 1]) > upper
    x = np.concatenate((low[inside, 0], high[inside, 0], points[:-1, 0][passing], points[1:, 0][passing]))
    return float(x.min()), float(x.max()), float(low[inside, 1].min())


def _move(low: Floats2, high: Floats2, columns: list[_Column]) -> None:
    which = np.searchsorted([column.bottom for column in columns[:-1]], low[:, 1])
    by = np.array([(column.dx, column.dy) for column in columns])[which]
    low += by
    high += by


def _routes(points: Floats2, start: Ints1, columns: list[_Column]) -> tuple[Floats2, Ints1]:
    """Every route again, with a detour at each cut that it crosses."""
    cuts = np.array([column.bottom for column in columns[:-1]])
    shifts = np.array([(column.dx, column.dy) for column in columns])
    moved = points + shifts[np.searchsorted(cuts, points[:, 1])]
    made: list[Floats2] = []
    taken = [0] * len(columns)
    for first, end in pairwise(start.tolist()):
        route = [moved[first : first + 1]]
        for at in range(first, end - 1):
            x, here, there = float(points[at, 0]), float(points[at, 1]), float(points[at + 1, 1])
            crossed = [place for place, y in enumerate(cuts.tolist(), 1) if min(here, there) < y < max(here, there)]
            for place in crossed if there > here else reversed(crossed):
                detour = _detour(x, columns[place - 1], columns[place], taken, place)
                route.append(detour if there > here else detour[::-1])
            route.append(moved[at + 1 : at + 2])
        made.append(np.concatenate(route))
    lengths = np.cumsum([0, *(len(route) for route in made)]).astype(np.int32)
    return (np.concatenate(made) if made else np.zeros((0, 2))), lengths


def _detour(x: float, before: _Column, after: _Column, taken: list[int], place: int) -> Floats2:
    """Below one column, up between the two and over the next: the rightmost line takes the innermost way."""
    lanes = [lane for lane, entering in enumerate(after.entering) if entering == x]
    lane = lanes[0]
    if len(lanes) > 1:  # several lines at one x: each the next of their lanes
        lane = lanes[min(len(lanes) - 1, taken[place])]
        taken[place] += 1
    under = before.bottom + before.dy + LANE * lane
    between = before.right + before.dx + MARGIN + LANE * lane
    over = after.top + after.dy - LANE * (len(after.entering) - 1 - lane)
    return np.array([(x + before.dx, under), (between, under), (between, over), (x + after.dx, over)])
