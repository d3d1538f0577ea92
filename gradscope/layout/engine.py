"""From sizes, edges and parents to rectangles and routes: the one door behind which the layout engine stands.

graphlay does the work (layered, orthogonal, boxes inside boxes): of a small picture as a whole, of a large one box by
box, each kind of box once. It refuses what would take it too long; then, and for cards without a single line between
them, arrangements of our own take over, coarser but always there. The same input gives the same arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .align import align
from .box import as_seen, tidied
from .cluster import cluster, unclustered
from .columns import in_columns
from .compose import Composer
from .geometry import Layout
from .glue import glue, unglue
from .jogs import clear_headers_of_lines
from .sheet import sheet
from .sizes import BOX_PADDING, HEADER_HEIGHT
from .squeeze import squeeze
from .trunk import TRUNK_WEIGHT, trunk

if TYPE_CHECKING:
    from collections.abc import Collection

    from .geometry import Floats2, Ints1

Direction = Literal["down", "right"]

MOST_ITEMS = 1000  # placed all at once, in a tenth of a second; more than these are composed box by box
MOST_WAYPOINTS = 30_000
STEADY = 60  # up to so many items neighbours keep their order while a graph grows, at the price of a bend now and then
_SPACING = {
    "layer_gap": 28.0,
    "node_gap": 22.0,
    "dummy_gap": 16.0,
    "port_gap": 14.0,
    "stub": 10.0,
    "isolated_gap": 22.0,
}
_ROOM: dict[Direction, dict[str, float]] = {
    "down": {"compound_padding": BOX_PADDING, "compound_header": HEADER_HEIGHT},
    "right": {"compound_padding": HEADER_HEIGHT + 4.0},  # here the engine would put a header's room on the left
}
_DIRECTIONS: dict[Direction, str] = {"down": "topbottom", "right": "leftright"}
_LIMITS = {"max_nodes": MOST_ITEMS, "max_dummies": MOST_WAYPOINTS}


@dataclass(frozen=True, slots=True, eq=False)
class LayoutRequest:
    """What is to be placed: sizes (n, 2), m edges by item, the open box around each item (-1: none).

    ``room`` is the width and height that the picture should fit at a readable size, zeros where that does not matter.
    """

    sizes: Floats2
    sources: Ints1
    targets: Ints1
    parents: Ints1
    direction: Direction = "down"
    room: tuple[float, float] = (0.0, 0.0)


def composer() -> Composer:
    """What remembers the boxes of large pictures, for one who lays out more than one."""
    return Composer(_SPACING)


def answer(request: LayoutRequest, remembered: Composer | None = None) -> Layout:
    """The layout that was asked for, in this process."""
    arrays = (request.sizes, request.sources, request.targets, request.parents)
    return layout(*arrays, request.direction, request.room, remembered)


def layout(
    sizes: Floats2,
    sources: Ints1,
    targets: Ints1,
    parents: Ints1,
    direction: Direction = "down",
    room: tuple[float, float] = (0.0, 0.0),
    remembered: Composer | None = None,
) -> Layout:
    """Place every item and route every edge, in this process.

    Args:
        sizes: (n, 2) widths and heights; an open box grows around its children, with room for its header.
        sources: items that edges leave, never an open box.
        targets: items that edges enter, never an open box.
        parents: the open box around each item, -1 at the top.
        direction: the way of the forward on screen.
        room: what a picture that goes down should fit, in columns where it is too tall; zeros: one column.
        remembered: boxes of earlier large pictures.
    """
    if not len(sizes):
        return Layout(np.zeros((0, 4)), np.zeros((0, 2)), np.zeros(1, np.int32))
    if not len(sources) and bool((parents < 0).all()):
        return sheet(sizes, room)
    made = _by_graphlay(LayoutRequest(sizes, sources, targets, parents, direction, room))
    if made is not None:
        return made
    return (remembered or composer()).compose(sizes, sources, targets, parents, direction)


def _by_graphlay(request: LayoutRequest) -> Layout | None:
    """The engine's layout made fit to be looked at, None if the engine refuses."""
    if len(request.sizes) > MOST_ITEMS:
        return None
    across, ends = request.direction == "right", (request.sources, request.targets)
    glued = glue(request.sizes, *ends, request.parents, across)
    lines, parents = (glued.sources, glued.targets), glued.parents
    extents, room = as_seen(across, glued.sizes), request.room[::-1] if across else request.room
    hung = frozenset(np.searchsorted(glued.kept, list(glued.chains)).tolist()) if across else None
    small = cluster(extents, *lines, parents, beside=hung)
    asked = LayoutRequest(as_seen(across, small.sizes), small.sources, small.targets, small.parents, request.direction)
    made = _placed(asked, small.clusters)
    if made is None:
        return None
    low, high, points = (as_seen(across, values) for values in made[:3])
    low, high, points, start = unclustered(small, extents, low, high, points, made[3], lines)
    if not across:
        if not _clear_headers(low, high, parents):
            return None
        clear_headers_of_lines(points, start, low, high, lines, parents)
    squeeze(low, high, points, start, np.unique(parents[parents >= 0]))
    align(trunk(len(low), *lines), low, high, points, start, lines, _outermost(parents))
    if not across:
        clear_headers_of_lines(points, start, low, high, lines, parents)
    points, firsts = tidied(points, start)
    start = firsts.astype(np.int32)
    if min(room) > 0:
        routes = in_columns(low, high, points, start, parents, room)
        points, start = routes if routes is not None else (points, start)
    low, high, points = (as_seen(across, values) for values in (low, high, points))
    return _on_pixels(*unglue(glued, request.sizes, low, high, points, start, ends, across))


