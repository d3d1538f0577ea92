"""Nodes that are the same to a reader though two graphs are built differently: by call, operation and occurrence.

A network whose shapes change has another fingerprint, and so other node ids, in every iteration. Its third linear layer
is the third linear layer all the same. A leaf is known by its name; an operation by the module call that it was made
in, its own name, and how many of its like were made in that call before it.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from .snapshot import Kind

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot


class Identity(NamedTuple):
    """Who a node is in every graph. ``call`` is module and occurrence; ``name`` is a leaf's or an input's."""

    call: tuple[str, int]
    operation: str
    name: str
    occurrence: int


@lru_cache(maxsize=64)
def identities(graph: GraphSnapshot) -> tuple[Identity, ...]:
    """By node. No two nodes of one graph share an identity."""
    found: list[Identity] = []
    seen: Counter[tuple[object, ...]] = Counter()
    for node in range(len(graph) - 1, -1, -1):  # ids grow from the root to the leaves: what was made first comes first
        call = graph.call(node) if graph.kind(node) == Kind.OP else None
        place = (call.module, call.occurrence) if call is not None else ("", 0)
        operation = graph.text(node, "op") or graph.kind(node).name
        name = "" if graph.kind(node) == Kind.OP else graph.text(node, "name")
        key = (place, operation, name)
        found.append(Identity(place, operation, name, seen[key]))
        seen[key] += 1
    return tuple(reversed(found))


@lru_cache(maxsize=64)
def rows_by_identity(graph: GraphSnapshot) -> dict[Identity, int]:
    """The node of each identity."""
    return {identity: node for node, identity in enumerate(identities(graph))}


def matched(node: int, graph: GraphSnapshot, other: GraphSnapshot) -> int:
    """The node of ``other`` that ``node`` of ``graph`` is; -1 if there is none."""
    return rows_by_identity(other).get(identities(graph)[node], -1)
