"""From nodes and edges to items and lines: everything inside a closed call becomes one item, its lines are joined.

Further uses of a leaf or an input get a reference beside the consumer. Inside a closed call they are that call's own
matter: a weight that 200 folded cells share does not send 200 lines across the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .outputs import output_counts
from .snapshot import Kind
from .visible import ItemKind, VisibleGraph

if TYPE_CHECKING:
    from .calltree import CallTree, Rows
    from .snapshot import GraphSnapshot, Ints
    from .statistics import Bools

_MOST_SIDE_BY_SIDE = 4  # lines from outputs of one card to another card; more of them are one line
_AFTER_CALLS = 1 << 30  # in the order of items: boxes by depth, then references, then nodes


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """What folding decided. ``closed_around`` and ``box_around`` have a last row for "no call", reached as -1."""

    tree: CallTree
    hidden: Bools
    chips: Bools
    closed_around: Rows
    box_around: Rows
    call_kinds: dict[int, ItemKind]
    heads: dict[int, int]


@dataclass(slots=True, eq=False)
class _Items:
    """Items under construction: calls, then nodes seen themselves, then references."""

    kinds: Rows
    node: Rows
    call: Rows
    parent: Rows
    first: Rows  # the node id that orders an item
    second: Rows
    of_node: Rows


@dataclass(slots=True, eq=False)
class _Lines:
    """Graph edges that are drawn, with the items they run between."""

    rows: Rows
    source: Rows
    target: Rows


def assemble(graph: GraphSnapshot, places: Placement) -> VisibleGraph:
    """The visible graph, items in forward order with boxes before what they hold."""
    calls, members, member_start = _members(places)
    items = _items(places, calls, members, member_start)
    lines = _lines(graph, items)
    order = np.lexsort((np.arange(len(items.kinds)), items.second, items.first))
    rank = np.empty(len(order) + 1, np.intp)
    rank[order], rank[-1] = np.arange(len(order)), -1
    sizes = np.zeros(len(order), np.intp)
    sizes[: len(calls)] = np.diff(member_start)
    source, target, tracked, edge_rows, edge_start = _joined(graph, items, lines, rank)
    start = np.concatenate(([0], np.cumsum(sizes[order])))
    by_rank = np.argsort(rank[: len(calls)], kind="stable")
    counts = np.diff(member_start)[by_rank]
    begins = np.repeat(member_start[:-1][by_rank] - np.cumsum(counts) + counts, counts)
    return VisibleGraph(
        _int32(items.kinds[order]),
        _int32(items.node[order]),
        _int32(items.call[order]),
        _int32(rank[items.parent[order]]),
        _int32(members[np.arange(len(members)) + begins]),
        _int32(start),
        _int32(rank[items.of_node]),
        source,
        target,
        tracked,
        edge_rows,
        edge_start,
        places.heads,
    )


def _members(places: Placement) -> tuple[list[int], Rows, Rows]:
    """The calls that are items and the nodes shown inside each, as CSR; a call with nothing to show is no item."""
    tree = places.tree
    calls = np.fromiter(places.call_kinds, np.intp, len(places.call_kinds))
    first = tree.start[np.array(tree.enter, np.intp)[calls]]
    counts = tree.start[np.array(tree.leave, np.intp)[calls]] - first
    owner = np.repeat(np.arange(len(calls)), counts)
    ends = np.cumsum(counts)
    members = tree.nodes_by_home[np.arange(len(owner)) + np.repeat(first - ends + counts, counts)]
    shown = ~places.hidden[members]
    total = max(1, len(places.hidden))
    members, owner = members[shown], owner[shown]
    if len(members) and bool((np.diff(owner * total + members) < 0).any()):
        members = np.sort(owner * total + members) % total
    counts = np.bincount(owner, minlength=len(calls))
    start = np.concatenate(([0], np.cumsum(counts[counts > 0]))).astype(np.intp)
    return calls[counts > 0].tolist(), members, start


def _items(places: Placement, calls: list[int], members: Rows, start: Rows) -> _Items:
    tree, home = places.tree, places.tree.home
    item_of_call = np.full(len(tree.parent) + 1, -1, np.intp)
    item_of_call[calls] = np.arange(len(calls))
    around = places.closed_around[home]
    own = np.flatnonzero(~places.hidden & (around < 0))
    of_node = np.where(places.hidden, -1, item_of_call[around])
    of_node[own] = len(calls) + np.arange(len(own))
    above = np.array([tree.parent[call] for call in calls], np.intp)
    node_kinds = np.where(places.chips[own], ItemKind.CHIP, ItemKind.NODE)
    call_kinds = np.array([places.call_kinds[call] for call in calls], np.intp)
    nowhere = np.full(len(calls), -1, np.intp)
    return _Items(
        np.concatenate((call_kinds, node_kinds)).astype(np.intp),
        np.concatenate((nowhere, own)),
        np.concatenate((np.array(calls, np.intp), np.full(len(own), -1, np.intp))),
        item_of_call[np.concatenate((places.box_around[above], places.box_around[home[own]]))],
        np.concatenate((members[start[:-1]], own)),
        np.concatenate(
            (np.array([tree.depth[call] for call in calls], np.intp), np.full(len(own), _AFTER_CALLS + 1, np.intp))
        ),
        of_node,
    )


def _lines(graph: GraphSnapshot, items: _Items) -> _Lines:
    """Edges between different items; those of leaves and inputs are told apart by use, and references added."""
    start, end = graph.edges["source"].astype(np.intp), graph.edges["target"].astype(np.intp)
    source, target = items.of_node[start], items.of_node[end]
    kept = (source >= 0) & (target >= 0) & (source != target)
    kind = graph.nodes["kind"][start]
    rows = np.flatnonzero(kept & ((kind == Kind.LEAF) | (kind == Kind.INPUT)))
    if len(rows):
        _tell_uses_apart(graph, items, rows, source, kept)
    drawn = np.flatnonzero(kept)
    return _Lines(drawn, source[drawn], target[drawn])


def _tell_uses_apart(graph: GraphSnapshot, items: _Items, rows: Rows, source: Rows, kept: Bools) -> None:
    """Give each further use of a leaf its reference as source; drop the uses that a closed call keeps to itself."""
    ends = graph.edges["target"][rows].astype(np.intp)
    total = len(items.kinds)
    code = graph.edges["source"][rows].astype(np.int64) * total + items.of_node[ends]
    uses, use_of_row = np.unique(code, return_inverse=True)
    leaf, consumer = (uses // total).astype(np.intp), (uses % total).astype(np.intp)
    earliest = np.full(len(uses), len(graph), np.intp)
    np.minimum.at(earliest, use_of_row, ends)
    card = items.of_node[leaf]
    seen = items.node[card] == leaf
    at_home = (graph.nodes["kind"][leaf] == Kind.LEAF) & (graph.nodes["call"][leaf] >= 0)
    elsewhere = at_home & (items.parent[card] != items.parent[consumer])
    order = np.lexsort((earliest, elsewhere, leaf))
    is_first = np.ones(len(uses), bool)
    is_first[1:] = leaf[order][1:] != leaf[order][:-1]
    main = np.zeros(len(uses), bool)
    main[order[is_first]] = True
    main &= seen
    folded = items.kinds[consumer] == ItemKind.CLOSED_CALL
    dropped = ~main & folded & (at_home | ~seen)
    further = ~main & ~dropped
    reference = np.full(len(uses), -1, np.intp)
    reference[further] = total + np.arange(int(further.sum()))
    kept[rows[dropped[use_of_row]]] = False
    moved = further[use_of_row]
    source[rows[moved]] = reference[use_of_row[moved]]
    _add_references(items, leaf[further], consumer[further])


def _add_references(items: _Items, leaf: Rows, consumer: Rows) -> None:
    count = len(leaf)
    items.kinds = np.concatenate((items.kinds, np.full(count, ItemKind.REFERENCE, np.intp)))
    items.node = np.concatenate((items.node, leaf))
    items.call = np.concatenate((items.call, np.full(count, -1, np.intp)))
    items.parent = np.concatenate((items.parent, items.parent[consumer]))
    items.first = np.concatenate((items.first, items.first[consumer]))
    items.second = np.concatenate((items.second, np.full(count, _AFTER_CALLS, np.intp)))


def _joined(graph: GraphSnapshot, items: _Items, lines: _Lines, rank: Rows) -> tuple[Ints, Ints, Bools, Ints, Ints]:
    """One line for all edges between the same two items, one for each output where a card has several.

    A line is tracked if any of its edges is.
    """
    total = len(items.kinds)
    between = rank[lines.source] * total + rank[lines.target]
    output = _told_apart(graph, items, lines, between)
    code = between * (int(output.max(initial=0)) + 1) + output
    order = np.argsort(code, kind="stable")
    _, first = np.unique(code[order], return_index=True)
    tracked = graph.edges["tracked"][lines.rows[order]] == 1
    any_tracked = np.logical_or.reduceat(tracked, first) if len(first) else np.zeros(0, bool)
    start = np.concatenate((first, [len(order)]))
    pairs = between[order][first]
    return (
        _int32(pairs // max(total, 1)),
        _int32(pairs % max(total, 1)),
        np.asarray(any_tracked, bool),
        _int32(lines.rows[order]),
        _int32(start),
    )


def _told_apart(graph: GraphSnapshot, items: _Items, lines: _Lines, between: Rows) -> Rows:
    """By edge the number of its output, from 1, where that has a line of its own, else 0."""
    node = items.node[lines.source]
    counts = np.append(output_counts(graph), 0)  # the last one is that of "no node", reached as -1
    output = np.where(counts[node] > 1, graph.edges["source_output"][lines.rows] + 1, 0).astype(np.intp)
    own = np.flatnonzero(output > 0)
    if not len(own):
        return output
    width = int(output.max()) + 1
    several = np.unique(between[own] * width + output[own])
    pairs, ways = np.unique(several // width, return_counts=True)
    output[np.isin(between, pairs[ways > _MOST_SIDE_BY_SIDE])] = 0
    return output


def _int32(values: Rows) -> Ints:
    return np.ascontiguousarray(values, np.int32)
