"""An operation and the cards that feed it alone, placed as one: weight at left, bias at right, the operation below.

What flows on (the trunk) comes down between the two, straight into the middle of the operation. To the engine the
whole is one symmetrical item, so that a row of layers stands in one line, however wide their parameters are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .sizes import INPUT_HEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .geometry import Floats2, Ints1
    from .strips import Floats1

MOST_SIDE = 2  # feeders at one side
PASSAGE = 28.0  # between the feeders of both sides, for the trunk
BESIDE = 14.0  # between the feeders of one side
DROP = 32.0  # from the lowest feeder to the operation, for a line with a turn in it
REACH = 18.0  # between the operation and a feeder beside it
_TURN = 13.0  # of that, from the turn to the operation
_STAGGER = 12.0  # between the turns of two lines from one side
_SNAP = 1.5  # a line may be moved by so much without a jog
_JOG = 7.0
_CORNER = 10.0
_ENTRY = 0.28  # of the operation's half width, from its middle to where the first line from a side ends


@dataclass(frozen=True, slots=True)
class Cluster:
    """``left`` and ``right`` are feeders with the edge to the operation, the innermost first."""

    center: int
    left: tuple[tuple[int, int], ...]
    right: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Clustered:
    """The smaller problem; ``kept`` items and edges, and for some kept items what they stand for."""

    sizes: Floats2
    sources: Ints1
    targets: Ints1
    parents: Ints1
    kept: Ints1
    kept_edges: Ints1
    clusters: dict[int, Cluster]  # by place among the kept
    beside: bool


def cluster(
    sizes: Floats2,
    sources: Ints1,
    targets: Ints1,
    parents: Ints1,
    apart: int | None = None,
    beside: frozenset[int] | None = None,
) -> Clustered:
    """Join every operation with what feeds it alone.

    Args:
        sizes: (n, 2); of lines that run from left to right, heights and widths, so that all run down.
        sources: items that edges leave.
        targets: items that edges enter.
        parents: the box around each item.
        apart: items from this one on are left as they are.
        beside: where lines run from left to right, the feeders that must stand above their operation. A feeder then
            stands beside the operation (above or below it on the screen) instead of before it.
    """
    found = _clusters(sizes, sources, targets, parents, len(sizes) if apart is None else apart)
    if beside is not None:
        found = [turned for one in found if (turned := _beside(one, beside)) is not None]
    members = [item for one in found for item, _ in (*one.left, *one.right)]
    inner = [edge for one in found for _, edge in (*one.left, *one.right)]
    kept = np.setdiff1d(np.arange(len(sizes)), members)
    kept_edges = np.setdiff1d(np.arange(len(sources)), inner)
    rank = np.full(len(sizes) + 1, -1)
    rank[kept] = np.arange(len(kept))
    joined = sizes[kept].astype(np.float64)
    clusters = {int(rank[one.center]): one for one in found}
    for place, one in clusters.items():
        joined[place] = _extent(one, sizes) if beside is None else _extent_beside(one, sizes)
    return Clustered(
        joined,
        rank[sources[kept_edges]].astype(np.int32),
        rank[targets[kept_edges]].astype(np.int32),
        rank[parents[kept]].astype(np.int32),
        kept.astype(np.int32),
        kept_edges.astype(np.int32),
        clusters,
        beside is not None,
    )


def _beside(one: Cluster, above: frozenset[int]) -> Cluster | None:
    """One feeder at each side at most, those that must stand above at the first side."""
    feeders = sorted((*one.left, *one.right), key=lambda pair: pair[0] not in above)
    if len(feeders) > 2 or (len(feeders) == 2 and feeders[1][0] in above):
        return None
    return Cluster(one.center, tuple(feeders[:1]), tuple(feeders[1:]))


def _clusters(sizes: Floats2, sources: Ints1, targets: Ints1, parents: Ints1, apart: int) -> list[Cluster]:
    count = len(sizes)
    leaving, entering = np.bincount(sources, minlength=count), np.bincount(targets, minlength=count)
    feeds = (leaving[sources] == 1) & (entering[sources] == 0) & (parents[sources] == parents[targets])
    feeds &= (entering[targets] > 1) & (sources != targets) & (sources < apart) & (targets < apart)
    rows = np.flatnonzero(feeds)
    by_target: dict[int, list[int]] = {}
    for edge, target in zip(rows.tolist(), targets[rows].tolist(), strict=True):
        by_target.setdefault(target, []).append(edge)
    found = []
    for target, edges in by_target.items():
        others = int(entering[target]) - len(edges)
        if others == 0 and len(edges) > 2:  # nothing flows on into it: what is no parameter comes down the middle
            low = [edge for edge in edges if sizes[sources[edge], 1] == INPUT_HEIGHT]
            edges.remove(low[0] if low else edges[0])
        if others <= 1 and 0 < len(edges) <= 2 * MOST_SIDE and (sizes[sources[edges], 1] != INPUT_HEIGHT).any():
            found.append(_sided(target, edges, sizes, sources))
    return found


def _sided(center: int, edges: list[int], sizes: Floats2, sources: Ints1) -> Cluster:
    """The highest (with something hanging from them) to the left, the lowest (inputs) to the right, evenly."""
    pairs = [(int(sources[edge]), edge) for edge in edges]

    def leaning(pair: tuple[int, int]) -> float:
        return -float(sizes[pair[0], 1])

    ordered = sorted(pairs, key=leaning)
    half = (len(ordered) + 1) // 2
    return Cluster(center, tuple(ordered[:half]), tuple(ordered[half:]))


def _extent(one: Cluster, sizes: Floats2) -> tuple[float, float]:
    half = float(sizes[one.center, 0]) / 2
    for side in (one.left, one.right):
        if side:
            half = max(half, PASSAGE / 2 + sum(float(sizes[item, 0]) for item, _ in side) + BESIDE * (len(side) - 1))
    return 2 * half, _above(one, sizes) + float(sizes[one.center, 1])


def _extent_beside(one: Cluster, sizes: Floats2) -> tuple[float, float]:
    members = [one.center, *(item for item, _ in (*one.left, *one.right))]
    farthest = max(float(sizes[item, 0]) for item in members[1:])
    return float(sizes[one.center, 0]) + 2 * (REACH + farthest), float(sizes[members, 1].max())


def _above(one: Cluster, sizes: Floats2) -> float:
    """From the top of the whole to the top of the operation."""
    highest = max(float(sizes[item, 1]) for item, _ in (*one.left, *one.right))
    return highest + DROP + (_STAGGER if max(len(one.left), len(one.right)) > 1 else 0.0)


def unclustered(
    made: Clustered,
    sizes: Floats2,
    low: Floats2,
    high: Floats2,
    points: Floats2,
    start: Ints1,
    ends: tuple[Ints1, Ints1],
) -> tuple[Floats2, Floats2, Floats2, Ints1]:
    """Corners and routes of all items and edges again."""
    if not made.clusters:
        return low, high, points, start
    full_low, full_high = np.zeros((len(sizes), 2)), np.zeros((len(sizes), 2))
    full_low[made.kept], full_high[made.kept] = low, high
    routes: list[Floats2] = [np.zeros((0, 2))] * len(ends[0])
    for place, edge in enumerate(made.kept_edges.tolist()):
        routes[edge] = points[start[place] : start[place + 1]].copy()
    for place, one in made.clusters.items():
        middle, top = float(low[place, 0] + high[place, 0]) / 2, float(low[place, 1])
        corners = _set_beside if made.beside else _set_above
        for item, corner in corners(one, middle, (top, float(high[place, 1])), sizes, routes):
            full_low[item], full_high[item] = corner, sizes[item] + corner
    centers = {one.center: float(low[place, 1]) for place, one in made.clusters.items()}
    for edge in made.kept_edges.tolist():
        source, target = int(ends[0][edge]), int(ends[1][edge])
        if target in centers:
            middle = float(full_low[target, 0] + full_high[target, 0]) / 2
            routes[edge] = _into(routes[edge], middle, centers[target], float(full_low[target, 1]))
        if source in centers:
            routes[edge] = _out_of(routes[edge], full_low[source], full_high[source])
    starts = np.cumsum([0, *(len(route) for route in routes)]).astype(np.int32)
    return full_low, full_high, np.concatenate(routes), starts


def _set_above(
    one: Cluster, middle: float, span: tuple[float, float], sizes: Floats2, routes: list[Floats2]
) -> Iterator[tuple[int, tuple[float, float]]]:
    """Each item of a cluster with its upper left corner; the feeders' routes are made on the way."""
    top = span[0]
    wide = float(sizes[one.center, 0])
    upper = top + _above(one, sizes)
    yield one.center, (middle - wide / 2, upper)
    for side, sign in ((one.left, -1.0), (one.right, 1.0)):
        x = middle + sign * PASSAGE / 2
        for rank, (item, edge) in enumerate(side):
            width, height = sizes[item].tolist()
            left = x if sign > 0 else x - width
            yield item, (left, top)
            x += sign * (width + BESIDE)
            turn = upper - _TURN - _STAGGER * (len(side) - 1 - rank)
            entry = middle + sign * wide / 2 * _ENTRY * (1 + rank)
            routes[edge] = _down((left + width / 2, top + height), turn, (entry, upper), wide / 2 - 12, middle)


