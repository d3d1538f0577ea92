"""Which nodes are not drawn, or as a chip only: kinds switched off, bookkeeping, what is outside a narrowed view."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from .snapshot import Kind

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot
    from .statistics import Bools

# Autograd nodes that move no numbers, without "Backward0": their forward only names the elements anew.
BOOKKEEPING = frozenset(
    {
        "T",
        "MT",
        "Transpose",
        "View",
        "ViewAs",
        "UnsafeView",
        "Reshape",
        "ReshapeAlias",
        "Permute",
        "Expand",
        "ExpandAs",
        "Unsqueeze",
        "Squeeze",
        "Alias",
        "Detach",
        "AsStrided",
        "Movedim",
        "Flatten",
        "Unflatten",
    }
)


class Shown(Protocol):
    """What of a fold state says which nodes are shown."""

    @property
    def inputs(self) -> bool: ...
    @property
    def untracked(self) -> bool: ...
    @property
    def leaves(self) -> bool: ...
    @property
    def only(self) -> frozenset[int] | None: ...


def hidden_nodes(graph: GraphSnapshot, state: Shown) -> Bools:
    """Nodes switched off, what only served them, and those outside of what the view is narrowed to."""
    kind = graph.nodes["kind"]
    hidden = np.zeros(len(graph), bool)
    if state.only is not None:
        hidden[:] = True
        hidden[np.fromiter(state.only, np.intp, len(state.only))] = False
    if not state.inputs:
        hidden |= kind == Kind.INPUT
    if not state.untracked:
        hidden |= kind == Kind.UNTRACKED
        source, target = graph.edges["source"], graph.edges["target"]
        seen = np.zeros(len(graph), bool)
        seen[source[~hidden[target]]] = True
        feeding = np.zeros(len(graph), bool)
        feeding[source] = True
        hidden |= (kind == Kind.INPUT) & feeding & ~seen
    if not state.leaves:
        hidden |= kind == Kind.LEAF
        _hide_their_bookkeeping(graph, hidden)
    return hidden


def _hide_their_bookkeeping(graph: GraphSnapshot, hidden: Bools) -> None:
    """A transpose of a weight that is not shown says nothing: hide what renames hidden leaves only."""
    source, target = graph.edges["source"], graph.edges["target"]
    plain = bookkeeping(graph)
    while True:
        fed = np.bincount(target[~hidden[source]], minlength=len(graph)) > 0
        fed_at_all = np.bincount(target, minlength=len(graph)) > 0
        further = plain & fed_at_all & ~fed & ~hidden
        if not further.any():
            return
        hidden |= further


def chips(graph: GraphSnapshot, hidden: Bools) -> Bools:
    """Bookkeeping operations with one producer and one consumer among what is shown."""
    source, target = graph.edges["source"], graph.edges["target"]
    shown = ~hidden[source] & ~hidden[target]
    producers = np.bincount(target[shown], minlength=len(graph))
    consumers = np.bincount(source[shown], minlength=len(graph))
    return np.asarray(bookkeeping(graph) & (producers == 1) & (consumers == 1) & (graph.nodes["role"] != 2), bool)


@lru_cache(maxsize=4)  # a graph never changes, and every click asks again
def bookkeeping(graph: GraphSnapshot) -> Bools:
    """Nodes that only name elements anew."""
    plain = np.array([*map(_is_bookkeeping, graph.strings), False], bool)
    return np.asarray(plain[graph.nodes["op"]] & (graph.nodes["kind"] == Kind.OP), bool)


def _is_bookkeeping(op: str) -> bool:
    name, mark, number = op.partition("Backward")
    return bool(mark) and (not number or number.isdigit()) and name in BOOKKEEPING
