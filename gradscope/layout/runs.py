"""Long levels cut into runs: a box with thousands of children is laid out as a row of unseen boxes, a run in each.

The cuts are made where few lines pass, so that equal stretches of an unrolled loop become equal runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .hops import nesting, shared_levels

if TYPE_CHECKING:
    from .geometry import Ints1
    from .hops import Nesting, Rows

MOST_CHILDREN = 160  # of one box; a level of as many takes the engine some 50 ms
SHORTEST, LONGEST = 30, 70  # the engine lays out two or three of them after a click, 10 ms each


def with_runs(parents: Ints1, sources: Ints1, targets: Ints1) -> tuple[Nesting, int]:
    """The nesting with every long level in runs, which are items after the others; and how many those are."""
    around = parents.astype(np.int64)
    lines = sources.astype(np.int64), targets.astype(np.int64)
    while True:
        nested = nesting(around)
        long = np.flatnonzero(np.diff(nested.first) > MOST_CHILDREN)
        if not len(long):
            return nested, len(around) - len(parents)
        common = shared_levels(nested, *lines)
        box = nested.chain[common, lines[0]]
        ends = nested.chain[common + 1, lines[0]], nested.chain[common + 1, lines[1]]
        for level in long.tolist():
            around = _cut(around, nested, level, *(end[box == level] for end in ends))


def _cut(around: Rows, nested: Nesting, box: int, sources: Rows, targets: Rows) -> Rows:
    children = nested.children(box)
    starts = _starts(_passing(nested.place[sources], nested.place[targets], len(children)))
    run = np.searchsorted(starts, np.arange(len(children)), side="right") - 1
    above = np.full(len(starts), -1 if box == len(nested.parents) else box, np.int64)
    around[children] = len(around) + run
    return np.concatenate((around, above))


def _passing(sources: Rows, targets: Rows, count: int) -> Rows:
    """By place, how many lines pass the gap before it."""
    change = np.bincount(np.minimum(sources, targets) + 1, minlength=count + 1)
    change -= np.bincount(np.maximum(sources, targets) + 1, minlength=count + 1)
    passing: Rows = np.cumsum(change)[:count]
    return passing


def _starts(passing: Rows) -> Rows:
    """The first place of each run: where fewest lines pass, as late as may be."""
    starts = [0]
    while len(passing) - starts[-1] > LONGEST:
        low, high = starts[-1] + SHORTEST, min(starts[-1] + LONGEST, len(passing) - 1)
        window = passing[low : high + 1]
        starts.append(high - int(np.argmin(window[::-1])))
    return np.array(starts, np.int64)
