"""Sibling calls that are built alike and follow each other, such as the blocks of a transformer: one card can stand for
all of them.

Two calls are alike if they are of one type, hold the same operations with results of the same shapes, and hold calls
that are alike in the same order. What the call around them does between one and the next (``x = x + block(x)``) goes
into the card as well, else lines would leave it and come back; so do the inputs that each of them has of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .calltree import call_tree
from .order import forward_rank
from .snapshot import Kind

if TYPE_CHECKING:
    from .calltree import CallTree, Rows
    from .snapshot import GraphSnapshot

LEAST = 3  # calls that are worth a card of their own

_Neighbours = dict[int, list[int]]


@dataclass(frozen=True, slots=True)
class Repeats:
    """``runs`` are calls in the order of their rows by the first of them, their head; ``heads`` the head by call, -1
    where a call is in no run; ``between`` the nodes that belong to a run without being in one of its calls.
    """

    runs: dict[int, tuple[int, ...]]
    heads: tuple[int, ...]
    between: dict[int, tuple[int, ...]]


@lru_cache(maxsize=4)  # a graph never changes, and every click asks again
def repeats(graph: GraphSnapshot) -> Repeats:
    """All runs of at least ``LEAST`` calls that one card can stand for."""
    tree = call_tree(graph)
    kinds = _alike(graph, tree)
    found: dict[int, list[tuple[int, ...]]] = {}
    for around, siblings in [(-1, tree.roots), *enumerate(tree.children)]:
        rows = [call for call in siblings if tree.count(call)]
        if len(rows) >= LEAST:
            runs = _runs([(call, -1 if call in tree.bare else kinds[call]) for call in rows])
            if runs:
                found[around] = runs
    runs_by_head: dict[int, tuple[int, ...]] = {}
    between: dict[int, tuple[int, ...]] = {}
    links = _links(graph, tree, found) if found else {}
    for around, runs in found.items():
        for run in runs:
            inner = _inner(run, *links[around])
            if all(unit >= len(tree.parent) for unit in inner):
                runs_by_head[run[0]] = run
                between[run[0]] = tuple(sorted(unit - len(tree.parent) for unit in inner))
    first, last = _used(graph, tree)
    heads = [-1] * len(tree.parent)
    for head, run in runs_by_head.items():
        between[head] += tuple(_own_inputs(graph, tree, run, first, last))
        for call in run:
            heads[call] = head
    return Repeats(runs_by_head, tuple(heads), between)


@lru_cache(maxsize=8)
def gathered_tree(graph: GraphSnapshot, gathered: frozenset[int]) -> CallTree:
    """The call tree in which each run of these heads, with what is between its calls, is inside its head."""
    tree = call_tree(graph)
    if not gathered:
        return tree
    known = repeats(graph)
    parent, children, roots = list(tree.parent), [list(row) for row in tree.children], list(tree.roots)
    depth, leave, home = list(tree.depth), list(tree.leave), tree.home.copy()
    for head in sorted(gathered.intersection(known.runs)):
        run = known.runs[head]
        siblings = roots if parent[head] < 0 else children[parent[head]]
        last = siblings.index(run[-1])
        taken = siblings[siblings.index(head) + 1 : last + 1]
        del siblings[siblings.index(head) + 1 : last + 1]
        children[head].extend(taken)
        for call in taken:
            parent[call] = head
            for inside in tree.order[tree.enter[call] : tree.leave[call]]:
                depth[inside] += 1
        leave[head] = tree.leave[run[-1]]
        home[list(known.between[head])] = head
    position = np.array([*tree.enter, len(tree.order)], np.intp)[home]
    by_home = np.lexsort((np.arange(len(home)), position))
    start = np.searchsorted(position[by_home], np.arange(len(tree.order) + 1)).astype(np.intp)
    return replace(
        tree,
        parent=parent,
        children=children,
        roots=roots,
        depth=depth,
        leave=leave,
        home=home,
        nodes_by_home=by_home,
        start=start,
    )


def first_of(graph: GraphSnapshot, head: int) -> int:
    """The call of a run that the forward made first; rows of calls may come in either order."""
    run = repeats(graph).runs.get(head, (head,))
    tree, rank = call_tree(graph), forward_rank(graph)
    return min(run, key=lambda call: int(rank[tree.members(call)].min(initial=len(graph))))


def _alike(graph: GraphSnapshot, tree: CallTree) -> list[int]:
    """A number for each call; equal numbers are calls built alike."""
    shape = np.full(len(graph), -1, np.int64)
    first = graph.outputs["output"] == 0
    shape[graph.outputs["node"][first]] = graph.outputs["shape"][first]
    own = (graph.nodes["op"].astype(np.int64) + 2) * (len(graph.strings) + 2) + shape + 2
    kind = graph.nodes["kind"]
    own[(kind != Kind.OP) & (kind != Kind.UNTRACKED)] = 0  # a shared leaf is at home in the first call only
    inside = tree.nodes_by_home
    position = np.repeat(np.arange(len(tree.order)), np.diff(tree.start))
    counted = inside[: len(position)]
    ordered = own[counted][np.lexsort((own[counted], position))]
    numbers = [0] * len(tree.order)
    known: dict[tuple[object, ...], int] = {}
    for place in range(len(tree.order) - 1, -1, -1):
        call = tree.order[place]
        made = ordered[tree.start[place] : tree.start[place + 1]]
        below = tuple(numbers[child] for child in tree.children[call] if tree.count(child))
        key = (graph.calls[call].type, made[made > 0].tobytes(), below)
        numbers[call] = known.setdefault(key, len(known))
    return numbers


def _runs(siblings: list[tuple[int, int]]) -> list[tuple[int, ...]]:
    """The longest stretches of equal numbers, those below 0 left out."""
    found, begin = [], 0
    for place in range(1, len(siblings) + 1):
        if place == len(siblings) or siblings[place][1] != siblings[begin][1]:
            if place - begin >= LEAST and siblings[begin][1] >= 0:
                found.append(tuple(call for call, _ in siblings[begin:place]))
            begin = place
    return found


def _links(
    graph: GraphSnapshot, tree: CallTree, wanted: dict[int, list[tuple[int, ...]]]
) -> dict[int, tuple[_Neighbours, _Neighbours]]:
    """By call around: who follows and who precedes each unit in it, a child call or a node of its own (counted on)."""
    source, target = graph.edges["source"].astype(np.intp), graph.edges["target"].astype(np.intp)
    around, before, after = _meeting(tree, source, target)
    rows = np.flatnonzero(np.isin(around, list(wanted)))
    links: dict[int, tuple[_Neighbours, _Neighbours]] = {call: ({}, {}) for call in wanted}
    for call, one, other in zip(around[rows].tolist(), before[rows].tolist(), after[rows].tolist(), strict=True):
        links[call][0].setdefault(one, []).append(other)
        links[call][1].setdefault(other, []).append(one)
    return links


def _meeting(tree: CallTree, source: Rows, target: Rows) -> tuple[Rows, Rows, Rows]:
    """For each edge the innermost call around both ends, and the unit of that call that each end is in."""
    parent, depth = np.array([*tree.parent, -1], np.intp), np.array([*tree.depth, -1], np.intp)
    one, other = tree.home[source].copy(), tree.home[target].copy()
    first, second = source + len(tree.parent), target + len(tree.parent)
    apart = np.flatnonzero(one != other)
    while len(apart):
        a, b = one[apart], other[apart]
        up, over = apart[depth[a] >= depth[b]], apart[depth[b] >= depth[a]]
        first[up], second[over] = one[up], other[over]
        one[up], other[over] = parent[one[up]], parent[other[over]]
        apart = apart[one[apart] != other[apart]]
    return one, first, second


def _used(graph: GraphSnapshot, tree: CallTree) -> tuple[Rows, Rows]:
    """By node the first and the last place in the order of calls where it is used."""
    position = np.array([*tree.enter, len(tree.order)], np.intp)[tree.home]
    first, last = np.full(len(graph), len(tree.order), np.intp), np.full(len(graph), -1, np.intp)
    np.minimum.at(first, graph.edges["source"], position[graph.edges["target"]])
    np.maximum.at(last, graph.edges["source"], position[graph.edges["target"]])
    return first, last


def _own_inputs(graph: GraphSnapshot, tree: CallTree, run: tuple[int, ...], first: Rows, last: Rows) -> list[int]:
    """Inputs from outside that go into one call of a run and nowhere else; few of them stay where they are."""
    begins, ends = (np.array([of[call] for call in run], np.intp) for of in (tree.enter, tree.leave))
    nodes = np.flatnonzero((graph.nodes["kind"] == Kind.INPUT) & (first >= begins[0]) & (last < ends[-1]) & (last >= 0))
    position = np.array([*tree.enter, len(tree.order)], np.intp)[tree.home[nodes]]
    nodes = nodes[(position < begins[0]) | (position >= ends[-1])]
    call = np.searchsorted(begins, first[nodes], side="right") - 1
    nodes = nodes[last[nodes] < ends[call]]
    return nodes.tolist() if len(nodes) >= LEAST else []


def _inner(run: tuple[int, ...], following: _Neighbours, preceding: _Neighbours) -> set[int]:
    """Units on a way from one call of a run to another, the run itself left out."""
    return (_reached(run, following) & _reached(run, preceding)).difference(run)


def _reached(run: tuple[int, ...], steps: _Neighbours) -> set[int]:
    seen: set[int] = set()
    waiting = list(run)
    while waiting:
        for unit in steps.get(waiting.pop(), ()):
            if unit not in seen:
                seen.add(unit)
                waiting.append(unit)
    return seen
