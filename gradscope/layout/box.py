"""One box laid out by itself: its children, and lines that come in by its upper and go out by its lower border.

To the engine a crossing of the border is a narrow item in the first or the last layer; what an inner box has decided
about its own crossings is given as places on its borders, so that pieces of a line meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .align import align
from .cluster import cluster, unclustered
from .fallback import layered
from .glue import glue, unglue
from .sizes import BOX_PADDING, CHIP_HEIGHT, HEADER_HEIGHT
from .squeeze import squeeze
from .strips import level_pieces
from .trunk import TRUNK_WEIGHT, trunk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .cluster import Clustered
    from .geometry import Floats2, Ints1
    from .glue import Glued
    from .hops import Rows
    from .strips import Floats1

MOST_WAYPOINTS = 6000
MOST_CROSSINGS = 80  # of one border; the engine needs seconds for a layer of hundreds
_CROSSING = (2.0, CHIP_HEIGHT + 4.0)  # width and height of a border crossing; as high as that, it is no chip
_JOG = 6.0
_LOPSIDED = 16.0  # a box is not made wider by more than this for the sake of a straight line


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What is in a box: c children, ``enter`` and ``leave`` border crossings, h lines between them.

    Ends of lines are children, then entries (c and up), then exits. ``from_x`` and ``to_x`` are the places on the
    borders of children that are boxes, NaN for cards. ``solid`` are children that are boxes.
    """

    sizes: Floats2
    solid: np.ndarray[Any, np.dtype[np.bool_]]
    enter: int
    leave: int
    sources: Rows
    targets: Rows
    from_x: Floats1
    to_x: Floats1
    header: float  # the width that the header needs; negative for what has no border: a run, or the whole picture
    turned: bool = False  # x and y are to change places: the header's room is on the left, its width is a height


@dataclass(frozen=True, slots=True, eq=False)
class Arranged:
    """A box's size, its children's corners in it, where lines cross its borders, and its lines in whole pixels."""

    width: float
    height: float
    corners: Floats2
    enter_x: Floats1
    leave_x: Floats1
    points: Floats2
    start: Rows


def arrange(inside: Inside, spacing: Mapping[str, float]) -> Arranged:
    """Lay out one box. The same input gives the same result."""
    crossings = np.tile(_CROSSING, (inside.enter + inside.leave, 1))
    sizes = np.vstack((inside.sizes, crossings))
    ends = (inside.sources.astype(np.int32), inside.targets.astype(np.int32))
    low, high, points, start = _placed(inside, sizes, ends, spacing)
    low, high, points = (np.floor(values + 0.5) for values in (low, high, points))
    points, first = _snapped(inside, points, start, low, high)
    return _bordered(inside, low, high, points, first)


def _placed(
    inside: Inside, sizes: Floats2, ends: tuple[Ints1, Ints1], spacing: Mapping[str, float]
) -> tuple[Floats2, Floats2, Floats2, Ints1]:
    count, turned = len(inside.sizes), inside.turned
    apart = np.full(len(sizes), -1, np.int32)
    apart[:count][inside.solid] = np.flatnonzero(inside.solid)  # a chip hangs from a card, never from a box
    apart[count:] = np.arange(count, len(sizes))  # and a border crossing from nothing
    on_screen = as_seen(turned, sizes)
    glued = glue(on_screen, *ends, apart, turned)
    cards = int(np.searchsorted(glued.kept, count))
    hung = frozenset(np.searchsorted(glued.kept, list(glued.chains)).tolist()) if turned else None
    glued = replace(glued, sizes=as_seen(turned, glued.sizes))
    small = cluster(glued.sizes, glued.sources, glued.targets, glued.parents, cards, hung)
    made = None
    if max(inside.enter, inside.leave) <= MOST_CROSSINGS:
        made = _by_engine(inside, glued, small, spacing)
    if made is None:
        plain = layered(sizes, *ends, np.full(len(sizes), -1, np.int32))
        return plain.rects[:, :2], plain.rects[:, :2] + plain.rects[:, 2:], plain.points, plain.start
    low, high, points, start = unclustered(small, glued.sizes, *made, (glued.sources, glued.targets))
    shown_low, shown_high = low[:cards].copy(), high[:cards].copy()
    squeeze(shown_low, shown_high, points, start, np.zeros(0, np.int32))
    low[:cards], high[:cards] = shown_low, shown_high
    if inside.header >= 0:  # in a row of boxes it would set some beside the others
        lines = (glued.sources, glued.targets)
        align(trunk(len(low), *lines), low, high, points, start, lines, np.arange(len(low), dtype=np.int32))
    low, high, points = (as_seen(turned, values) for values in (low, high, points))
    low, high, points, start = unglue(glued, on_screen, low, high, points, start, ends, turned)
    return as_seen(turned, low), as_seen(turned, high), as_seen(turned, points), start


