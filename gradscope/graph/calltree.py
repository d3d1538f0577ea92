"""The tree of module calls of a graph, and the call that every node is at home in.

An operation is at home in the call that made it. A leaf or input says itself in which call it was used first; one that
does not is placed by its name (``layer1.0.weight`` belongs to ``layer1.0``) or beside its consumers; a batch and other
variables stand in the call whose forward they are variables of, not in the Linear that they are handed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .order import forward_rank
from .snapshot import Kind

if TYPE_CHECKING:
    from .snapshot import Call, GraphSnapshot
    from .statistics import Bools

Rows: TypeAlias = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True, slots=True, eq=False)
class CallTree:
    """C calls as a forest, siblings in the order of the forward. ``order`` lists parents before children; a call's
    subtree is ``enter[c]:leave[c]`` of it.

    ``home[n]`` is the call row of node n, -1 outside of all. ``nodes_by_home`` sorts nodes so that those of one subtree
    stand together: the nodes inside call c are ``nodes_by_home[start[enter[c]]:start[leave[c]]]``. ``bare`` are the
    calls that hold one operation and nothing else, such as a ReLU: a box around that one card would say nothing.
    """

    parent: list[int]
    children: list[list[int]]
    roots: list[int]
    order: list[int]
    depth: list[int]
    enter: list[int]
    leave: list[int]
    home: Rows
    nodes_by_home: Rows
    start: Rows
    bare: frozenset[int]

    def members(self, call: int) -> Rows:
        """Nodes inside a call and all calls inside it, in order of their ids."""
        first, last = self.start[self.enter[call]], self.start[self.leave[call]]
        return np.sort(self.nodes_by_home[first:last])

    def count(self, call: int) -> int:
        """How many nodes are inside a call and all calls inside it."""
        return int(self.start[self.leave[call]] - self.start[self.enter[call]])

    def own_count(self, call: int) -> int:
        """How many nodes are at home in the call itself."""
        return int(self.start[self.enter[call] + 1] - self.start[self.enter[call]])


@lru_cache(maxsize=4)  # a graph never changes, and every click asks again
def call_tree(graph: GraphSnapshot) -> CallTree:
    """The calls of a graph with the homes of its nodes."""
    parent = _sound_parents(graph.calls)
    children: list[list[int]] = [[] for _ in parent]
    roots: list[int] = []
    for call, above in enumerate(parent):
        (children[above] if above >= 0 else roots).append(call)
    depth = _walk(roots, children)[1]
    home = _homes(graph, parent, depth)
    begun = _begun(graph, home, parent, depth)
    for siblings in (roots, *children):
        siblings.sort(key=begun.__getitem__)
    order, depth, enter, leave = _walk(roots, children)
    position = np.array([*enter, len(order)], np.intp)[home]
    by_home = np.lexsort((np.arange(len(home)), position))
    start = np.searchsorted(position[by_home], np.arange(len(order) + 1)).astype(np.intp)
    alone = np.flatnonzero(np.diff(start) == 1)
    ends = np.array([leave[order[place]] for place in alone.tolist()], np.intp)
    alone = alone[start[ends] - start[alone] == 1]
    alone = alone[graph.nodes["kind"][by_home[start[alone]]] == Kind.OP]
    bare = frozenset(order[place] for place in alone.tolist())
    return CallTree(parent, children, roots, order, depth, enter, leave, home, by_home, start, bare)


def _sound_parents(calls: tuple[Call, ...]) -> list[int]:
    """Parents by row; one that is no row, or from which the way up comes back, is taken for none."""
    parent = [call.parent if 0 <= call.parent < len(calls) else -1 for call in calls]
    settled = [False] * len(parent)
    for call in range(len(parent)):
        path: list[int] = []
        on_path: set[int] = set()
        above = call
        while above >= 0 and not settled[above]:
            if above in on_path:
                parent[path[-1]] = -1
                break
            path.append(above)
            on_path.add(above)
            above = parent[above]
        for row in path:
            settled[row] = True
    return parent


def _walk(roots: list[int], children: list[list[int]]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Preorder with the span of every subtree; without recursion, since models nest deeper than the stack may."""
    total = len(children)
    order: list[int] = []
    depth, enter, leave = [0] * total, [0] * total, [0] * total
    stack = [(root, 0) for root in reversed(roots)]
    while stack:
        call, level = stack.pop()
        if level < 0:
            leave[call] = len(order)
            continue
        depth[call], enter[call] = level, len(order)
        order.append(call)
        stack.append((call, -1))
        stack.extend((child, level + 1) for child in reversed(children[call]))
    return order, depth, enter, leave


def _begun(graph: GraphSnapshot, home: Rows, parent: list[int], depth: list[int]) -> list[int]:
    """By call the rank of the first operation in it, in the order of the forward: rows may be told in any."""
    rank = forward_rank(graph)
    begun = np.full(len(parent) + 1, len(graph), np.int64)
    made = np.isin(graph.nodes["kind"], (Kind.OP, Kind.UNTRACKED))
    np.minimum.at(begun, home[made], rank[made])
    for call in sorted(range(len(parent)), key=depth.__getitem__, reverse=True):
        begun[parent[call]] = min(begun[parent[call]], begun[call])
    found: list[int] = begun[:-1].tolist()
    return found


def _homes(graph: GraphSnapshot, parent: list[int], depth: list[int]) -> Rows:
    given = graph.nodes["call"]
    home = np.where((given >= 0) & (given < len(parent)), given, -1).astype(np.intp)
    home[: len(graph.part)] = np.where(graph.part >= 0, graph.part, home[: len(graph.part)])
    kind = graph.nodes["kind"]
    homeless = (home < 0) & ((kind == Kind.LEAF) | (kind == Kind.INPUT))
    source, target = graph.edges["source"], graph.edges["target"]
    rows = np.flatnonzero(homeless[source] & (home[target] >= 0))
    if not len(rows):
        return home
    rows = rows[np.argsort(source[rows], kind="stable")]
    nodes, first = np.unique(source[rows], return_index=True)
    outside = np.zeros(len(home), bool)
    outside[source[homeless[source] & (home[target] < 0)]] = True
    settled = home.copy()
    childless = np.ones(len(parent) + 1, bool)
    childless[parent] = False
    for node, used in zip(nodes.tolist(), np.split(rows, first[1:]), strict=True):
        calls = set(home[target[used]].tolist())
        common = -1 if outside[node] else _common(calls, parent, depth)
        settled[node] = _placed(graph, node, int(target[used[0]]), common, parent, childless)
    return settled


def _common(calls: set[int], parent: list[int], depth: list[int]) -> int:
    """The deepest call around all of ``calls``; -1 if there is none."""
    remaining = list(calls)
    found = remaining.pop()
    for other in remaining:
        while found != other and found >= 0 and other >= 0:
            if depth[found] >= depth[other]:
                found = parent[found]
            else:
                other = parent[other]
        if found < 0 or other < 0:
            return -1
    return found


def _placed(graph: GraphSnapshot, node: int, consumer: int, common: int, parent: list[int], childless: Bools) -> int:
    name = graph.text(node, "name")
    call = common
    while call >= 0:
        module = graph.calls[call].module
        if module and name.startswith(f"{module}."):
            return call
        call = parent[call]
    made, used = graph.source(node), graph.source(consumer)
    if made is not None and used is not None and (made.file, made.function) != (used.file, used.function):
        return -1
    if name and common >= 0:  # a variable: no frame of the user's is inside a module that calls no others
        common = parent[common] if childless[common] else common
        while common >= 0 and graph.calls[common].type == "Sequential":
            common = parent[common]
    return common
