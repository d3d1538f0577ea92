"""What a mouse or a touchpad does to the camera, each gesture an object: begun by a press, moved, ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent

    from .camera import Camera

CLICK_SLOP = 4.0  # pixels; a press that moves less is a click
_NOTCH = 120.0
_ZOOM_PER_NOTCH = 1.2


@dataclass(slots=True)
class Pan:
    """Drags the scene along with the pointer. ``moving`` once the pointer has left the place of the press."""

    start: QPointF
    camera: Camera
    moving: bool = False

    def move(self, position: QPointF) -> Camera | None:
        """The camera now; None while this may still become a click."""
        dx, dy = position.x() - self.start.x(), position.y() - self.start.y()
        if not self.moving and abs(dx) + abs(dy) < CLICK_SLOP:
            return None
        self.moving = True
        return self.camera.moved(dx, dy)


def wheeled(camera: Camera, event: QWheelEvent) -> Camera:
    """The wheel zooms at the pointer; with Shift it pans, by pixels where a touchpad tells them."""
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        pixels = event.pixelDelta()
        if pixels.isNull():
            angle = event.angleDelta()
            # Qt turns a wheel with Shift sideways on some platforms: what was turned is what counts.
            return camera.moved((angle.x() or angle.y()) / 2, 0.0)
        return camera.moved(pixels.x(), pixels.y())
    turned = event.angleDelta().y() or event.angleDelta().x()
    position = event.position()
    return camera.zoomed(_ZOOM_PER_NOTCH ** (turned / _NOTCH), position.x(), position.y())
