"""Edges: rounded orthogonal routes with an arrow at the root's side; lit ones with an arrow against the forward."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gradscope.layout.looks import EDGE_DASHES

from .batch import draw_lines, draw_rects
from .heat import UNKNOWN_BUCKET
from .styles import faded, mixed

if TYPE_CHECKING:
    from gradscope.graph.snapshot import Ints
    from gradscope.layout.geometry import Layout

    from .camera import Camera
    from .marks import Marks
    from .paint_cards import Pencil
    from .scene import Floats2, Scene
    from .styles import Styles

CORNER = 6.0
_ARROW_LENGTH, _ARROW_HALF = 7.0, 3.4
_MOST_SEGMENTS = 60_000  # above this only the longest are drawn
FAR_ZOOM = 0.15


def draw_routes(pencil: Pencil, scene: Scene, camera: Camera, edges: Ints, marks: Marks | None) -> None:
    """Smooth routes for card level of detail; lit edges are left to ``draw_lit``."""
    painter, styles = pencil.painter, pencil.styles
    width = max(1.0, 1.5 * min(1.2, camera.zoom))
    plain = QPen(styles.edge, width)
    dashed = QPen(styles.untracked_edge, width)
    dashed.setDashPattern(EDGE_DASHES)
    tracked = scene.visible.tracked
    heads: dict[bool, QPainterPath] = {True: QPainterPath(), False: QPainterPath()}
    told_heads: list[tuple[QPolygonF, QColor]] = []
    painter.setBrush(Qt.BrushStyle.NoBrush)
    lit = set(marks.lit.tolist()) if marks is not None else set()
    for edge in edges.tolist():
        points = on_screen(scene.route(edge), camera)
        if len(points) < 2 or edge in lit:
            continue
        is_tracked = bool(tracked[edge])
        told = told_pen(styles, marks, edge, camera.zoom) if is_tracked else None
        painter.setPen(told or (plain if is_tracked else dashed))
        painter.drawPath(rounded(points, CORNER * camera.zoom))
        if told is None:
            heads[is_tracked].addPolygon(arrow_head(points[-2], points[-1], camera.zoom))
        else:
            size = camera.zoom * max(1.0, told.widthF() / max(camera.zoom, 0.1) / 2.2)
            told_heads.append((arrow_head(points[-2], points[-1], size), told.color()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillPath(heads[True], styles.edge)
    painter.fillPath(heads[False], styles.untracked_edge)
    for head, color in told_heads:
        painter.setBrush(color)
        painter.drawPolygon(head)


def told_pen(styles: Styles, marks: Marks | None, edge: int, zoom: float) -> QPen | None:
    """The pen of an edge whose width tells how much flows along it, and its colour how large a gradient."""
    if marks is None or marks.edge_widths is None:
        return None
    color = styles.edge
    if marks.edge_buckets is not None and marks.edge_buckets[edge] != UNKNOWN_BUCKET:
        color = styles.heat[int(marks.edge_buckets[edge])]
    pen = QPen(color, max(1.0, float(marks.edge_widths[edge]) * min(1.2, zoom)))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def draw_segments(painter: QPainter, scene: Scene, camera: Camera, styles: Styles, edges: Ints) -> None:
    """Routes as thin opaque lines, for a zoom at which corners and arrows are not seen, or too many edges for those.

    An upright or level segment is a rectangle one pixel wide: a tenth of the price of a line, and of a translucent
    line a hundredth.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    tracked = scene.visible.tracked[edges]
    share = 0.75 if camera.zoom > FAR_ZOOM else 0.45
    many = len(edges) > _MOST_SEGMENTS // 2
    for is_tracked, color in ((False, styles.untracked_edge), (True, styles.edge)):
        if many:
            lines, edge = _longest(scene.layout)
            lines = _placed(lines[scene.visible.tracked[edge] == is_tracked], camera)
        else:
            lines = _placed(_segments(scene.layout, edges[tracked == is_tracked])[0], camera)
        low, high = np.minimum(lines[:, :2], lines[:, 2:]), np.maximum(lines[:, :2], lines[:, 2:])
        straight = (high - low).min(axis=1, initial=np.inf) < 1.0
        ink = mixed(color, styles.canvas, 1.0 - share)
        painter.setPen(QPen(ink, 1))
        draw_lines(painter, lines[~straight])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        draw_rects(painter, np.hstack([np.round(low[straight]), np.maximum(np.round((high - low)[straight]), 1.0)]))


def draw_derivatives(pencil: Pencil, scene: Scene, marks: Marks, camera: Camera, edges: Ints) -> None:
    """The local derivative beside each edge between one-element nodes: multiplied along a path they give a gradient."""
    for edge in edges.tolist():
        value = marks.derivatives.get(edge)
        points = scene.route(edge)
        if value is None or len(points) < 2:
            continue
        lengths = np.abs(np.diff(points, axis=0)).sum(axis=1)
        longest = int(np.argmax(lengths))
        (x, y), (end_x, end_y) = on_screen(points[longest : longest + 2], camera)
        upright = abs(end_x - x) < abs(end_y - y)
        text = f"×{_signed(value)}"  # noqa: RUF001 - the sign of multiplication
        wide, high = pencil.width(text, "number") + 6, pencil.pixels("number") + 3
        plate = QRectF((x + end_x) / 2 - wide / 2, (y + end_y) / 2 - high / 2, wide, high)
        plate.translate(wide / 2 + 5 if upright else 0, 0 if upright else -high / 2 - 3)  # beside the line, never on it
        painter = pencil.painter
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faded(pencil.styles.canvas, 215))
        painter.drawRoundedRect(plate, 4, 4)
        pencil.write(text, (plate.left() + 3, plate.center().y(), wide), "number", pencil.styles.halo_text)


