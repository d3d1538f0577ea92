"""Long levels cut into runs: a box with thousands of children is laid out as a row of unseen boxes, a run in each.

The cuts are made where few lines pass, so that equal stretches of an unrolled loop become equal runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .hops import cut_into_hops, nesting

if TYPE_CHECKING:
    from .geometry import Ints1
    from .hops import Hops, Nesting, Rows

MOST_CHILDREN = 160  # of one box; a level of as many takes the engine some 50 ms
SHORTEST, LONGEST = 50, 120


def with_runs(parents: Ints1, sources: Ints1, targets: Ints1) -> tuple[Nesting, Hops, int]:
    """Nesting and hops with every long level in runs, which are items after the others; and how many those are."""
    around = parents.astype(np.int64)
    while True:
        nested = nesting(around)
        padded = cut_into_hops(nested, sources, targets)
        counts = np.diff(nested.first)
        long = np.flatnonzero(counts > MOST_CHILDREN)
        if not len(long):
            return nested, padded, len(around) - len(parents)
        around = np.where(nested.parents < len(around), around, -1)
        for box in long.tolist():
            around = _cut(around, nested, padded, box)


def _cut(around: Rows, nested: Nesting, hops: Hops, box: int) -> Rows:
    children = nested.children(box)
    starts = _starts(_passing(nested, hops, box, len(children)))
    run = np.searchsorted(starts, np.arange(len(children)), side="right") - 1
    above = np.full(len(starts), -1 if box == len(nested.parents) else box, np.int64)
    around[children] = len(around) + run
    return np.concatenate((around, above))


def _passing(nested: Nesting, hops: Hops, box: int, count: int) -> Rows:
    """By place, how many lines between children pass the gap before it."""
    rows = slice(hops.first[box], hops.first[box + 1])
    source, target = hops.source[rows], hops.target[rows]
    inner = (source >= 0) & (target >= 0)
    one, other = nested.place[source[inner]], nested.place[target[inner]]
    change = np.bincount(np.minimum(one, other) + 1, minlength=count + 1)
    change -= np.bincount(np.maximum(one, other) + 1, minlength=count + 1)[: count + 1]
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
