"""Cuts: two bars across an edge where gradient ends, with the reason beside them; and ends that lead nowhere."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gradscope.graph.cuts import label, shown_ends
from gradscope.layout.looks import EDGE_DASHES

from .styles import faded

if TYPE_CHECKING:
    from gradscope.graph.snapshot import Cut, Ints

    from .paint_cards import Pencil
    from .scene import Floats2, Scene
    from .styles import Styles

LABELLED_ZOOM = 0.55
_STUB = 15.0  # scene pixels of an end that leads nowhere

Point = tuple[float, float]


def draw_cut(painter: QPainter, middle: Point, points: list[list[float]], zoom: float, styles: Styles) -> None:
    """Two bars across an edge, the gap between them open: here the gradient ends."""
    x, y = middle
    size, gap = max(4.0, 5.5 * zoom), max(1.6, 2.0 * zoom)
    start, end = _stretch(points, middle)
    length = math.dist(start, end) or 1.0
    along_x, along_y = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    painter.setPen(QPen(styles.canvas, max(2.0, 2.4 * zoom)))
    painter.drawLine(QPointF(x - along_x * gap, y - along_y * gap), QPointF(x + along_x * gap, y + along_y * gap))
    painter.setPen(QPen(styles.cut, max(1.5, 1.8 * zoom)))
    for side in (-gap, gap):
        at = QPointF(x + along_x * side, y + along_y * side)
        across = QPointF(-along_y * size, along_x * size)
        painter.drawLine(at - across, at + across)


def draw_cut_mark(pencil: Pencil, middle: Point, points: list[list[float]], cut: Cut) -> None:
    """The mark, and near enough its reason and line."""
    draw_cut(pencil.painter, middle, points, pencil.zoom, pencil.styles)
    if pencil.zoom < LABELLED_ZOOM:
        return
    start, end = _stretch(points, middle)
    _write(pencil, label(cut), middle, upright=abs(end[0] - start[0]) < abs(end[1] - start[1]))


def draw_open_ends(pencil: Pencil, scene: Scene, items: Ints, rects: Floats2) -> None:
    """Cuts with nothing behind them: a short line out of the card that ends at the bars."""
    ends = shown_ends(scene.graph, scene.visible)
    if not ends:
        return
    painter, zoom = pencil.painter, pencil.zoom
    down = scene.direction == "down"
    for item, (x, y, width, height) in zip(items.tolist(), rects.tolist(), strict=True):
        cut = ends.get(item)
        if cut is None:
            continue
        start = [x + width / 2, y + height] if down else [x + width, y + height / 2]
        end = [start[0], start[1] + _STUB * zoom] if down else [start[0] + _STUB * zoom, start[1]]
        pen = QPen(pencil.styles.untracked_edge, max(1.0, 1.5 * min(1.2, zoom)))
        pen.setDashPattern(EDGE_DASHES)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawLine(QPointF(*start), QPointF(*end))
        draw_cut_mark(pencil, (end[0], end[1]), [start, end], cut)


def _write(pencil: Pencil, text: str, middle: Point, upright: bool) -> None:
    """Beside the mark, on a ground of its own so that no line runs through the letters."""
    wide, high = pencil.width(text, "small") + 6, pencil.pixels("small") + 4
    x, y = middle
    left, top = (x + 8 * pencil.zoom, y - high / 2) if upright else (x - wide / 2, y - high - 6 * pencil.zoom)
    plate = QRectF(left, top, wide, high)
    pencil.painter.setPen(Qt.PenStyle.NoPen)
    pencil.painter.setBrush(faded(pencil.styles.canvas, 225))
    pencil.painter.drawRoundedRect(plate, 3, 3)
    pencil.write(text, (plate.left() + 3, plate.center().y(), wide), "small", pencil.styles.cut)


def _stretch(points: list[list[float]], middle: Point) -> tuple[list[float], list[float]]:
    """The straight part of a polyline that a point on it belongs to."""

    def detour(ends: tuple[list[float], list[float]]) -> float:
        return math.dist(ends[0], middle) + math.dist(middle, ends[1]) - math.dist(*ends)

    return min(pairwise(points), key=detour)
