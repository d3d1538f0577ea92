"""Questions that a graph answers about reach and paths, by networkx; for clicks, never for a frame or an iteration.

Paths follow the forward, from leaf to root. Untracked edges carry no gradient and are passed over unless asked for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .snapshot import Role

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot


@lru_cache(maxsize=2)  # a graph never changes, and one question follows another
def digraph(graph: GraphSnapshot, tracked_only: bool = True) -> Any:
    """The graph as a networkx ``DiGraph`` whose nodes are node ids; not to be changed."""
    import networkx

    edges = graph.edges
    rows = np.flatnonzero(edges["tracked"] == 1) if tracked_only else np.arange(len(edges["source"]))
    made = networkx.DiGraph()
    made.add_nodes_from(range(len(graph)))
    made.add_edges_from(zip(edges["source"][rows].tolist(), edges["target"][rows].tolist(), strict=True))
    return made


def ancestors(graph: GraphSnapshot, *nodes: int, tracked_only: bool = True) -> frozenset[int]:
    """Every other node whose value went into one of these."""
    return _reached(digraph(graph, tracked_only).reverse(copy=False), nodes)


def descendants(graph: GraphSnapshot, *nodes: int, tracked_only: bool = True) -> frozenset[int]:
    """Every other node that a value of these went into: where their gradients come from."""
    return _reached(digraph(graph, tracked_only), nodes)


def path_to_root(graph: GraphSnapshot, node: int) -> list[int]:
    """A shortest path of tracked edges from ``node`` to the nearest root, both ends included; [] if there is none."""
    import networkx

    paths = networkx.single_source_shortest_path(digraph(graph), node)
    reached = [paths[root] for root in roots_of(graph) if root in paths]
    return min(reached, key=len, default=[])


def roots_of(graph: GraphSnapshot) -> list[int]:
    """Nodes that backward was called on; where none has the role, the operations that nothing tracked consumes."""
    roots = np.flatnonzero(graph.nodes["role"] == Role.ROOT)
    if not len(roots):
        consumed = np.zeros(len(graph), bool)
        consumed[graph.edges["source"][graph.edges["tracked"] == 1]] = True
        roots = np.flatnonzero(~consumed & (graph.nodes["kind"] <= 1))
    return [int(root) for root in roots]


def _reached(directed: Any, nodes: tuple[int, ...]) -> frozenset[int]:
    import networkx

    layers = networkx.bfs_layers(directed, list(nodes))
    return frozenset(node for layer in layers for node in layer) - frozenset(nodes)