def as_seen(turned: bool, values: Floats2) -> Floats2:
    """With x and y exchanged where lines run from left to right on the screen, so that to the engine they run down."""
    return values[:, ::-1].copy() if turned else values


def _by_engine(
    inside: Inside, glued: Glued, small: Clustered, spacing: Mapping[str, float]
) -> tuple[Floats2, Floats2, Floats2, Ints1] | None:
    import graphlay

    count = len(inside.sizes)
    nodes: list[dict[str, Any]] = []
    for item, (width, height) in zip(glued.kept[small.kept].tolist(), small.sizes.tolist(), strict=True):
        node: dict[str, Any] = {"size": {"width": width, "height": height}, "shape": "box"}
        if item >= count:
            node["rank"] = "first" if item < count + inside.enter else "last"
            node["port_sides"] = "facing_only"
        nodes.append(node)
    for place in small.clusters:
        nodes[place]["port_sides"] = "facing_only"
    edges: list[dict[str, Any]] = []
    lines = glued.kept_edges[small.kept_edges].tolist()
    for source, target, line in zip(small.sources.tolist(), small.targets.tolist(), lines, strict=True):
        edge: dict[str, Any] = {"source": source, "target": target}
        _pin(edge, "source_port", "bottom", float(inside.from_x[line]), nodes[source])
        _pin(edge, "target_port", "top", float(inside.to_x[line]), nodes[target])
        if target in small.clusters:
            edge["target_port"] = {"offset": {"side": "top", "t": 0.0}}
        edges.append(edge)
    for line in trunk(len(nodes), small.sources, small.targets):
        edges[line]["weight"] = TRUNK_WEIGHT
    options = {
        "direction": "topbottom",
        "spacing": dict(spacing),
        "routing": {"style": "orthogonal", "port_sides": "any", "bundle_parallel": False},
        "limits": {"max_dummies": MOST_WAYPOINTS},
    }
    try:
        raw = graphlay.layout({"nodes": nodes, "edges": edges}, options=options).raw
    except graphlay.GraphlayError:
        return None
    boxes = np.array(
        [(n["center"]["x"], n["center"]["y"], n["size"]["width"], n["size"]["height"]) for n in raw["nodes"]],
        np.float64,
    ).reshape(-1, 4)
    routes = [edge["points"] for edge in raw["edges"]]
    start = np.cumsum([0, *(len(route) for route in routes)]).astype(np.int32)
    points = np.array([(p["x"], p["y"]) for route in routes for p in route], np.float64).reshape(-1, 2)
    boxes, points = np.round(boxes, 3), np.round(points, 3)  # equal places are equal numbers
    return boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2, points, start


def _pin(edge: dict[str, Any], end: str, side: str, x: float, node: dict[str, Any]) -> None:
    """Fix where an edge leaves or enters: at a place of an inner box, or in the middle of a border crossing."""
    width = node["size"]["width"]
    if x == x:
        edge[end] = {"offset": {"side": side, "t": x / width * 2 - 1}}
    elif "rank" in node:
        edge[end] = {"offset": {"side": side, "t": 0.0}}


def _snapped(inside: Inside, points: Floats2, start: Ints1, low: Floats2, high: Floats2) -> tuple[Floats2, Rows]:
    """Routes that end at inner boxes exactly where these say, with a jog where the engine would not."""
    routes = []
    for line, (source, target) in enumerate(zip(inside.sources.tolist(), inside.targets.tolist(), strict=True)):
        route = points[start[line] : start[line + 1]].copy()
        if inside.from_x[line] == inside.from_x[line]:
            route = _led(route, float(low[source, 0] + inside.from_x[line]), float(high[source, 1]), _JOG)
        if inside.to_x[line] == inside.to_x[line]:
            route = _led(route[::-1], float(low[target, 0] + inside.to_x[line]), float(low[target, 1]), -_JOG)[::-1]
        routes.append(route)
    lengths = np.cumsum([0, *(len(route) for route in routes)])
    return np.concatenate(routes) if routes else np.zeros((0, 2)), lengths.astype(np.int64)


def _led(route: Floats2, x: float, y: float, jog: float) -> Floats2:
    """The route with its first point at (x, y)."""
    off = abs(float(route[0, 0]) - x)
    if off > 1.5:
        return np.vstack(([(x, y), (x, y + jog), (route[0, 0], y + jog)], route[1:]))
    if off:
        same = route[:, 0] == route[0, 0]
        route[: len(route) if same.all() else int(np.argmin(same)), 0] = x
    route[0, 1] = y
    return route


