"""Walking the graph by arrow keys: along edges with those of the flow, to the neighbour beside with the other two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from .scene import Scene

Direction = Literal["up", "down", "left", "right"]
# By the axis across the flow: along it forward and back, then across it forward.
_KEYS: tuple[tuple[Direction, Direction, Direction], ...] = (("down", "up", "right"), ("right", "left", "down"))


def neighbour(scene: Scene, item: int, direction: Direction) -> int:
    """The item one step away; -1 if there is none that way. Without an item to start from, the first one."""
    if item < 0:
        return first_item(scene)
    axis = 0 if scene.direction == "down" else 1  # what goes across the flow
    forward, back, after = _KEYS[axis]
    if direction in (forward, back):
        return _along_edge(scene, item, axis, forward=direction == forward)
    return _beside(scene, item, axis, 1 if direction == after else -1)


def is_forward(scene: Scene, direction: Direction) -> bool:
    """Whether a key leads on along the flow."""
    return direction == ("down" if scene.direction == "down" else "right")


def first_item(scene: Scene) -> int:
    """The topmost, leftmost card; -1 in an empty scene."""
    if not len(scene.cards):
        return -1
    rects = scene.rects[scene.cards]
    return int(scene.cards[np.lexsort((rects[:, 0], rects[:, 1]))[0]])


def _along_edge(scene: Scene, item: int, axis: int, *, forward: bool) -> int:
    visible = scene.visible
    near, far = (visible.source, visible.target) if forward else (visible.target, visible.source)
    edges = np.flatnonzero(near == item)
    if not len(edges):
        return -1
    ends = far[edges]
    middles = _middles(scene)[:, axis]
    offset = np.abs(middles[ends] - middles[item]) + np.where(visible.tracked[edges], 0, 1e6)
    return int(ends[int(np.argmin(offset))])


def _beside(scene: Scene, item: int, axis: int, sign: int) -> int:
    """The nearest card that overlaps this one's rows (columns, where the flow goes to the right), on that side."""
    rects, cards, other = scene.rects, scene.cards, 1 - axis
    middles = _middles(scene)
    distance = (middles[cards, axis] - middles[item, axis]) * sign
    low, high = rects[item, other], rects[item, other] + rects[item, other + 2]
    overlap = (rects[cards, other] < high) & (rects[cards, other] + rects[cards, other + 2] > low)
    candidates = cards[(distance > 0) & overlap]
    if not len(candidates):
        return -1
    return int(candidates[int(np.argmin((middles[candidates, axis] - middles[item, axis]) * sign))])


def _middles(scene: Scene) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return scene.rects[:, :2] + scene.rects[:, 2:] / 2
