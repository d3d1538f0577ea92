"""All that a picture of a graph shows and that a step of training does not change: places, looks, texts, edges. Pure.

Culling is a comparison over all rows: 0.2 ms for 100,000 items, less than a spatial index would take to ask and keep.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from gradscope.graph.snapshot import Kind
from gradscope.graph.visible import ItemKind

from .looks import Look
from .texts import Card, card_of

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot, Ints
    from gradscope.graph.visible import VisibleGraph

    from .engine import Direction
    from .geometry import Layout

Floats2: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Bytes1: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint8]]
Long1: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
Target: TypeAlias = tuple[Literal["node", "call"], int]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """n items and m edges in scene pixels.

    ``rects`` (n, 4); ``looks`` of ``Look``; ``boxes`` open calls, outermost first; ``cards`` all other items;
    ``direction`` is the way of the forward; ``identity`` names an item across scenes; ``edge_boxes`` (m, 4) are corners
    x0, y0, x1, y1 around each route.
    """

    graph: GraphSnapshot
    visible: VisibleGraph
    layout: Layout
    rects: Floats2
    looks: Bytes1
    boxes: Ints
    cards: Ints
    identity: Long1
    edge_boxes: Floats2
    bounds: tuple[float, float, float, float]
    direction: Direction = "down"
    texts: dict[int, Card] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rects)

    def card(self, item: int) -> Card:
        """What an item says, whatever training does."""
        known = self.texts.get(item)
        if known is None:
            known = self.texts[item] = card_of(self.graph, self.visible, item)
        return known

    def with_rects(self, rects: Floats2) -> Scene:
        """The same items elsewhere: one frame of a movement."""
        return replace(self, rects=rects)

    def items_in(self, area: tuple[float, float, float, float], among: Ints) -> Ints:
        """Those of ``among`` that touch an area (x, y, width, height)."""
        rects = self.rects if len(among) == len(self.rects) else self.rects[among]
        x, y, width, height = area
        inside = (rects[:, 0] <= x + width) & (rects[:, 0] + rects[:, 2] >= x)
        inside &= (rects[:, 1] <= y + height) & (rects[:, 1] + rects[:, 3] >= y)
        return among[inside]

    def edges_in(self, area: tuple[float, float, float, float]) -> Ints:
        """Edges whose surrounding box touches an area."""
        x, y, width, height = area
        boxes = self.edge_boxes
        inside = (boxes[:, 0] <= x + width) & (boxes[:, 2] >= x) & (boxes[:, 1] <= y + height) & (boxes[:, 3] >= y)
        return np.flatnonzero(inside).astype(np.int32)

    def item_at(self, x: float, y: float) -> int:
        """The card under a scene point, else the innermost open call, else -1."""
        for among in (self.cards, self.boxes):
            found = self.items_in((x, y, 0.0, 0.0), among)
            if len(found):
                return int(found[-1])
        return -1

    def item_of(self, target: Target | None) -> int:
        """The item that shows a node (itself, or the closed call around it) or a call; -1 if none does."""
        if target is None:
            return -1
        kind, row = target
        if kind == "call":
            return self.visible.item_of_call(row)
        return int(self.visible.item_of_node[row]) if 0 <= row < len(self.visible.item_of_node) else -1

    def target_of(self, item: int) -> Target:
        """What an item stands for."""
        node = int(self.visible.node[item])
        return ("node", node) if node >= 0 else ("call", int(self.visible.call[item]))

    def route(self, edge: int) -> Floats2:
        """The points of one edge, source to target."""
        return self.layout.points[self.layout.start[edge] : self.layout.start[edge + 1]]


def build_scene(graph: GraphSnapshot, visible: VisibleGraph, layout: Layout, direction: Direction = "down") -> Scene:
    """Everything that can be known before the first frame, in arrays."""
    opened = visible.kinds == ItemKind.OPEN_CALL
    boxes = np.flatnonzero(opened).astype(np.int32)
    depths = _depths(visible.parent)
    return Scene(
        graph,
        visible,
        layout,
        np.ascontiguousarray(layout.rects, np.float64).reshape(len(visible), 4),
        _looks(graph, visible),
        boxes[np.argsort(depths[boxes], kind="stable")],
        np.flatnonzero(~opened).astype(np.int32),
        _identities(visible),
        _edge_boxes(layout, len(visible.source)),
        layout.bounds,
        direction,
    )


def _looks(graph: GraphSnapshot, visible: VisibleGraph) -> Bytes1:
    looks = np.full(len(visible), Look.CLOSED, np.uint8)
    looks[visible.kinds == ItemKind.OPEN_CALL] = Look.OPEN
    own = np.flatnonzero(visible.node >= 0)
    nodes = visible.node[own]
    looks[own] = np.clip(graph.nodes["role"][nodes], 0, Look.UNTRACKED)
    frozen = (graph.nodes["frozen"][nodes] == 1) & (graph.nodes["kind"][nodes] != Kind.LEAF)
    looks[own[frozen]] = Look.FROZEN
    return looks


def _depths(parent: Ints) -> Ints:
    depths = np.zeros(len(parent), np.int32)
    above = parent.copy()
    while len(above) and (above >= 0).any():
        depths += above >= 0
        above = np.where(above >= 0, parent[np.maximum(above, 0)], -1).astype(np.int32)
    return depths


def _identities(visible: VisibleGraph) -> Long1:
    """Kind of thing, its number, and which of several (references of one leaf), in one integer."""
    is_call = visible.node < 0
    number = np.where(is_call, visible.call, visible.node).astype(np.int64)
    family = np.where(is_call, 0, np.where(visible.kinds == ItemKind.REFERENCE, 2, 1)).astype(np.int64)
    key = family * 2**34 + number
    order = np.argsort(key, kind="stable")
    ranked = key[order]
    if not len(ranked):
        return key
    first = np.r_[True, ranked[1:] != ranked[:-1]]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(ranked)), 0))
    identity = np.empty_like(key)
    identity[order] = ranked * 2**20 + (np.arange(len(ranked)) - starts)
    return identity


def _edge_boxes(layout: Layout, edges: int) -> Floats2:
    lengths = np.diff(layout.start[: edges + 1]) if edges else np.zeros(0, np.int32)
    corners = np.full((4, edges), np.nan)  # a corner's numbers together: asked for every frame, one after the other
    drawn = np.flatnonzero(lengths > 0)
    if len(drawn):
        starts = layout.start[:edges][drawn]
        for axis in (0, 1):
            places = np.ascontiguousarray(layout.points[:, axis])
            corners[axis, drawn] = np.minimum.reduceat(places, starts)
            corners[axis + 2, drawn] = np.maximum.reduceat(places, starts)
    return corners.T
