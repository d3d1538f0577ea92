"""The scene from afar: flat boxes in the colour of their heat over thin edges, at the end pixels written by numpy.

Edges do not change with heat, so they are kept as a picture for as long as the camera stands still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap

from . import paint_edges
from .batch import draw_by_bucket, draw_rects, splat
from .scene import Look
from .styles import faded
from .text_cache import SMALLEST_TEXT
from .texts import shorter_names

if TYPE_CHECKING:
    from gradscope.graph.snapshot import Ints

    from .camera import Camera
    from .marks import Marks
    from .paint_cards import Pencil
    from .scene import Floats2, Scene
    from .styles import Styles

_LEAST_NAMED = (64.0, 34.0)  # pixels; a smaller open call stays without a name
_LEAST_NAMED_FAR = 130.0  # pixels high, where a name would cover the first cards of a smaller call
_NAMED_ZOOM = 0.25
_MOST_NAMES = 150


class FarGround:
    """Open calls and edges, drawn once for each place of the camera."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._key: tuple[object, ...] = ()

    def draw(
        self, painter: QPainter, scene: Scene, camera: Camera, styles: Styles, boxes: Floats2, still: bool
    ) -> None:
        """The kept picture where it is still right; while items move they are drawn without edges."""
        if not still:
            _draw_boxes(painter, boxes, styles)
            return
        ratio = painter.deviceTransform().m11()
        key = (scene.layout, scene.visible, camera, styles, ratio)
        if len(key) != len(self._key) or any(a is not b and a != b for a, b in zip(key, self._key, strict=True)):
            self._key = key
            self._pixmap = QPixmap(round(camera.width * ratio), round(camera.height * ratio))
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(styles.canvas)
            inner = QPainter(self._pixmap)
            _draw_boxes(inner, boxes, styles)
            paint_edges.draw_segments(inner, scene, camera, styles, scene.edges_in(camera.scene_rect))
            inner.end()
        painter.drawPixmap(QPointF(0, 0), self._pixmap)


def draw_flat_cards(
    painter: QPainter,
    scene: Scene,
    marks: Marks | None,
    camera: Camera,
    styles: Styles,
    cards: Ints,
    rects: Floats2,
    splatted: bool,
) -> None:
    """Cards as boxes of one colour: their role's, or their heat's."""
    by_role = marks is None or marks.mode == "role"
    buckets = scene.looks[cards] if marks is None or by_role else marks.buckets[cards]
    colors = styles.roles if marks is None or by_role else styles.heat_of(marks)
    if not splatted:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        shown = rects.copy()
        shown[:, 2:] = np.maximum(shown[:, 2:], 1.0)
        draw_by_bucket(painter, shown, buckets, colors)
        return
    ratio = painter.deviceTransform().m11()
    wide, high = round(camera.width * ratio), round(camera.height * ratio)
    layer = QImage(wide, high, QImage.Format.Format_ARGB32_Premultiplied)
    layer.fill(Qt.GlobalColor.transparent)
    splat(layer, rects, buckets, colors, ratio)
    layer.setDevicePixelRatio(ratio)
    painter.drawImage(QPointF(0, 0), layer)


def draw_names(pencil: Pencil, scene: Scene, items: Ints, rects: Floats2) -> None:
    """Names of open calls that are large on the screen though their headers are not, outermost first."""
    least = _LEAST_NAMED[1] if pencil.zoom >= _NAMED_ZOOM else _LEAST_NAMED_FAR
    large = (rects[:, 2] >= _LEAST_NAMED[0]) & (rects[:, 3] >= least)
    taken: list[QRectF] = []
    color = pencil.styles.text
    for item, (x, y, width, _) in zip(items[large].tolist()[:_MOST_NAMES], rects[large].tolist(), strict=False):
        title = pencil.fitting(shorter_names(scene.card(item).title), width - 8, "title", SMALLEST_TEXT)
        wide = min(pencil.texts.width(title, "title", SMALLEST_TEXT), width - 8)
        plate = QRectF(x + 2, y + 2, wide + 6, SMALLEST_TEXT + 4)
        if any(plate.intersects(other) for other in taken):
            continue
        taken.append(plate)
        pencil.painter.setPen(Qt.PenStyle.NoPen)
        pencil.painter.setBrush(faded(pencil.styles.cards[Look.OPEN].fill, 215))
        pencil.painter.drawRoundedRect(plate, 3, 3)
        place = (plate.left() + 3, plate.center().y(), wide + 2)
        pencil.texts.draw(pencil.painter, title, place, ("title", SMALLEST_TEXT, color))


def _draw_boxes(painter: QPainter, rects: Floats2, styles: Styles) -> None:
    look = styles.cards[Look.OPEN]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(look.border, 0))
    painter.setBrush(look.fill)
    draw_rects(painter, np.round(rects))
