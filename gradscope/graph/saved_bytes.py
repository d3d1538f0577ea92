"""How much memory nodes and calls keep alive until their backward, memory that several of them share counted once.

What a leaf owns is left out: it is there with or without the graph. Tensors that the user packed tell no size.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .snapshot import Kind

if TYPE_CHECKING:
    from .calltree import Rows
    from .snapshot import GraphSnapshot
    from .statistics import Floats
    from .visible import VisibleGraph


def has_saved(graph: GraphSnapshot) -> bool:
    """Whether it is known what the nodes hold: after a detailed iteration."""
    return bool(graph.saved)


def saved_bytes(graph: GraphSnapshot, visible: VisibleGraph) -> Floats:
    """Bytes by item; NaN for what is no operation, and where nothing is known."""
    n = len(visible)
    result = np.full(n, np.nan)
    if not graph.saved:
        return result
    single = np.flatnonzero(visible.node >= 0)
    item = np.concatenate((np.repeat(np.arange(n), np.diff(visible.member_start)), single))
    node = np.concatenate((visible.members, visible.node[single])).astype(np.intp)
    start, memory, held = _by_node(graph)
    counts = start[node + 1] - start[node]
    ends = np.cumsum(counts)
    entries = np.arange(int(counts.sum())) + np.repeat(start[node] - ends + counts, counts)
    keys = np.repeat(item, counts).astype(np.int64) * (len(held) + 1) + memory[entries]
    _, first = np.unique(keys, return_index=True)
    sums = np.bincount(np.repeat(item, counts)[first], held[entries[first]], n)
    operations = np.bincount(item, graph.nodes["kind"][node] == Kind.OP, n) > 0
    result[operations] = sums[operations]
    return result


@lru_cache(maxsize=4)  # a graph never changes
def _by_node(graph: GraphSnapshot) -> tuple[Rows, Rows, Floats]:
    """Entries in CSR form by node, the memory of each as a small number, and its bytes."""
    counted = sorted((e.node, e.memory, e.held) for e in graph.saved if e.memory >= 0 and e.leaf < 0)
    numbers = {memory: number for number, memory in enumerate(dict.fromkeys(memory for _, memory, _ in counted))}
    nodes = np.array([node for node, _, _ in counted], np.intp)
    start = np.searchsorted(nodes, np.arange(len(graph) + 1)).astype(np.intp)
    memory = np.array([numbers[memory] for _, memory, _ in counted], np.intp)
    return start, memory, np.array([held for _, _, held in counted], np.float64)
