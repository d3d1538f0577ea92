"""What colours and shapes of cards mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gradscope.app.painted import painted

from .paint_cuts import draw_cut
from .scene import Look
from .styles import Styles
from .text_cache import TextCache

if TYPE_CHECKING:
    from gradscope.app.theme import Theme

PLATE_HEIGHT = 40
PLATE_TEXT = 11
_ROLES = ((Look.LEAF, "leaf"), (Look.INTERMEDIATE, "intermediate"), (Look.ROOT, "root"), (Look.INPUT, "input"))
_CUT = "cut"
_SWATCH = QRectF(0, 0, 20, 13)
_WORD, _GAP = 26, 10  # pixels from a swatch to its word, and from there to the next one


class Plate(QWidget):
    """A small bordered plate over the canvas; unless it says otherwise it lets the mouse through."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._styles = Styles(theme)
        self._texts = TextCache()
        self._flat = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._styles = Styles(theme)
        self.update()

    def set_flat(self, flat: bool) -> None:
        """Without border and ground, where it stands on a ground of its own."""
        if flat != self._flat:
            self._flat = flat
            self.update()

    def _begin(self) -> QPainter:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._flat:
            return painter
        painter.setPen(QPen(self._styles.theme.color("border"), 1))
        painter.setBrush(self._styles.theme.color("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        return painter


class RoleLegend(Plate):
    """Each role with its colour, its shape and its word."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName("Role legend")
        self.setAccessibleDescription(", ".join([*(word for _, word in _ROLES), _CUT]))

    def sizeHint(self) -> QSize:
        """Room for all roles in a row."""
        wide = sum(self._texts.width(word, "small", PLATE_TEXT) + _WORD + _GAP for _, word in (*_ROLES, (None, _CUT)))
        return QSize(round(wide) + 16, PLATE_HEIGHT)

    @painted
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Swatches and words in a row."""
        painter = self._begin()
        x, middle = 14.0, self.height() / 2
        for look, word in _ROLES:
            style = self._styles.cards[look]
            swatch = _SWATCH.translated(round(x) + 0.5, round(middle - _SWATCH.height() / 2) + 0.5)
            radius = min(style.radius, swatch.height() / 2) if look == Look.LEAF else 3.0
            painter.setPen(style.pen(0.9))
            painter.setBrush(style.fill)
            painter.drawRoundedRect(swatch, radius, radius)
            if style.double:
                painter.setPen(QPen(style.border, 1))
                painter.drawRect(swatch.adjusted(2.5, 2.5, -2.5, -2.5))
            color = self._styles.muted
            x += self._texts.draw(painter, word, (x + _WORD, middle, 120), ("small", PLATE_TEXT, color)) + _WORD + _GAP
        draw_cut(painter, (x + 10, middle), ((x, middle), (x + 20, middle)), 1.0, self._styles)
        painter.setPen(QPen(self._styles.cut, 1.8))
        for left, right in ((x, x + 8), (x + 12, x + 20)):
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
        self._texts.draw(painter, _CUT, (x + _WORD, middle, 60), ("small", PLATE_TEXT, self._styles.muted))
        painter.end()
