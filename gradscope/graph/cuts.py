"""Which cut a node without gradient owes that to, and the way there."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .snapshot import Kind, Role

if TYPE_CHECKING:
    from .snapshot import Cut, GraphSnapshot, Ints
    from .visible import VisibleGraph

_SHORT = {
    "frozen": "frozen",
    "never_used": "never used",
    "unused_result": "not in the loss",
}
_LABELS = {
    "data": ".data",
    "no_grad": "no_grad",
    "item": "item()",
    "tolist": "tolist()",
    "tensor": "new tensor",
    "integer": "integers",
    "data_write": "written by .data",
    "unused_result": "not in the loss",
}


@dataclass(frozen=True, slots=True)
class CutFound:
    """``path`` are the nodes between the one asked for and the cut, in the order of the forward, both ends included."""

    cut: Cut
    path: tuple[int, ...]


def takes_no_part(graph: GraphSnapshot, node: int) -> bool:
    """Whether the node is a leaf or an operation that this pass does not reach."""
    kind = graph.kind(node)
    return kind == Kind.UNTRACKED or (kind == Kind.INPUT and graph.role(node) == Role.LEAF)


def cut_of(graph: GraphSnapshot, node: int) -> CutFound | None:
    """The nearest cut: ahead of a node that gradient cannot come back to, or behind one that carries only values."""
    ahead, behind = _nearest(graph)
    for found, forward in ((ahead, True), (behind, False)):
        if node not in found:
            continue
        number, following = found[node]
        path = [node]
        while following >= 0:
            path.append(following)
            following = found[following][1]
        cut = graph.cuts[number]
        end = cut.target if forward else cut.source
        if end >= 0:
            path.append(end)
        return CutFound(cut, tuple(path if forward else reversed(path)))
    return None


def short_words(cut: Cut) -> str:
    """What a card has room for: ``cut at line 20``."""
    if cut.reason in _SHORT:
        return _SHORT[cut.reason]
    return f"cut at line {cut.at.line}" if cut.at is not None and cut.at.line > 0 else "cut"


@lru_cache(maxsize=4)
def cut_edges(graph: GraphSnapshot) -> Ints:
    """For every edge the row of the cut that lies on it, -1 for none."""
    rows = np.full(len(graph.edges["source"]), -1, np.int32)
    if graph.cuts:
        places = {(c.source, c.source_output, c.target, c.target_input): row for row, c in enumerate(graph.cuts)}
        names = ("source", "source_output", "target", "target_input")
        for edge, key in enumerate(zip(*(graph.edges[name].tolist() for name in names), strict=True)):
            rows[edge] = places.get(key, -1)
    return rows


@lru_cache(maxsize=4)
def shown_cuts(graph: GraphSnapshot, visible: VisibleGraph) -> dict[int, Cut]:
    """The cuts that are seen, by the edge on screen that they lie on."""
    rows = cut_edges(graph)[visible.edge_rows]
    drawn = np.repeat(np.arange(len(visible.source)), np.diff(visible.edge_start))
    return {int(drawn[place]): graph.cuts[int(rows[place])] for place in np.flatnonzero(rows >= 0)[::-1]}


@lru_cache(maxsize=4)
def shown_ends(graph: GraphSnapshot, visible: VisibleGraph) -> dict[int, Cut]:
    """Cuts without a far end, by the item after which they are seen."""
    found = {int(visible.item_of_node[node]): cut for node, cut in open_ends(graph).items()}
    return {item: cut for item, cut in found.items() if item >= 0}


def label(cut: Cut) -> str:
    """What stands beside the mark: ``detach, line 20``."""
    name = _LABELS.get(cut.reason, cut.reason.replace("_", " "))
    return f"{name}, line {cut.at.line}" if cut.at is not None and cut.at.line > 0 else name


def open_ends(graph: GraphSnapshot) -> dict[int, Cut]:
    """Cuts without a far end, by the node they come after."""
    return {cut.source: cut for cut in graph.cuts if cut.target < 0 <= cut.source}


@lru_cache(maxsize=4)
def _nearest(graph: GraphSnapshot) -> tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]]:
    """For each node (cut row, next node on the way to it or -1), for cuts ahead of it and for cuts behind it."""
    kind, role = graph.nodes["kind"], graph.nodes["role"]
    untracked = kind == Kind.UNTRACKED
    unreached = untracked | ((kind == Kind.INPUT) & ((role == Role.LEAF) | (graph.nodes["frozen"] == 1)))
    source, target = graph.edges["source"], graph.edges["target"]
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for row in np.flatnonzero(unreached[source] | untracked[target]):
        above.setdefault(int(target[row]), []).append(int(source[row]))
        below.setdefault(int(source[row]), []).append(int(target[row]))
    ahead = _spread({cut.source: row for row, cut in reversed(list(enumerate(graph.cuts)))}, above, unreached)
    behind = _spread({cut.target: row for row, cut in reversed(list(enumerate(graph.cuts)))}, below, untracked)
    return ahead, behind


def _spread(
    starts: dict[int, int], neighbours: dict[int, list[int]], allowed: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> dict[int, tuple[int, int]]:
    found = {node: (row, -1) for node, row in starts.items() if node >= 0 and allowed[node]}
    waiting = deque(found)
    while waiting:
        node = waiting.popleft()
        for neighbour in neighbours.get(node, ()):
            if neighbour not in found and allowed[neighbour]:
                found[neighbour] = (found[node][0], node)
                waiting.append(neighbour)
    return found
