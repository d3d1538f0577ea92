"""Text that is laid out once: labels repeat (a few dozen operations), so they are kept by label, never by node."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QStaticText

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QPainter

FontName = Literal["title", "small", "number"]
SMALLEST_TEXT = 11  # pixels; below this a card says less instead of saying it smaller
_KEPT = 8192


@dataclass(frozen=True, slots=True)
class _Laid:
    text: QStaticText
    width: float


class TextCache:
    """Draws single lines, elided to a width, vertically centred on a y."""

    def __init__(self) -> None:
        self._fonts: dict[tuple[FontName, int], tuple[QFont, QFontMetricsF]] = {}
        self._laid: OrderedDict[tuple[str, FontName, int, int], _Laid] = OrderedDict()
        self._widths: dict[tuple[str, FontName, int], float] = {}

    def font(self, name: FontName, pixels: int) -> QFont:
        """The font itself."""
        return self._font(name, pixels)[0]

    def width(self, text: str, name: FontName, pixels: int) -> float:
        """How wide a text is if not elided."""
        key = (text, name, pixels)
        known = self._widths.get(key)
        if known is None:
            if len(self._widths) > _KEPT:
                self._widths.clear()
            known = self._widths[key] = self._font(name, pixels)[1].horizontalAdvance(text)
        return known

    def draw(
        self,
        painter: QPainter,
        text: str,
        place: tuple[float, float, float],
        style: tuple[FontName, int, QColor],
        align: Literal["left", "right", "center"] = "left",
    ) -> float:
        """Draw into ``place`` = (x, centre y, width); returns the width that was used."""
        x, centre, room = place
        name, pixels, color = style
        if not text or room < pixels:
            return 0.0
        font, metrics = self._font(name, pixels)
        laid = self._lay(text, name, pixels, room)
        if align == "right":
            x += room - laid.width
        elif align == "center":
            x += (room - laid.width) / 2
        painter.setFont(font)
        painter.setPen(color)
        # The middle of a line is that of its capitals, not of its box: ascenders would push it down.
        top = round(centre + metrics.capHeight() / 2 - metrics.ascent())
        painter.drawStaticText(QPointF(round(x), top), laid.text)
        return laid.width

    def _lay(self, text: str, name: FontName, pixels: int, room: float) -> _Laid:
        font, metrics = self._font(name, pixels)
        full = self.width(text, name, pixels)
        key = (text, name, pixels, -1 if full <= room else int(room))
        known = self._laid.get(key)
        if known is not None:
            self._laid.move_to_end(key)
            return known
        shown = text if full <= room else metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        static = QStaticText(shown)
        static.setTextFormat(Qt.TextFormat.PlainText)
        static.prepare(font=font)
        laid = self._laid[key] = _Laid(static, metrics.horizontalAdvance(shown))
        if len(self._laid) > _KEPT:
            self._laid.popitem(last=False)
        return laid

    def _font(self, name: FontName, pixels: int) -> tuple[QFont, QFontMetricsF]:
        known = self._fonts.get((name, pixels))
        if known is None:
            font = QFont("JetBrains Mono" if name == "number" else "Inter")
            font.setPixelSize(pixels)
            if name == "title":
                font.setWeight(QFont.Weight.DemiBold)
            known = self._fonts[(name, pixels)] = (font, QFontMetricsF(font))
        return known
