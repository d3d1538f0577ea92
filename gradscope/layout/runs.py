"""Long levels cut into runs: a box with thousands of children is laid out as a row of unseen boxes, a run in each.

The cuts are made where few lines pass, so that equal stretches of an unrolled loop become equal runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .hops import nesting

if TYPE_CHECKING:
    from .geometry import Ints1
    from .hops import Nesting, Rows

MOST_CHILDREN = 160  # of one box; a level of as many takes the engine some 50 ms
SHORTEST, LONGEST = 30, 70  # the engine lays out one or two of them after a click, 4 ms each
_ROUNDEST = 64  # cuts come in steps of this where nothing else decides


def with_runs(parents: Ints1, sources: Ints1, targets: Ints1) -> tuple[Nesting, int]:
    """The nesting with every long level in runs, which are items after the others; and how many those are."""
    count = len(parents)
    around = parents.astype(np.int64)
    while True:
        inside = np.bincount(around + 1)
        long = np.flatnonzero(inside > MOST_CHILDREN) - 1
        if not len(long):
            return nesting(around), len(around) - count
        for box in long.tolist():
            around = _cut(around, box, sources, targets)


def _cut(around: Rows, box: int, sources: Ints1, targets: Ints1) -> Rows:
    """The children of one box (-1: of the whole picture) in runs."""
    children = np.flatnonzero(around == box)
    place = np.full(len(around), -1, np.int64)
    place[children] = np.arange(len(children))
    passing, number = _gaps(place.take(_within(around, box)), sources, targets, len(children))
    starts = _starts(passing, number)
    run = np.searchsorted(starts, np.arange(len(children)), side="right") - 1
    around[children] = len(around) + run
    return np.concatenate((around, np.full(len(starts), box, np.int64)))


def _within(around: Rows, box: int) -> Rows:
    """By item the child of a box that it is in, where it is in that box at all."""
    child = np.arange(len(around))
    while True:
        up = around.take(child)
        deeper = np.flatnonzero((up != box) & (up >= 0))
        if not len(deeper):
            return child
        child[deeper] = up[deeper]


def _gaps(place: Rows, sources: Ints1, targets: Ints1, count: int) -> tuple[Rows, Rows]:
    """By place: how many items have a line that passes the gap before it, and how many children before it are entered.

    Several lines of one item count once, so that passing does not depend on which calls are open.
    """
    last = place.take(targets)
    first = place.take(sources)
    both = np.flatnonzero((first != last) & (last >= 0) & (first >= 0))
    ahead, back = place.copy(), place.copy()
    np.maximum.at(ahead, sources[both], last[both])
    np.minimum.at(back, sources[both], last[both])
    inside = place >= 0
    change = np.bincount(back[inside] + 1, minlength=count + 1)
    change -= np.bincount(ahead[inside] + 1, minlength=count + 1)
    entered = np.zeros(count, np.int64)
    entered[last[both]] = 1
    return np.cumsum(change)[:count], np.cumsum(entered) - entered


def _starts(passing: Rows, number: Rows) -> Rows:
    """The first place of each run: where fewest lines pass; of several such, by the roundest ``number``.

    A card more in front of all that then moves one cut, where the next after so many would move each one behind it.
    """
    starts = [0]
    roundness = np.minimum(np.where(number > 0, number & -number, _ROUNDEST), _ROUNDEST)
    cost = passing * (2 * _ROUNDEST) - roundness
    while len(passing) - starts[-1] > LONGEST:
        low, high = starts[-1] + SHORTEST, min(starts[-1] + LONGEST, len(passing) - 1)
        window = cost[low : high + 1]
        starts.append(high - int(np.argmin(window[::-1])))
    return np.array(starts, np.int64)
