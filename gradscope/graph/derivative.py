"""The order of a node: 1 for what a forward made, 2 for a part of its derivative, 3 for a part of that one's.

Told by the links that detail level knows: a node made while another one ran in a backward is one order above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .snapshot import GraphSnapshot

HIGHEST = 16  # beyond it nobody counts; also the end of a circle that a damaged recording may hold


def node_orders(graphs: Mapping[str, GraphSnapshot], graph: GraphSnapshot) -> list[int]:
    """By node of ``graph``; ``graphs`` are those that its links lead to, by fingerprint."""
    return _orders({**graphs, graph.fingerprint: graph}, graph, HIGHEST, {})


def graph_order(graphs: Mapping[str, GraphSnapshot], graph: GraphSnapshot) -> int:
    """The highest order among its nodes. Without links: 2 where a name says that a node is a derivative's own."""
    if any(link.kind == "derivative" for link in graph.links):
        return max(node_orders(graphs, graph))
    return 2 if any("BackwardBackward" in text for text in graph.strings) else 1


def _orders(
    graphs: Mapping[str, GraphSnapshot], graph: GraphSnapshot, deepest: int, known: dict[tuple[str, int], list[int]]
) -> list[int]:
    found = known.get((graph.fingerprint, deepest))
    if found is not None:
        return found
    orders = known[graph.fingerprint, deepest] = [1] * len(graph)
    for link in graph.links:
        maker = graphs.get(link.graph)
        if link.kind != "derivative" or deepest <= 1:
            continue
        below = _orders(graphs, maker, deepest - 1, known) if maker is not None else []
        orders[link.node] = 1 + (below[link.maker] if 0 <= link.maker < len(below) else 1)
    return orders
