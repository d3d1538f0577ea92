"""The whole scene in a corner, with a frame around what is in view that can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from gradscope.app.painted import painted

from .batch import draw_by_bucket, draw_rects
from .scene import Look
from .styles import Styles, faded

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.snapshot import Ints

    from .camera import Camera
    from .marks import Marks
    from .scene import Floats2, Scene

_MARGIN = 10.0
_MOST_SCALE = 0.2
_HIT = 5.0  # pixels a side of a search hit


class Minimap(QWidget):
    """Told scene, marks and camera; tells the scene point that should be in the middle of the view."""

    centreRequested = Signal(float, float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._styles = Styles(theme)
        self._scene: Scene | None = None
        self._marks: Marks | None = None
        self._camera: Camera | None = None
        self._hits: Ints = np.zeros(0, np.int32)
        self._picture: QPixmap | None = None
        self.setAccessibleName("Map of the graph")
        self.setToolTip("The whole graph. Drag to move the view")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._styles = Styles(theme)
        self._renew()

    def set_scene(self, scene: Scene | None) -> None:
        """Show another scene."""
        self._scene = scene
        self._renew()

    def set_marks(self, marks: Marks | None) -> None:
        """Colour by other figures."""
        if marks is self._marks:
            return
        self._marks = marks
        self._renew()

    def set_hits(self, items: Ints) -> None:
        """Mark these items, which were searched for."""
        if len(items) or len(self._hits):
            self._hits = items
            self._renew()

    def set_camera(self, camera: Camera) -> None:
        """Move the frame."""
        self._camera = camera
        self.update()

    def sizeHint(self) -> QSize:
        """A corner's size."""
        return QSize(150, 106)

    def frame_rect(self) -> QRectF:
        """The frame around what is in view, in widget pixels, cut to the map."""
        if self._scene is None or self._camera is None:
            return QRectF()
        x, y, width, height = self._camera.scene_rect
        scale, left, top = self._mapping()
        frame = QRectF((x - left) * scale, (y - top) * scale, width * scale, height * scale)
        return frame.intersected(QRectF(self.rect()).adjusted(3, 3, -3, -3))

    @painted
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """The map, kept as a picture, and the frame."""
        if self._picture is None or self._picture.size() != self.size() * self.devicePixelRatioF():
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(QPointF(0, 0), self._picture)
        frame = self.frame_rect()
        if not frame.isEmpty():
            painter.setPen(QPen(self._styles.accent, 1.4))
            painter.setBrush(faded(self._styles.accent, 16))
            painter.drawRoundedRect(frame, 2, 2)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self._ask(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the frame."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._ask(event)

    def _ask(self, event: QMouseEvent) -> None:
        if self._scene is None:
            return
        scale, left, top = self._mapping()
        self.centreRequested.emit(event.position().x() / scale + left, event.position().y() / scale + top)

    def _mapping(self) -> tuple[float, float, float]:
        """Scale, and the scene point at the widget's upper left corner."""
        x, y, width, height = self._scene.bounds if self._scene is not None else (0.0, 0.0, 1.0, 1.0)
        free_width, free_height = self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN
        scale = min(_MOST_SCALE, free_width / max(width, 1.0), free_height / max(height, 1.0))
        return scale, x + width / 2 - self.width() / 2 / scale, y + height / 2 - self.height() / 2 / scale

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._styles.theme.color("border"), 1))
        painter.setBrush(self._styles.theme.color("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self._scene is not None and len(self._scene):
            self._draw_items(painter, self._scene)
        painter.end()
        return picture

    def _draw_items(self, painter: QPainter, scene: Scene) -> None:
        scale, left, top = self._mapping()
        rects = (scene.rects - (left, top, 0, 0)) * scale
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._styles.cards[Look.OPEN].fill)
        draw_rects(painter, rects[scene.boxes])
        rects[:, 2:] = np.maximum(rects[:, 2:], 1.6)
        draw_by_bucket(painter, rects[scene.cards], scene.looks[scene.cards], self._styles.map_roles)
        if len(self._hits) and self._hits.max() < len(rects):
            painter.setBrush(self._styles.accent)
            painter.setPen(QPen(self._styles.theme.color("raised"), 0.8))
            draw_rects(painter, _at_least(rects[self._hits], _HIT))
            painter.setPen(Qt.PenStyle.NoPen)
        if self._marks is not None and self._marks.visible is scene.visible and self._marks.halo >= 0:
            painter.setBrush(self._styles.halo)
            draw_rects(painter, _at_least(rects[self._marks.halo : self._marks.halo + 1], 5.0))

    def _renew(self) -> None:
        self._picture = None
        self.update()


def _at_least(rects: Floats2, side: float) -> Floats2:
    """The same places, large enough to be seen."""
    grown = rects.copy()
    more = np.maximum(side - grown[:, 2:], 0.0)
    grown[:, :2] -= more / 2
    grown[:, 2:] += more
    return grown
