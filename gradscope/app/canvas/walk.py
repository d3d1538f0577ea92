"""Walking the graph by arrow keys: along edges with up and down, to the neighbour beside with left and right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from .scene import Scene

Direction = Literal["up", "down", "left", "right"]


def neighbour(scene: Scene, item: int, direction: Direction) -> int:
    """The item one step away; -1 if there is none that way. Without an item to start from, the first one."""
    if item < 0:
        return first_item(scene)
    if direction in ("up", "down"):
        return _along_edge(scene, item, direction)
    return _beside(scene, item, 1 if direction == "right" else -1)


def first_item(scene: Scene) -> int:
    """The topmost, leftmost card; -1 in an empty scene."""
    if not len(scene.cards):
        return -1
    rects = scene.rects[scene.cards]
    return int(scene.cards[np.lexsort((rects[:, 0], rects[:, 1]))[0]])


def _along_edge(scene: Scene, item: int, direction: Direction) -> int:
    visible = scene.visible
    near, far = (visible.source, visible.target) if direction == "down" else (visible.target, visible.source)
    edges = np.flatnonzero(near == item)
    if not len(edges):
        return -1
    ends = far[edges]
    offset = np.abs(_middles(scene)[ends, 0] - _middles(scene)[item, 0]) + np.where(visible.tracked[edges], 0, 1e6)
    return int(ends[int(np.argmin(offset))])


def _beside(scene: Scene, item: int, sign: int) -> int:
    """The nearest card that overlaps this one's rows, on that side."""
    rects, cards = scene.rects, scene.cards
    middles = _middles(scene)
    distance = (middles[cards, 0] - middles[item, 0]) * sign
    overlap = (rects[cards, 1] < rects[item, 1] + rects[item, 3]) & (rects[cards, 1] + rects[cards, 3] > rects[item, 1])
    candidates = cards[(distance > 0) & overlap]
    if not len(candidates):
        return -1
    return int(candidates[int(np.argmin((middles[candidates, 0] - middles[item, 0]) * sign))])


def _middles(scene: Scene) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return scene.rects[:, :2] + scene.rects[:, 2:] / 2
