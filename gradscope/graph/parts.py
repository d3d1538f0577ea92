"""A long flat stretch of operations cut into parts that can be folded, where no module does so.

A script without modules, or the double backward of a meta learner, has hundreds of operations side by side. They are
taken in the order in which a depth-first walk from the root finishes them, so that what belongs together stands
together, and cut where few lines pass. A part is a call like any other to fold, layout and outline, but nobody called
it: it is named by its lines in the source, else by its first and last operation, and no node says that it was made in
it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .calltree import call_tree
from .hidden import bookkeeping
from .repeats import repeats
from .snapshot import Call, Kind

if TYPE_CHECKING:
    from .calltree import CallTree
    from .snapshot import GraphSnapshot

MOST_BESIDE = 28  # operations and calls side by side; more are cut into parts
MOST_PARTS = 12
WORTH = 8  # operations and calls that a part has at least
PART = "part"  # what stands where a call has the type of its module


def parted(graph: GraphSnapshot) -> GraphSnapshot:
    """The graph with parts among its calls, itself where nothing is long and flat."""
    made = graph
    while True:
        cut = _cut(made)
        if cut is None:
            return made
        made = cut


def _cut(graph: GraphSnapshot) -> GraphSnapshot | None:
    """Every level that is too long, cut once; None if there is none."""
    tree = call_tree(graph)
    own = np.flatnonzero((graph.nodes["kind"] == Kind.OP) | (graph.nodes["kind"] == Kind.UNTRACKED))
    counted = own[~bookkeeping(graph)[own]]
    weight = Counter(tree.home[counted].tolist())
    known = repeats(graph)
    for head, run in known.runs.items():
        weight[tree.parent[head]] -= len(run) - 1 + len(known.between[head])
    for call, above in enumerate(tree.parent):
        weight[above] += bool(tree.count(call))
    long = [level for level, count in weight.items() if count > MOST_BESIDE]
    calls, part = list(graph.calls), graph.part.copy() if len(graph.part) else np.full(len(graph), -1, np.int32)
    for level in long:
        _cut_level(graph, tree, level, own, calls, part)
    if len(calls) == len(graph.calls):
        return None
    return replace(graph, calls=tuple(calls), part=part)


def _cut_level(
    graph: GraphSnapshot, tree: CallTree, level: int, own: np.ndarray, calls: list[Call], part: np.ndarray
) -> None:
    """Write parts of one level into ``calls``, and who is in them into ``part`` and the parents of calls."""
    units, order = _ordered(graph, tree, level, own)
    starts = _starts(units, order, graph)
    if len(starts) < 2:
        return
    around = graph.calls[level].module if level >= 0 else ""
    for first, end in zip(starts, [*starts[1:], len(order)], strict=True):
        row = len(calls)
        number = sum(1 for call in calls if call.type == PART)
        members = order[first:end]
        calls.append(Call(around, number, PART, level, _lines(graph, tree, members)))
        for unit in members:
            if unit < len(graph):
                part[unit] = row
            else:
                calls[unit - len(graph)] = replace(calls[unit - len(graph)], parent=row)


def _ordered(
    graph: GraphSnapshot,
    tree: CallTree,
    level: int,
    own: np.ndarray,
) -> tuple[dict[int, list[int]], list[int]]:
    """What feeds each unit of a level (a node of its own, or N + a child call), and the units, feeders first."""
    unit = np.full(len(graph), -1, np.int64)
    mine = own[tree.home[own] == level]
    unit[mine] = mine
    for child in tree.roots if level < 0 else tree.children[level]:
        unit[tree.members(child)] = len(graph) + child
    source, target = unit[graph.edges["source"]], unit[graph.edges["target"]]
    inner = np.flatnonzero((source >= 0) & (target >= 0) & (source != target))
    inner = inner[np.lexsort((graph.edges["target_input"][inner], target[inner]))]
    feeds: dict[int, list[int]] = {}
    for one, other in zip(source[inner].tolist(), target[inner].tolist(), strict=True):
        feeds.setdefault(other, []).append(one)
    fed = {one for row in feeds.values() for one in row}
    every = sorted(set(unit[unit >= 0].tolist()))
    order: list[int] = []
    seen: set[int] = set()
    waiting = [(one, False) for one in reversed([*(one for one in every if one not in fed), *every])]
    while waiting:
        one, done = waiting.pop()
        if done:
            order.append(one)
        elif one not in seen:
            seen.add(one)
            waiting.append((one, True))
            waiting.extend((other, False) for other in reversed(feeds.get(one, [])) if other not in seen)
    return feeds, order


def _starts(feeds: dict[int, list[int]], order: list[int], graph: GraphSnapshot) -> list[int]:
    """The first place of each part: where fewest lines pass, and a line of the source before the one above it."""
    place = {unit: at for at, unit in enumerate(order)}
    change = np.zeros(len(order) + 1, np.int64)
    for unit, feeders in feeds.items():
        for one in feeders:
            low, high = sorted((place[one], place[unit]))
            change[low + 1] += 1
            change[high + 1] -= 1
    passing = np.cumsum(change)[: len(order)].astype(np.float64)
    size = max(WORTH, -(-len(order) // MOST_PARTS))
    lines = [int(graph.nodes["line"][unit]) if unit < len(graph) else -1 for unit in order]
    for at in range(1, len(order)):
        passing[at] += 0.0 if lines[at] != lines[at - 1] else 0.5
    starts = [0]
    while len(order) - starts[-1] > size + size // 2:
        low, high = starts[-1] + max(1, size // 2), min(starts[-1] + size + size // 2, len(order) - 1)
        window = passing[low : high + 1]
        starts.append(low + int(np.argmin(window)))
    return starts


def _lines(graph: GraphSnapshot, tree: CallTree, members: list[int]) -> str:
    """The lines of the source that made what is in a part, of the file that most of it is from."""
    nodes = [unit for unit in members if unit < len(graph)]
    for unit in members:
        if unit >= len(graph):
            nodes += tree.members(unit - len(graph)).tolist()
    files = Counter(file for node in nodes if (file := int(graph.nodes["file"][node])) >= 0)
    if not files:
        return _operations(graph, members)
    file = files.most_common(1)[0][0]
    lines = [int(graph.nodes["line"][node]) for node in nodes if int(graph.nodes["file"][node]) == file]
    first, last = min(lines), max(lines)
    return f"line {first}" if first == last else f"lines {first} to {last}"


def _operations(graph: GraphSnapshot, members: list[int]) -> str:
    """``addmm to tanh``: what a part begins and ends with, for a graph that nobody saw being made."""
    names = [
        graph.text(unit, "title") or graph.text(unit, "op")
        if unit < len(graph)
        else graph.calls[unit - len(graph)].label
        for unit in members
    ]
    return names[0] if names[0] == names[-1] else f"{names[0]} to {names[-1]}"
