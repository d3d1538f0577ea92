"""Where dtype or device change along the gradient's way: only there a card needs to say them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .snapshot import Kind

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot


@lru_cache(maxsize=4)  # a graph never changes
def odd_types(graph: GraphSnapshot) -> dict[int, str]:
    """By node ``bfloat16`` or ``cuda:1`` where it differs from what the operation is made of; both if both do."""
    found: dict[int, str] = {}
    for column in ("dtype", "device"):
        known = np.full(len(graph), -1, np.int64)
        first = graph.outputs["output"] == 0
        known[graph.outputs["node"][first]] = graph.outputs[column][first]
        for node in _changes(graph, known):
            text = graph.strings[int(known[node])]
            found[node] = f"{found[node]}, {text}" if node in found else text
    return found


def _changes(graph: GraphSnapshot, known: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    tracked = graph.edges["tracked"] == 1
    source, target = graph.edges["source"][tracked], graph.edges["target"][tracked]
    differs = (known[source] != known[target]) & (known[source] >= 0) & (known[target] >= 0)
    nodes = np.unique(target[differs])
    changed: list[int] = nodes[graph.nodes["kind"][nodes] == Kind.OP].tolist()
    return changed
