"""The last sharp frame: blitted under hover and animation, and scaled in its place while a gesture is too fast."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QWidget

    from .camera import Camera

_SLOW = 0.012  # seconds; a frame that took longer is not drawn again at each step of a gesture


class FrameBuffer:
    """Keeps a picture of the scene and the camera that it was taken with."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._camera: Camera | None = None
        self._seconds = 0.0
        self._stale = True

    @property
    def slow(self) -> bool:
        """Whether the next direct frame is expected to take too long for a gesture."""
        return self._seconds > _SLOW

    @property
    def stale(self) -> bool:
        """Whether the scene looks otherwise than in the kept frame."""
        return self._stale

    def spoil(self) -> None:
        """The scene looks otherwise now."""
        self._stale = True

    def matches(self, camera: Camera) -> bool:
        """Whether the kept frame is what this camera sees."""
        return not self._stale and self._camera == camera

    def draw(self, camera: Camera, widget: QWidget, background: QColor, paint: Callable[[QPainter], None]) -> None:
        """Take a new frame; ``paint`` draws in widget pixels."""
        ratio = widget.devicePixelRatioF()
        wanted = widget.size() * ratio
        if self._pixmap.size() != wanted:
            self._pixmap = QPixmap(wanted)
        self._pixmap.setDevicePixelRatio(ratio)
        began = perf_counter()
        self._pixmap.fill(background)
        painter = QPainter(self._pixmap)
        try:
            paint(painter)
        finally:
            painter.end()
        self._seconds = perf_counter() - began
        self._camera, self._stale = camera, False

    def blit(self, painter: QPainter, camera: Camera) -> None:
        """The kept frame as ``camera`` would see it: moved and scaled where it was taken from elsewhere."""
        if self._camera is None:
            return
        if self._camera == camera:
            painter.drawPixmap(QPointF(0, 0), self._pixmap)
            return
        x, y, width, height = self._camera.scene_rect
        left, top = camera.to_screen(x, y)
        target = QRectF(left, top, width * camera.zoom, height * camera.zoom)
        painter.drawPixmap(target, self._pixmap, QRectF(self._pixmap.rect()))
