"""A plain layered layout for what the engine refuses: coarser, with lines that may run behind boxes, but never absent.

Boxes are laid out from the inside out, each as a small flat graph of its children: rank by longest path, order by the
mean place of the neighbours above, rows side by side. A cycle is cut where it is met first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .geometry import Layout
from .sizes import BOX_PADDING, HEADER_HEIGHT

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

RANK_GAP = 40.0
ITEM_GAP = 22.0
_Pairs: TypeAlias = dict[int, list[tuple[int, int]]]


def layered(sizes: Floats2, sources: Ints1, targets: Ints1, parents: Ints1, direction: str = "down") -> Layout:
    """Rectangles without overlaps, boxes around their children, each route a vertical, a horizontal, a vertical."""
    across = direction == "right"
    extents = sizes[:, ::-1].copy() if across else sizes.copy()
    above = parents.tolist()
    children = _children(above)
    depth = _depths(children)
    edges = _lifted(sources.tolist(), targets.tolist(), above, depth)
    offset = np.zeros((len(sizes), 2))
    lead = (HEADER_HEIGHT + BOX_PADDING, BOX_PADDING)  # along and across the flow, before the children
    first = np.array([lead[1], lead[0]]) if not across else np.array([lead[0], lead[1]])
    for box in sorted(children, key=lambda box: -depth.get(box, -1)):
        inside = children[box]
        rows = _ranked(inside, edges.get(box, []))
        size = _placed(rows, extents, offset)
        if box >= 0:
            offset[inside] += first
            extents[box] = np.maximum(extents[box], size + first + BOX_PADDING)
    for item in sorted(depth, key=lambda item: depth[item]):
        if item >= 0 and above[item] >= 0:
            offset[item] += offset[above[item]]
    points, start = _routes(offset, extents, sources, targets)
    if across:
        offset, extents, points = offset[:, ::-1], extents[:, ::-1], points[:, ::-1]
    return Layout(np.ascontiguousarray(np.hstack((offset, extents))), np.ascontiguousarray(points), start)


def _children(above: list[int]) -> dict[int, list[int]]:
    children: dict[int, list[int]] = {-1: []}
    for item, parent in enumerate(above):
        children.setdefault(parent, []).append(item)
    return children


def _depths(children: dict[int, list[int]]) -> dict[int, int]:
    depth = {-1: -1}
    waiting = [-1]
    while waiting:
        box = waiting.pop()
        for item in children.get(box, ()):
            depth[item] = depth[box] + 1
            waiting.append(item)
    return depth


def _lifted(sources: list[int], targets: list[int], above: list[int], depth: dict[int, int]) -> _Pairs:
    """Each edge as one between two children of the box that holds both its ends, by box."""
    pairs: dict[int, dict[tuple[int, int], None]] = {}
    for source, target in zip(sources, targets, strict=True):
        a, b = source, target
        while above[a] != above[b]:
            if depth[a] >= depth[b]:
                a = above[a]
            else:
                b = above[b]
        if a != b:
            pairs.setdefault(above[a], {})[(a, b)] = None
    return {box: list(found) for box, found in pairs.items()}


def _ranked(items: list[int], pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Rows of items: each below all that lead to it, those that only feed others right above the first of these."""
    after: dict[int, list[int]] = {item: [] for item in items}
    before: dict[int, list[int]] = {item: [] for item in items}
    for source, target in pairs:
        after[source].append(target)
        before[target].append(source)
    waiting = {item: len(before[item]) for item in items}
    rank: dict[int, int] = {}
    ready = [item for item in items if not waiting[item]]
    remaining = dict.fromkeys(items)
    while remaining:
        if not ready:
            ready = [next(iter(remaining))]  # a cycle: cut it at its first item
        item = ready.pop(0)
        if item not in remaining:
            continue
        del remaining[item]
        rank[item] = max((rank[other] + 1 for other in before[item] if other in rank), default=0)
        for target in after[item]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for item in items:
        if after[item] and not before[item]:
            rank[item] = max(0, min(rank[target] for target in after[item]) - 1)
    return _ordered(items, rank, before)


def _ordered(items: list[int], rank: dict[int, int], before: dict[int, list[int]]) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for item in items:
        rows[rank[item]].append(item)
    place: dict[int, float] = {}
    for row in rows:
        wanted = {}
        for index, item in enumerate(row):
            known = [place[other] for other in before[item] if other in place]
            wanted[item] = sum(known) / len(known) if known else float(index)
        row.sort(key=lambda item: wanted[item])
        place.update({item: float(index) for index, item in enumerate(row)})
    return [row for row in rows if row]


def _placed(rows: list[list[int]], extents: Floats2, offset: Floats2) -> Floats2:
    """Set the rows one below the other, centred; returns width and height of the whole."""
    widths = [float(extents[row, 0].sum()) + ITEM_GAP * (len(row) - 1) for row in rows]
    whole = max(widths, default=0.0)
    y = 0.0
    for row, width in zip(rows, widths, strict=True):
        x = (whole - width) / 2
        for item in row:
            offset[item] = (x, y)
            x += float(extents[item, 0]) + ITEM_GAP
        y += float(extents[row, 1].max()) + RANK_GAP
    return np.array([whole, max(0.0, y - RANK_GAP)])


def _routes(offset: Floats2, extents: Floats2, sources: Ints1, targets: Ints1) -> tuple[Floats2, Ints1]:
    out = offset[sources] + extents[sources] * (0.5, 1.0)
    into = offset[targets] + extents[targets] * (0.5, 0.0)
    middle = np.where(into[:, 1] > out[:, 1], np.maximum(into[:, 1] - RANK_GAP / 2, (out + into)[:, 1] / 2), out[:, 1])
    points = np.stack((out, np.column_stack((out[:, 0], middle)), np.column_stack((into[:, 0], middle)), into), axis=1)
    return points.reshape(-1, 2), (np.arange(len(sources) + 1) * 4).astype(np.int32)
