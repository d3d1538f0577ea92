"""The outline of a graph as arrays: calls hold their leaves, calls and operations; the rest stands by source line.

An entry is a number: calls come first, then groups, then nodes. All of it is vectorised, so that a graph of 50,000
nodes is ready in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from gradscope.graph.order import forward_rank
from gradscope.graph.snapshot import Kind, Role

if TYPE_CHECKING:
    from typing import TypeAlias

    from gradscope.graph.snapshot import GraphSnapshot, Ints
    from gradscope.graph.statistics import Bools

    Integers: TypeAlias = np.ndarray[Any, np.dtype[np.integer[Any]]]

LEAF, OP, INPUT, ROOT = int(Kind.LEAF), int(Kind.OP), int(Kind.INPUT), int(Role.ROOT)


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes outside every module: leaves, inputs, or what one source line made."""

    key: str
    name: str
    detail: str
    tooltip: str
    role: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class OutlineTree:
    """``parent[e]`` is the entry that holds e (-1 at the top); ``position[e]`` its place among ``children``."""

    graph: GraphSnapshot
    groups: tuple[Group, ...]
    parent: Ints
    children: Ints
    start: Ints
    position: Ints

    @property
    def calls(self) -> int:
        """How many entries are calls."""
        return len(self.graph.calls)

    def node_of(self, entry: int) -> int:
        """The node that an entry stands for; -1 for calls and groups."""
        return max(-1, entry - self.calls - len(self.groups))

    def entry_of(self, node: int) -> int:
        """The entry of a node."""
        return self.calls + len(self.groups) + node

    def group_of(self, entry: int) -> Group | None:
        """The group that an entry stands for."""
        index = entry - self.calls
        return self.groups[index] if 0 <= index < len(self.groups) else None

    def child_count(self, entry: int) -> int:
        """How many entries stand under one; ``entry`` -1 is the top."""
        return int(self.start[entry + 2] - self.start[entry + 1])

    def child(self, entry: int, row: int) -> int:
        """The entry in a row under ``entry``."""
        return int(self.children[self.start[entry + 1] + row])

    def children_of(self, entry: int) -> Ints:
        """The entries under one."""
        return self.children[self.start[entry + 1] : self.start[entry + 2]]

    def key_of(self, entry: int) -> str:
        """A name that lasts from one graph to the next, by which open entries are remembered."""
        if entry < self.calls:
            return self.graph.calls[entry].label
        group = self.group_of(entry)
        return group.key if group is not None else ""

    def kept(self, keep: Bools) -> OutlineTree:
        """The same entries, of which only those marked are shown."""
        return _indexed(self.graph, self.groups, self.parent, self.children[keep[self.children]])


def build_tree(graph: GraphSnapshot) -> OutlineTree:
    """Arrange a graph. In a call leaves come first, then the rest as the forward made it."""
    calls, nodes = len(graph.calls), len(graph)
    call = graph.nodes["call"].astype(np.int64)
    kind = graph.nodes["kind"]
    rank = forward_rank(graph)
    free = np.flatnonzero((call < 0) | (call >= calls))
    free = free[np.argsort(rank[free])]
    groups, group_of = _groups(graph, free)
    first = calls + len(groups)
    parent = np.full(first + nodes, -1, np.int32)
    parent[:calls] = [one.parent for one in graph.calls]
    parent[first:] = call
    parent[first + free] = np.where(group_of >= 0, calls + group_of, -1)
    order = np.zeros(first + nodes, np.int64)
    order[:calls] = _first_rank(graph, rank)
    order[first:] = rank + np.where(kind == LEAF, -2 * nodes, np.where(kind == INPUT, -nodes, 0))
    for index, group in enumerate(groups):
        place = {"leaves": -4 * nodes, "inputs": 4 * nodes}.get(group.key, 0)
        order[calls + index] = int(rank[free[np.argmax(group_of == index)]]) + place
    return _indexed(graph, groups, parent, np.lexsort((order, parent)))


