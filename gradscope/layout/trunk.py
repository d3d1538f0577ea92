"""The trunk of a graph: its longest way from what begins to what ends, which is to be one straight line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .geometry import Ints1

TRUNK_WEIGHT = 30.0  # of a line of the trunk in the engine's sum of bends, where that of any other is 1


def trunk(count: int, sources: Ints1, targets: Ints1) -> list[int]:
    """Lines of the longest way through ``count`` items, in the order of the way; those in a cycle are left out."""
    by_source = np.argsort(sources, kind="stable")
    first = np.searchsorted(sources[by_source], np.arange(count + 1)).tolist()
    leaving, goal = by_source.tolist(), targets.tolist()
    waiting = np.bincount(targets, minlength=count).tolist()
    length, came = [0] * count, [-1] * count
    ready = [item for item in range(count) if not waiting[item]]
    for item in ready:  # grows while it is walked
        for edge in leaving[first[item] : first[item + 1]]:
            target = goal[edge]
            if length[item] + 1 > length[target]:
                length[target], came[target] = length[item] + 1, edge
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if not ready:
        return []
    item = max(ready, key=length.__getitem__)
    way: list[int] = []
    begins = sources.tolist()
    while came[item] >= 0:
        way.append(came[item])
        item = begins[came[item]]
    return way[::-1]
