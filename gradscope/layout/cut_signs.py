"""Where the words beside a cut stand: near its mark, on no card, on no name of a box, on no other words. Pure.

The mark is in the middle of its line, or a little farther along it where only there is room for the words. Places
that cover no line come first. Where not even the line's number has room, the mark stands alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from gradscope.graph.cuts import label, shown_cuts, shown_ends

from .sizes import HEADER_HEIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gradscope.graph.snapshot import Cut

    from .scene import Floats2, Scene

Point: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
Way: TypeAlias = tuple[Point, Point]
Flags: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
Measure: TypeAlias = "Callable[[str], tuple[float, float]]"

STUB = 15.0  # of an end that leads nowhere
_BESIDE, _OVER = 8.0, 6.0  # from the mark to its words, sideways and up or down
_NEAR = 60.0  # words may stand beyond the end of a level piece that is no farther from the mark
_SHARES = (0.5, 0.4, 0.6, 0.3, 0.7)  # places along a line, the best first
_NAME_WIDTH = 220.0  # of what the name of an open box takes at most


@dataclass(frozen=True, slots=True)
class CutSign:
    """A mark ``at`` a point of the straight piece ``way``, and its words, in scene pixels.

    ``plate`` (x, y, width, height) is where ``text`` stands, None where nothing is free. ``edge`` is the line that is
    cut, -1 for an end that leads nowhere; its ``way`` is then the short line to draw.
    """

    edge: int
    at: Point
    way: Way
    text: str = ""
    plate: Box | None = None


def cut_signs(scene: Scene, edges: Iterable[int], items: Iterable[int], measure: Measure) -> list[CutSign]:
    """The marks on these lines and after these items, each with a place for its words.

    ``measure`` is the size of a text with the ground around it, in scene pixels.
    """
    marks = [*_on_lines(scene, edges), *_after_items(scene, items)]
    if not marks:
        return []
    cards, lines = _surroundings(scene, [ways[0][0] for _, _, ways in marks])
    signs: list[CutSign] = []
    for edge, cut, ways in marks:
        sign = _placed(edge, cut, ways, measure, cards, lines)
        if sign.plate is not None:
            cards = np.vstack((cards, sign.plate))
        signs.append(sign)
    return signs


def _on_lines(scene: Scene, edges: Iterable[int]) -> list[tuple[int, Cut, list[tuple[Point, Way]]]]:
    shown = shown_cuts(scene.graph, scene.visible)
    found = []
    for edge in edges if shown else ():
        points: list[Point] = [(x, y) for x, y in scene.route(edge).tolist()]
        if edge in shown and len(points) > 1 and not scene.visible.tracked[edge]:
            found.append((edge, shown[edge], [_along(points, share) for share in _SHARES]))
    return found


def _after_items(scene: Scene, items: Iterable[int]) -> list[tuple[int, Cut, list[tuple[Point, Way]]]]:
    ends = shown_ends(scene.graph, scene.visible)
    found = []
    for item in items if ends else ():
        if item in ends:
            x, y, width, height = scene.rects[item].tolist()
            down = scene.direction == "down"
            start = (x + width / 2, y + height) if down else (x + width, y + height / 2)
            end = (start[0], start[1] + STUB) if down else (start[0] + STUB, start[1])
            found.append((-1, ends[item], [(end, (start, end))]))
    return found


def _placed(
    edge: int, cut: Cut, ways: list[tuple[Point, Way]], measure: Measure, cards: Floats2, lines: Floats2
) -> CutSign:
    """The first place that covers nothing, else the first that covers nothing but lines, else none."""
    short = f"line {cut.at.line}" if cut.at is not None and cut.at.line > 0 else ""
    for text in dict.fromkeys((label(cut), short)):
        if not text:
            continue
        size = measure(text)
        tried = [(at, way, box) for at, way in ways for box in _around(at, way, size)]
        boxes = np.array([box for _, _, box in tried])
        covering = _touched(boxes, cards)
        for open_places in (~(covering | _touched(boxes, lines)), ~covering):
            found = np.flatnonzero(open_places)
            if len(found):
                at, way, box = tried[int(found[0])]
                return CutSign(edge, at, way, text, box)
    return CutSign(edge, *ways[0])


def _around(at: Point, way: Way, size: tuple[float, float]) -> list[Box]:
    """Places beside a mark, the best first: beside a line that goes down, above or below one that goes sideways."""
    (x, y), (wide, high) = at, size
    middle, centre = y - high / 2, x - wide / 2
    if abs(way[1][0] - way[0][0]) < abs(way[1][1] - way[0][1]):
        sides = [(x + _BESIDE, middle), (x - _BESIDE - wide, middle)]
        corners = [(left, middle + shift) for left, _ in sides for shift in (high / 2, -high / 2, high, -high)]
    else:
        sides = [(centre, y - _OVER - high), (centre, y + _OVER)]
        corners = [(centre + shift, top) for _, top in sides for shift in (wide / 4, -wide / 4, wide / 2, -wide / 2)]
        ends = (min(way[0][0], way[1][0]), max(way[0][0], way[1][0]))
        corners += [(ends[0] - _BESIDE - wide, middle)] if x - ends[0] < _NEAR else []
        corners += [(ends[1] + _BESIDE, middle)] if ends[1] - x < _NEAR else []
    return [(left, top, wide, high) for left, top in (*sides, *corners)]


def _surroundings(scene: Scene, marks: list[Point]) -> tuple[Floats2, Floats2]:
    """What stands and what runs near the marks, as rectangles: cards and names of boxes; pieces of lines."""
    low, high = np.min(marks, axis=0) - 300.0, np.max(marks, axis=0) + 300.0
    area = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    names = scene.rects[scene.items_in(area, scene.boxes)].copy()
    names[:, 2], names[:, 3] = np.minimum(names[:, 2], _NAME_WIDTH), HEADER_HEIGHT
    cards = np.vstack((scene.rects[scene.items_in(area, scene.cards)], names))
    pieces = [np.hstack((route[:-1], route[1:])) for route in map(scene.route, scene.edges_in(area).tolist())]
    ends = np.vstack(pieces) if pieces else np.zeros((0, 4))
    corner = np.minimum(ends[:, :2], ends[:, 2:])
    return cards, np.hstack((corner, np.abs(ends[:, 2:] - ends[:, :2])))


def _touched(boxes: Floats2, others: Floats2) -> Flags:
    """By box whether it covers something of any other."""
    low = boxes[:, None, :2] - 1
    high = low + boxes[:, None, 2:] + 2
    apart = (low >= others[None, :, :2] + others[None, :, 2:]) | (high <= others[None, :, :2])
    found: Flags = np.any(~np.any(apart, axis=2), axis=1)
    return found


def _along(points: list[Point], share: float) -> tuple[Point, Way]:
    """The point after a share of a polyline's length, and the straight piece that it is on."""
    left = sum(math.dist(*ends) for ends in pairwise(points)) * share
    for start, end in pairwise(points):
        length = math.dist(start, end)
        if left <= length and length > 0:
            part = left / length
            return (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part), (start, end)
        left -= length
    return points[-1], (points[-2], points[-1])