def with_ancestors(tree: OutlineTree, found: Bools) -> Bools:
    """Entries to keep so that every found node can be reached from the top."""
    keep = np.zeros(len(tree.parent), bool)
    keep[tree.calls + len(tree.groups) :] = found
    level: Integers = np.flatnonzero(keep)
    while len(level):
        above = np.unique(tree.parent[level])
        level = above[(above >= 0) & ~keep[above]]
        keep[level] = True
    return keep


def relative_name(name: str, module: str) -> str:
    """``net.0.weight`` inside ``net.0`` is ``weight``."""
    return name[len(module) + 1 :] if module and name.startswith(module + ".") else name


def _indexed(graph: GraphSnapshot, groups: tuple[Group, ...], parent: Ints, children: Integers) -> OutlineTree:
    """``children`` are entries sorted by their parent."""
    start = np.searchsorted(parent[children], np.arange(-1, len(parent) + 1)).astype(np.int32)
    position = np.full(len(parent), -1, np.int32)
    position[children] = np.arange(len(children)) - start[parent[children] + 1]
    return OutlineTree(graph, groups, parent, children.astype(np.int32), start, position)


def _first_rank(graph: GraphSnapshot, rank: Integers) -> Integers:
    """For each call the earliest operation that it or a call inside it made, by which it stands among the others."""
    calls, nodes = len(graph.calls), len(graph)
    first = np.full(calls, nodes, np.int64)
    made = np.flatnonzero((graph.nodes["call"] >= 0) & (graph.nodes["call"] < calls) & (graph.nodes["kind"] == OP))
    np.minimum.at(first, graph.nodes["call"][made], rank[made])
    for row in range(calls):
        above, steps = graph.calls[row].parent, 0
        while 0 <= above < calls and steps < calls and first[above] > first[row]:
            first[above] = first[row]
            above, steps = graph.calls[above].parent, steps + 1
    return first


def _groups(graph: GraphSnapshot, free: Integers) -> tuple[tuple[Group, ...], Integers]:
    """Groups for nodes outside every module, and the group of each (-1: it stands alone at the top)."""
    kind = graph.nodes["kind"][free]
    group_of = np.full(len(free), -1, np.int64)
    groups: list[Group] = []
    for code, key, role in ((LEAF, "leaves", "leaf"), (INPUT, "inputs", "input")):
        of_kind = kind == code
        if of_kind.any():
            group_of[of_kind] = len(groups)
            tooltip = f"{key} outside every module" if code == LEAF else "tensors that feed the graph without gradient"
            groups.append(Group(key, key, "", tooltip, role))
    lines = np.stack([graph.nodes["file"][free], graph.nodes["line"][free]], axis=1)
    made = np.flatnonzero((kind != LEAF) & (kind != INPUT) & (lines[:, 1] >= 0))
    distinct, inverse = np.unique(lines[made], axis=0, return_inverse=True)
    by_line = np.argsort(inverse.ravel(), kind="stable")
    bounds = np.searchsorted(inverse.ravel()[by_line], np.arange(len(distinct) + 1))
    for index, (file, line) in enumerate(distinct.tolist()):
        on_line = made[by_line[bounds[index] : bounds[index + 1]]]
        if len(on_line) < 2:
            continue
        group_of[on_line] = len(groups)
        groups.append(_line_group(graph, free[on_line], graph.strings[file] if file >= 0 else "", line))
    return tuple(groups), group_of


def _line_group(graph: GraphSnapshot, members: Integers, file: str, line: int) -> Group:
    roots = members[graph.nodes["role"][members] == ROOT]
    named = int(roots[0]) if len(roots) else int(members[-1])
    where = f"{PurePath(file).name}:{line}" if file else f"line {line}"
    return Group(f"{file}:{line}", graph.text(named, "title"), f"line {line}", f"{len(members)} nodes made at {where}")
