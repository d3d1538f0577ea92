"""What a person would call wrong in a picture, found by arithmetic."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from gradscope.graph.visible import ItemKind

if TYPE_CHECKING:
    from gradscope.graph.visible import VisibleGraph
    from gradscope.layout.geometry import Layout

    Array = np.ndarray[Any, np.dtype[Any]]

SLACK = 0.6  # positions are whole pixels


def overlapping(made: Layout, parents: Array) -> list[tuple[int, int]]:
    """Pairs of items in the same box that cover each other."""
    found: list[tuple[int, int]] = []
    low, high = made.rects[:, :2], made.rects[:, :2] + made.rects[:, 2:]
    for box in np.unique(parents):
        items = np.flatnonzero(parents == box)
        items = items[np.argsort(low[items, 1], kind="stable")]
        for index, item in enumerate(items):
            later = items[index + 1 :]
            later = later[: np.searchsorted(low[later, 1], high[item, 1] - SLACK)]
            hit = (low[later, 0] < high[item, 0] - SLACK) & (high[later, 0] > low[item, 0] + SLACK)
            found += [(int(item), int(other)) for other in later[hit]]
    return found


def escaping(made: Layout, parents: Array, header: float) -> list[int]:
    """Items that stick out of their box or into its header."""
    inside = np.flatnonzero(parents >= 0)
    box = made.rects[parents[inside]]
    item = made.rects[inside]
    left, top = item[:, 0] >= box[:, 0] - SLACK, item[:, 1] >= box[:, 1] + header - SLACK
    right = item[:, 0] + item[:, 2] <= box[:, 0] + box[:, 2] + SLACK
    bottom = item[:, 1] + item[:, 3] <= box[:, 1] + box[:, 3] + SLACK
    return [int(i) for i in inside[~(left & top & right & bottom)]]


def detached(made: Layout, sources: Array, targets: Array) -> list[int]:
    """Edges that do not run from the border of their source to the border of their target."""

    def on_border(points: Array, rects: Array) -> Array:
        offset = points - rects[:, :2]
        inside = ((offset >= -SLACK) & (offset <= rects[:, 2:] + SLACK)).all(axis=1)
        edge = ((np.abs(offset) <= SLACK) | (np.abs(offset - rects[:, 2:]) <= SLACK)).any(axis=1)
        return inside & edge

    first, last = made.points[made.start[:-1]], made.points[made.start[1:] - 1]
    good = on_border(first, made.rects[sources]) & on_border(last, made.rects[targets])
    return [int(edge) for edge in np.flatnonzero(~good)]


def slanted(made: Layout) -> list[int]:
    """Segments that are neither level nor upright."""
    steps = np.abs(np.diff(made.points, axis=0))
    within = np.ones(len(steps), bool)
    within[made.start[1:-1] - 1] = False
    return [int(i) for i in np.flatnonzero(within & (steps.min(axis=1) > SLACK))]


def trespassing(made: Layout, sources: Array, targets: Array, parents: Array) -> list[tuple[int, int]]:
    """(edge, item) where an edge crosses a card that is not its own, or a box that holds neither of its ends."""
    edge_of = np.repeat(np.arange(len(sources)), np.diff(made.start))
    step = np.flatnonzero(edge_of[1:] == edge_of[:-1])
    a, b, edge = made.points[step], made.points[step + 1], edge_of[step]
    low, high = np.minimum(a, b), np.maximum(a, b)
    rects = made.rects
    around = [_around(item, parents) for item in range(len(rects))]
    found: list[tuple[int, int]] = []
    for chunk in np.array_split(np.arange(len(step)), max(1, len(step) // 200)):
        hit = np.ones((len(chunk), len(rects)), bool)
        for axis in (0, 1):
            hit &= low[chunk, axis, None] < rects[None, :, axis] + rects[None, :, axis + 2] - SLACK
            hit &= high[chunk, axis, None] > rects[None, :, axis] + SLACK
        for row, item in zip(*np.nonzero(hit), strict=True):
            at = int(edge[chunk[row]])
            own = around[int(sources[at])] | around[int(targets[at])]
            if int(item) not in own:
                found.append((at, int(item)))
    return found


def hugging(made: Layout, parents: Array, clear: float = 4.0, header: float = 24.0) -> list[tuple[int, int]]:
    """(point, box) where a level piece of a line runs along a border of a box, or through its name."""
    start, end = made.points[:-1], made.points[1:]
    level = (start[:, 1] == end[:, 1]) & (start[:, 0] != end[:, 0])
    level[made.start[1:-1] - 1] = False
    found: list[tuple[int, int]] = []
    for box in np.unique(parents[parents >= 0]):
        x, y, width, height = made.rects[box]
        over = (np.minimum(start[:, 0], end[:, 0]) < x + width) & (np.maximum(start[:, 0], end[:, 0]) > x)
        at_top = (start[:, 1] > y - clear) & (start[:, 1] < y + header)
        at_bottom = np.abs(start[:, 1] - y - height) < clear
        found += [(int(point), int(box)) for point in np.flatnonzero(level & over & (at_top | at_bottom))]
    return found


def rising(made: Layout, sources: Array, targets: Array) -> list[int]:
    """Edges whose source does not stand above their target."""
    bottom = made.rects[sources, 1] + made.rects[sources, 3]
    return [int(i) for i in np.flatnonzero(bottom > made.rects[targets, 1] + SLACK)]


def trunk(visible: VisibleGraph) -> list[int]:
    """Lines of the longest way of tracked operations and closed calls; a leaf and its transpose lead to it."""
    count = len(visible)
    edges = list(zip(visible.source.tolist(), visible.target.tolist(), strict=True))
    fed = np.zeros(count, bool)
    fed[visible.target] = True
    on_way = (visible.kinds == ItemKind.CLOSED_CALL) | ((visible.kinds == ItemKind.NODE) & fed)
    way = nx.DiGraph()
    for edge, (source, target) in enumerate(edges):
        if visible.tracked[edge] and (on_way[source] or visible.kinds[source] == ItemKind.CHIP):
            way.add_edge(source, target, line=edge)
    items = nx.dag_longest_path(way)
    lines = [way.edges[pair]["line"] for pair in pairwise(items)]
    return [line for line in lines if on_way[edges[line][0]] or line != lines[0]]


def bent(made: Layout, lines: list[int], across: bool = False) -> list[int]:
    """Those of ``lines`` that turn aside; one that goes back to where the next column or row begins is none."""
    found = []
    for edge in lines:
        route = made.points[made.start[edge] : made.start[edge + 1]]
        aside, along = (route[:, 1], route[:, 0]) if across else (route[:, 0], route[:, 1])
        if np.ptp(aside) > SLACK and not (np.diff(along) < 0).any():
            found.append(edge)
    return found


def _around(item: int, parents: Array) -> frozenset[int]:
    found = []
    while item >= 0:
        found.append(item)
        item = int(parents[item])
    return frozenset(found)
