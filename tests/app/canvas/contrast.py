"""How well texts of a widget can be read: contrast as WCAG has it, measured in pixels.

Drawn four times as large, so that the middle of a letter's stem shows the ink itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor, QImage, QRegion
from PySide6.QtWidgets import QWidget

from gradscope.app.canvas.text_cache import TextCache

if TYPE_CHECKING:
    import pytest

SCALE = 4
LEAST = 4.5


@dataclass
class Written:
    """A text and where it was written, in pixels of the widget that was drawn."""

    text: str
    place: QRectF


def texts_written(monkeypatch: pytest.MonkeyPatch) -> list[Written]:
    """A list to which every text is added that is drawn from now on."""
    found: list[Written] = []
    draw = TextCache.draw

    def draw_and_tell(self, painter, text, place, style, align="left") -> float:
        used = draw(self, painter, text, place, style, align)
        x, centre, room = place
        x += {"left": 0.0, "right": room - used, "center": (room - used) / 2}[align]
        if used:
            found.append(Written(text, QRectF(x, centre - style[1] * 0.6, used, style[1] * 1.2)))
        return used

    monkeypatch.setattr(TextCache, "draw", draw_and_tell)
    return found


def drawn(widget: QWidget) -> QImage:
    """The widget, enlarged."""
    image = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    widget.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawWindowBackground)
    return image


def contrast(image: QImage, place: QRectF) -> float:
    """Between what most of a place is and the pixel in it that stands out most."""
    box = QRectF(place.topLeft() * SCALE, place.size() * SCALE).toRect().intersected(image.rect())
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    part = rows[box.top() : box.bottom(), box.left() : box.right()]
    colours, counts = np.unique(part, return_counts=True)
    ground = luminance(QColor(int(colours[counts.argmax()])))
    inks = [luminance(QColor(int(colour))) for colour in colours[counts > SCALE]]
    return max((max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) for ink in inks)


def luminance(color: QColor) -> float:
    """How bright a colour is, 0 to 1."""
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def unreadable(widget: QWidget, written: list[Written]) -> dict[str, float]:
    """Texts of a widget below the least contrast, with theirs."""
    written.clear()
    image = drawn(widget)
    seen = [one for one in written if QRectF(widget.rect()).contains(one.place)]
    assert seen
    return {one.text: found for one in seen if (found := contrast(image, one.place)) < LEAST}
