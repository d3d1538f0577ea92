"""Cuts: two bars across an edge where gradient ends, with the reason beside them; and ends that lead nowhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen

from gradscope.layout.cut_signs import cut_signs
from gradscope.layout.looks import EDGE_DASHES

from .styles import faded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradscope.layout.cut_signs import Box, Way

    from .camera import Camera
    from .paint_cards import Pencil
    from .scene import Scene
    from .styles import Styles

LABELLED_ZOOM = 0.55

Point = tuple[float, float]


def draw_cuts(pencil: Pencil, scene: Scene, camera: Camera, edges: Iterable[int], items: Iterable[int]) -> None:
    """The marks of lines that are cut and of items after which gradient ends; near enough, reason and line beside."""
    painter, zoom = pencil.painter, camera.zoom

    def measure(text: str) -> tuple[float, float]:
        return (pencil.width(text, "small") + 6) / zoom, (pencil.pixels("small") + 4) / zoom

    for sign in cut_signs(scene, edges, items, measure):
        start, end = (_on_screen(point, camera) for point in sign.way)
        if sign.edge < 0:
            pen = QPen(pencil.styles.untracked_edge, max(1.0, 1.5 * min(1.2, zoom)))
            pen.setDashPattern(EDGE_DASHES)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawLine(QPointF(*start), QPointF(*end))
        draw_cut(painter, _on_screen(sign.at, camera), (start, end), zoom, pencil.styles)
        if sign.plate is not None and zoom >= LABELLED_ZOOM:
            _write(pencil, sign.text, sign.plate, camera)


def draw_cut(painter: QPainter, middle: Point, way: Way, zoom: float, styles: Styles) -> None:
    """Two bars across a straight piece of an edge, the gap between them open: here the gradient ends."""
    x, y = middle
    size, gap = max(4.0, 5.5 * zoom), max(1.6, 2.0 * zoom)
    start, end = way
    length = math.dist(start, end) or 1.0
    along_x, along_y = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    painter.setPen(QPen(styles.canvas, max(2.0, 2.4 * zoom)))
    painter.drawLine(QPointF(x - along_x * gap, y - along_y * gap), QPointF(x + along_x * gap, y + along_y * gap))
    painter.setPen(QPen(styles.cut, max(1.5, 1.8 * zoom)))
    for side in (-gap, gap):
        at = QPointF(x + along_x * side, y + along_y * side)
        across = QPointF(-along_y * size, along_x * size)
        painter.drawLine(at - across, at + across)


def _write(pencil: Pencil, text: str, box: Box, camera: Camera) -> None:
    """On a ground of its own so that no line runs through the letters."""
    corner = QPointF(*_on_screen((box[0], box[1]), camera))
    plate = QRectF(corner, QSizeF(box[2] * camera.zoom, box[3] * camera.zoom))
    pencil.painter.setPen(Qt.PenStyle.NoPen)
    pencil.painter.setBrush(faded(pencil.styles.canvas, 225))
    pencil.painter.drawRoundedRect(plate, 3, 3)
    pencil.write(text, (plate.left() + 3, plate.center().y(), plate.width()), "small", pencil.styles.cut)


def _on_screen(point: Point, camera: Camera) -> Point:
    return ((point[0] - camera.left) * camera.zoom, (point[1] - camera.top) * camera.zoom)
