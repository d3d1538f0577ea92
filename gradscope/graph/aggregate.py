"""What a folded call says of all that is inside it: how many nodes and leaves, one gradient norm, the worst status.

The norm is that of all gradients of its leaves taken as one vector, sqrt(sum of squares); while no leaf inside has one,
or where there are no leaves, it is that of the gradients which enter the call from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .formats import format_count, format_number
from .repeats import gathered_tree
from .snapshot import Kind
from .words import INPUT_TEXT, STATUSES, GradientWords, gradient_statuses, pass_of, status_text

if TYPE_CHECKING:
    from .calltree import Rows
    from .snapshot import GraphSnapshot, Ints
    from .state import RunState
    from .statistics import Bools, Floats
    from .visible import VisibleGraph
    from .words import Codes


@dataclass(frozen=True, slots=True, eq=False)
class Aggregates:
    """One row per item. ``nodes`` counts operations, ``leaves`` leaves; ``norm`` is -1 where nothing is known yet.

    ``status`` indexes ``words.STATUSES``: the worst of what is inside, inputs left out.
    """

    nodes: Ints
    leaves: Ints
    norm: Floats
    status: Codes

    def contents(self, item: int) -> str:
        """``2 nodes, 2 leaves``."""
        nodes, leaves = int(self.nodes[item]), int(self.leaves[item])
        parts = [format_count(nodes, "node")] if nodes or not leaves else []
        return ", ".join([*parts, format_count(leaves, "leaf", "leaves")] if leaves else parts)

    def words(self, item: int) -> GradientWords:
        """The norm, or why there is none."""
        status = STATUSES[int(self.status[item])]
        norm = float(self.norm[item])
        if status == "nonfinite":
            return GradientWords(status, "NaN or Inf inside")
        if norm >= 0:
            return GradientWords("zero" if norm == 0 else "value", format_number(norm))
        if status == "none" and not self.nodes[item] and not self.leaves[item]:
            return GradientWords(status, INPUT_TEXT)
        return GradientWords(status, status_text(status))


def aggregates(state: RunState, graph: GraphSnapshot, visible: VisibleGraph) -> Aggregates:
    """What every item comes to; of a call all that is inside, of any other item its node."""
    inside = _inside(graph, visible)
    status = np.zeros(len(visible), np.int8)
    if len(inside.judged):
        every = gradient_statuses(state, graph)[inside.judged]
        status[inside.judged_items] = np.maximum.reduceat(every, inside.judged_start)
    return Aggregates(inside.operations, inside.leaves, _norms(state, graph, visible, inside), status)


@dataclass(frozen=True, slots=True, eq=False)
class _Inside:
    """What is in the items of a visible graph, whatever its figures.

    Rows of ``judged`` are nodes whose status counts, those of one item together from ``judged_start`` on; ``entering``
    and ``leaf`` are pairs of arrays, item and node, whose gradients make up norms.
    """

    operations: Ints
    leaves: Ints
    judged: Rows
    judged_items: Rows
    judged_start: Rows
    entering: tuple[Rows, Rows]
    leaf: tuple[Rows, Rows]


@lru_cache(maxsize=2)  # neither changes, and every iteration asks
def _inside(graph: GraphSnapshot, visible: VisibleGraph) -> _Inside:
    owner = np.repeat(np.arange(len(visible)), np.diff(visible.member_start))
    single = np.flatnonzero(visible.node >= 0)
    item: Rows = np.concatenate((owner, single)).astype(np.intp)
    node: Rows = np.concatenate((visible.members, visible.node[single])).astype(np.intp)
    kind = graph.nodes["kind"][node]
    operations, leaves = (
        np.bincount(item[chosen], minlength=len(visible)).astype(np.int32)
        for chosen in ((kind == Kind.OP) | (kind == Kind.UNTRACKED), kind == Kind.LEAF)
    )
    judged = (kind == Kind.LEAF) | (kind == Kind.OP)
    judged |= ~np.isin(item, item[judged])  # of a card for an input, or a call of nothing else, itself
    rows = np.flatnonzero(judged)
    rows = rows[np.argsort(item[rows], kind="stable")]
    items, start = np.unique(item[rows], return_index=True)
    norms = [np.flatnonzero(chosen) for chosen in (_entering(graph, visible, item, node), kind == Kind.LEAF)]
    entering, leaf = ((item[chosen], node[chosen]) for chosen in norms)
    return _Inside(operations, leaves, node[rows], items, start, entering, leaf)


def _norms(state: RunState, graph: GraphSnapshot, visible: VisibleGraph, inside: _Inside) -> Floats:
    current = pass_of(state, graph)
    norms = np.full(len(visible), -1.0)
    if current is None or len(current.gradients.known) != len(graph):
        return norms
    figures = current.gradients.columns["norm"]
    usable = current.gradients.known & np.isfinite(figures) & (figures >= 0)
    squares = np.where(usable, figures, 0.0) ** 2
    for items, nodes in (inside.entering, inside.leaf):  # leaves last: they win
        seen = np.bincount(items, usable[nodes], len(visible)) > 0
        sums = np.bincount(items, squares[nodes], len(visible))
        norms[seen] = np.sqrt(sums[seen])
    return norms


def _entering(graph: GraphSnapshot, visible: VisibleGraph, item: Rows, node: Rows) -> Bools:
    """For each (item, node): does the node's gradient come from outside of the item? True for an item's own node.

    A call's subtree is a span of positions, so the lowest and highest position among a node's consumers decide.
    """
    tree = gathered_tree(graph, frozenset(visible.heads.values()))
    enter, leave = np.array([*tree.enter, 0]), np.array([*tree.leave, 0])
    position = np.array([*tree.enter, len(tree.enter)])[tree.home]
    tracked = np.flatnonzero(graph.edges["tracked"] == 1)
    source, target = graph.edges["source"][tracked], graph.edges["target"][tracked]
    lowest, highest = np.full(len(graph), len(graph) + len(tree.enter)), np.full(len(graph), -1)
    np.minimum.at(lowest, source, position[target])
    np.maximum.at(highest, source, position[target])
    call = visible.call[item]
    inside = (lowest[node] >= enter[call]) & (highest[node] < leave[call]) & (highest[node] >= 0)
    is_op = graph.nodes["kind"][node] == Kind.OP
    return np.asarray((is_op & ~inside) | (call < 0), bool)
