"""The order in which the forward made the nodes of a graph, whatever order their ids came in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot

Integers: TypeAlias = np.ndarray[Any, np.dtype[np.integer[Any]]]


@lru_cache(maxsize=4)  # a graph never changes; outline and search ask for the same
def forward_rank(graph: GraphSnapshot) -> Integers:
    """Each node's place: by its longest way to the root, then by its id."""
    nodes = len(graph)
    source, target = graph.edges["source"], graph.edges["target"]
    by_target = np.argsort(target, kind="stable")
    start = np.searchsorted(target[by_target], np.arange(nodes + 1)).tolist()
    feeds = source[by_target].tolist()
    waiting = np.bincount(source, minlength=nodes).tolist()
    depth = [0] * nodes
    ready = [node for node in range(nodes) if not waiting[node]]
    while ready:
        node = ready.pop()
        for feeder in feeds[start[node] : start[node + 1]]:
            depth[feeder] = max(depth[feeder], depth[node] + 1)
            waiting[feeder] -= 1
            if not waiting[feeder]:
                ready.append(feeder)
    numbers = np.arange(nodes)
    from_root = np.count_nonzero(source > target) > len(source) // 2
    rank = np.empty(nodes, np.int64)
    rank[np.lexsort((-numbers if from_root else numbers, -np.array(depth, np.int64)))] = numbers
    rank.setflags(write=False)
    return rank