def _set_beside(
    one: Cluster, middle: float, span: tuple[float, float], sizes: Floats2, routes: list[Floats2]
) -> Iterator[tuple[int, tuple[float, float]]]:
    """The same where feeders stand beside the operation."""
    centre = sum(span) / 2
    half = float(sizes[one.center, 0]) / 2
    yield one.center, (middle - half, centre - float(sizes[one.center, 1]) / 2)
    for side, sign in ((one.left, -1.0), (one.right, 1.0)):
        for item, edge in side:
            width, height = sizes[item].tolist()
            begin, end = middle + sign * (half + REACH), middle + sign * half
            yield item, (begin if sign > 0 else begin - width, centre - height / 2)
            routes[edge] = np.array([(begin, centre), (end, centre)])


def _down(begin: tuple[float, float], turn: float, end: tuple[float, float], reach: float, middle: float) -> Floats2:
    """From a feeder's lower border into the operation's upper one; straight where the feeder stands above it."""
    x, y = begin
    if abs(x - middle) <= reach and abs(x - middle) >= abs(end[0] - middle):
        return np.array([(x, y), (x, end[1])])
    return np.array([(x, y), (x, turn), (end[0], turn), end])


def _into(route: Floats2, x: float, top: float, y: float) -> Floats2:
    """A route to the upper border of the whole led on between the feeders to the operation."""
    off = abs(float(route[-1, 0]) - x)
    if off > _SNAP:
        before = float(route[-1, 0])
        return np.vstack((route[:-1], [(before, top - _JOG), (x, top - _JOG), (x, y)]))
    if off:
        same = route[:, 0] == route[-1, 0]
        route[len(same) - int(np.argmin(same[::-1])) if not same.all() else 0 :, 0] = x
    route[-1, 1] = y
    return route


def _out_of(route: Floats2, low: Floats1, high: Floats1) -> Floats2:
    """A route from the lower border of the whole begun at the operation; at its corner where it does not reach."""
    x, y = route[0].tolist()
    inside = min(max(x, float(low[0]) + _CORNER), float(high[0]) - _CORNER)
    route[0, 1] = high[1]
    if inside == x:
        return route
    return np.vstack(([(inside, float(high[1])), (inside, y + _JOG), (x, y + _JOG)], route[1:]))