def _placed(request: LayoutRequest, upright: Collection[int] = ()) -> tuple[Floats2, Floats2, Floats2, Ints1] | None:
    """Corners and routes as the engine makes them; lines at ``upright`` items run from top to bottom."""
    import graphlay

    nodes: list[dict[str, Any]] = [
        {"size": {"width": width, "height": height}, "shape": "box"} for width, height in request.sizes.tolist()
    ]
    for node, parent in zip(nodes, request.parents.tolist(), strict=True):
        if parent >= 0:
            node["parent"] = parent
    for item in upright:
        nodes[item]["port_sides"] = "facing_only"
    edges: list[dict[str, Any]] = [
        {"source": source, "target": target}
        for source, target in zip(request.sources.tolist(), request.targets.tolist(), strict=True)
    ]
    for edge in trunk(len(nodes), request.sources, request.targets):
        edges[edge]["weight"] = TRUNK_WEIGHT
    options: dict[str, Any] = {
        "direction": _DIRECTIONS[request.direction],
        "spacing": _SPACING | _ROOM[request.direction],
        "routing": {"style": "orthogonal", "port_sides": "any"},
        "limits": _LIMITS,
    }
    if len(nodes) <= STEADY:
        options["tuning"] = {"order": {"balance_rounds": 0}}
    try:
        raw = graphlay.layout({"nodes": nodes, "edges": edges}, options=options).raw
    except graphlay.GraphlayError:
        return None
    boxes = np.array(
        [(n["center"]["x"], n["center"]["y"], n["size"]["width"], n["size"]["height"]) for n in raw["nodes"]],
        np.float64,
    )
    routes = [edge["points"] for edge in raw["edges"]]
    start = np.cumsum([0, *(len(route) for route in routes)]).astype(np.int32)
    points = np.array([(p["x"], p["y"]) for route in routes for p in route], np.float64).reshape(-1, 2)
    boxes, points = np.round(boxes, 3), _right_angled(np.round(points, 3), start)  # equal places are equal numbers
    return boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2, points, start


def _clear_headers(low: Floats2, high: Floats2, parents: Ints1) -> bool:
    """Raise the top of boxes whose header the engine forgot: those that begin with another box and have no line in.

    False where one would then cover what is above it.
    """
    above = parents.tolist()
    highest: dict[int, float] = {}
    raised = []
    for item in sorted(range(len(above)), key=lambda item: -_depth(item, above)):
        if item in highest and highest[item] - HEADER_HEIGHT - BOX_PADDING < low[item, 1]:
            low[item, 1] = highest[item] - HEADER_HEIGHT - BOX_PADDING
            raised.append(item)
        if above[item] >= 0:
            highest[above[item]] = min(highest.get(above[item], float("inf")), float(low[item, 1]))
    for item in raised:
        beside = parents == parents[item]
        beside[item] = False
        touched = (low[beside] < high[item]) & (high[beside] > low[item])
        if touched.all(axis=1).any():
            return False
    return True


def _depth(item: int, above: list[int]) -> int:
    depth = 0
    while above[item] >= 0:
        item, depth = above[item], depth + 1
    return depth


def _on_pixels(low: Floats2, high: Floats2, points: Floats2, start: Ints1) -> Layout:
    """Whole pixels from (0, 0) on, so that borders are sharp; routes stay on the borders that they end at."""
    origin = np.floor(np.vstack((low, points)).min(axis=0) + 0.5)
    low, high, points = (np.floor(values - origin + 0.5) for values in (low, high, points))
    return Layout(np.hstack((low, high - low)), points, start)


def _outermost(parents: Ints1) -> Ints1:
    """The item itself or the outermost box around it."""
    top = np.arange(len(parents), dtype=np.int32)
    while (parents[top] >= 0).any():
        top = np.where(parents[top] >= 0, parents[top], top)
    return np.asarray(top, np.int32)


def _right_angled(points: Floats2, start: Ints1) -> Floats2:
    """Without the half pixel by which the engine now and then lets a piece of a line slant."""
    straight = points.copy()
    step = np.abs(np.diff(points, axis=0))
    slanted = (step.min(axis=1, initial=np.inf) > 0) & (step.min(axis=1, initial=np.inf) < 1)
    slanted[start[1:-1] - 1] = False
    for at in np.flatnonzero(slanted).tolist():
        axis = int(np.argmin(step[at]))
        straight[at + 1, axis] = straight[at, axis]
    return straight