def _bordered(inside: Inside, low: Floats2, high: Floats2, points: Floats2, start: Rows) -> Arranged:
    """Header and padding around what was placed, crossings on the borders."""
    count, drawn = len(inside.sizes), inside.header >= 0
    pad = BOX_PADDING if drawn else 0.0
    lead = HEADER_HEIGHT if drawn else 0.0
    left_pad, top_pad = (pad + lead, pad) if inside.turned else (pad, pad + lead)
    level = level_pieces(points, start.astype(np.int32)) if len(points) else np.zeros(0)
    left = min(float(low[:count, 0].min()), float(points[:, 0].min(initial=np.inf)))
    right = max(float(high[:count, 0].max()), float(points[:, 0].max(initial=-np.inf)))
    top = min(float(low[:count, 1].min()), float(level.min(initial=np.inf)))
    bottom = max(float(high[:count, 1].max()), float(level.max(initial=-np.inf)))
    going = inside.targets >= count + inside.enter
    if drawn and inside.leave == 1:
        left, right = _evened(left - left_pad, right + pad, float(points[start[1:][going] - 1, 0][0]))
        left, right = left + left_pad, right - pad
    width, height = right - left + left_pad + pad, bottom - top + top_pad + pad
    if inside.turned:
        height = max(height, inside.header)
    else:
        width = max(width, inside.header)
    width += width % 2
    spare = np.floor((width - left_pad - pad - (right - left)) / 2)
    shift = np.array([left_pad + spare - left, top_pad - top])
    points = points + shift
    enter = np.full(inside.enter, width / 2)
    leave = np.full(inside.leave, width / 2)
    begins, ends = start[:-1], start[1:] - 1
    coming = inside.sources >= count
    points[begins[coming], 1] = 0.0
    points[ends[going], 1] = height
    enter[inside.sources[coming] - count] = points[begins[coming], 0]
    leave[inside.targets[going] - count - inside.enter] = points[ends[going], 0]
    if drawn and inside.enter == inside.leave == 1 and enter[0] != leave[0]:
        points, start = _entered_above_exit(points, start, np.flatnonzero(coming), (float(leave[0]), top_pad - pad / 2))
        enter = leave
    points, start = tidied(points, start)
    return Arranged(width, height, low[:count] + shift, enter, leave, points, start)


def _evened(left: float, right: float, middle: float) -> tuple[float, float]:
    """A box's sides as far from the line out of it, so that boxes set one below the other have it in one line."""
    off = middle - left - (right - middle)
    if abs(off) > _LOPSIDED:
        return left, right
    return left + min(0.0, off), right + max(0.0, off)


def _entered_above_exit(points: Floats2, start: Rows, coming: Rows, place: tuple[float, float]) -> tuple[Floats2, Rows]:
    """The only line in led in right above the only line out, so that a row of boxes does not drift to one side."""
    firsts = start[coming]
    x, level = place
    led = np.array([(x, 0.0), (x, level)])
    joined = np.insert(points, np.repeat(firsts, 2), np.tile(led, (len(firsts), 1)), axis=0)
    joined[firsts + 2 * np.arange(1, len(firsts) + 1), 1] = level
    return joined, start + 2 * np.searchsorted(coming, np.arange(len(start)))


def tidied(points: Floats2, start: Rows | Ints1) -> tuple[Floats2, Rows]:
    """Without points that are there twice, and those in the middle of a straight piece."""
    drop = np.zeros(len(points), bool)
    drop[1:] = (points[1:] == points[:-1]).all(axis=1)
    drop[start[:-1]] = drop[start[1:] - 1] = False
    points, start = points[~drop], start - np.searchsorted(np.flatnonzero(drop), start)
    inner = np.setdiff1d(np.arange(len(points)), np.concatenate((start[:-1], start[1:] - 1)))
    needless = inner[straight_on(points, inner)]
    return np.delete(points, needless, axis=0), start - np.searchsorted(needless, start)


def straight_on(points: Floats2, places: Rows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a line goes on in the same direction at each of these places."""
    x, y = points[:, 0], points[:, 1]
    before, after = places - 1, places + 1
    upright = (x[before] == x[places]) & (x[places] == x[after])
    level = (y[before] == y[places]) & (y[places] == y[after])
    onwards = (x[places] - x[before]) * (x[after] - x[places]) + (y[places] - y[before]) * (y[after] - y[places]) > 0
    return np.asarray((upright | level) & onwards, bool)