def draw_lit(painter: QPainter, scene: Scene, marks: Marks, camera: Camera, styles: Styles) -> None:
    """The edges that the gradient of the halo's node came along, their arrow at the leaf's side."""
    for edge in marks.lit.tolist():
        points = on_screen(scene.route(edge), camera)[::-1]
        if len(points) < 2:
            continue
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(styles.halo, max(2.0, 2.6 * min(1.3, camera.zoom)))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawPath(rounded(points, CORNER * camera.zoom))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(styles.halo)
        painter.drawPolygon(arrow_head(points[-2], points[-1], max(0.8, camera.zoom * 1.25)))


def draw_travelling(
    painter: QPainter, scene: Scene, marks: Marks, camera: Camera, styles: Styles, progress: float
) -> None:
    """A dot for the gradient on its way along the lit edges."""
    radius = max(3.5, 4.5 * camera.zoom)
    for edge in marks.lit.tolist():
        points = on_screen(scene.route(edge), camera)[::-1]
        if len(points) < 2:
            continue
        x, y = point_along(points, progress)
        painter.setPen(QPen(QColor(styles.canvas), 1.5))
        painter.setBrush(styles.halo)
        painter.drawEllipse(QPointF(x, y), radius, radius)


def on_screen(points: Floats2, camera: Camera) -> list[list[float]]:
    """Route points in widget pixels."""
    moved: list[list[float]] = ((points - (camera.left, camera.top)) * camera.zoom).tolist()
    return moved


def rounded(points: list[list[float]], radius: float) -> QPainterPath:
    """A polyline whose corners are arcs of at most ``radius``."""
    path = QPainterPath(QPointF(*points[0]))
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        back = min(radius, _distance(before, here) / 2)
        ahead = min(radius, _distance(here, after) / 2)
        path.lineTo(_towards(here, before, back))
        path.quadTo(QPointF(*here), _towards(here, after, ahead))
    path.lineTo(QPointF(*points[-1]))
    return path


def arrow_head(before: list[float], tip: list[float], zoom: float) -> QPolygonF:
    """A filled triangle whose tip is at ``tip``, coming from ``before``."""
    length = max(5.0, _ARROW_LENGTH * zoom)
    half = max(2.4, _ARROW_HALF * zoom)
    base = _towards(tip, before, length)
    distance = _distance(before, tip) or 1.0
    across_x, across_y = (before[1] - tip[1]) / distance * half, (tip[0] - before[0]) / distance * half
    left = QPointF(base.x() + across_x, base.y() + across_y)
    right = QPointF(base.x() - across_x, base.y() - across_y)
    return QPolygonF([QPointF(*tip), left, right, QPointF(*tip)])


def point_along(points: list[list[float]], share: float) -> tuple[float, float]:
    """The point after ``share`` (0..1) of a polyline's length."""
    lengths = [_distance(a, b) for a, b in pairwise(points)]
    left = sum(lengths) * min(1.0, max(0.0, share))
    for start, end, length in zip(points, points[1:], lengths, strict=False):
        if left <= length and length > 0:
            part = left / length
            return (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
        left -= length
    return (points[-1][0], points[-1][1])


@lru_cache(maxsize=1)
def _longest(layout: Layout) -> tuple[Floats2, Ints]:
    """The pieces of routes that are seen best where all are in view, and the edge of each; found once a layout."""
    lines, edge = _segments(layout, np.arange(len(layout.start) - 1, dtype=np.int32))
    if len(lines) > _MOST_SEGMENTS:
        lengths = np.abs(lines[:, 2:] - lines[:, :2]).sum(axis=1)
        kept = np.argpartition(lengths, -_MOST_SEGMENTS)[-_MOST_SEGMENTS:]
        lines, edge = lines[kept], edge[kept]
    return lines, edge


def _segments(layout: Layout, edges: Ints) -> tuple[Floats2, Ints]:
    """(s, 4) straight pieces of the routes of ``edges`` in scene pixels, and the edge of each."""
    start, points = layout.start, layout.points
    if not len(edges):
        return np.zeros((0, 4)), edges
    counts = np.maximum(0, start[edges + 1] - start[edges] - 1)
    first = np.repeat(start[edges] - np.r_[0, np.cumsum(counts)[:-1]], counts) + np.arange(int(counts.sum()))
    return np.hstack([points[first], points[first + 1]]), np.repeat(edges, counts)


def _placed(lines: Floats2, camera: Camera) -> Floats2:
    """Pieces of routes in widget pixels."""
    placed: Floats2 = (lines - (camera.left, camera.top, camera.left, camera.top)) * camera.zoom
    return placed


def _distance(a: list[float], b: list[float]) -> float:
    return math.hypot(a[0] - b[0], a[1] - b[1])


def _towards(start: list[float], end: list[float], length: float) -> QPointF:
    distance = _distance(start, end) or 1.0
    return QPointF(
        start[0] + (end[0] - start[0]) / distance * length, start[1] + (end[1] - start[1]) / distance * length
    )


def _signed(value: float) -> str:
    return f"({value:.3g})" if value < 0 else f"{value:.3g}"
