"""One phase of the strip as a button: a circle that fills and checks as training moves, its word, its figure."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QWidget

from gradscope.app.fonts import text_font
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT, Theme

Progress = Literal["next", "current", "done"]
CIRCLE = 15
SPOKEN: dict[Progress, str] = {"next": "not reached", "current": "here", "done": "done"}


class PhaseButton(QAbstractButton):
    """``set_progress`` lights it; ``set_figure`` writes what stands after the word ("0.6871", "node 8 of 11")."""

    def __init__(self, phase: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.phase = phase
        self.progress: Progress = "next"
        self.figure = ""
        self.setText(phase)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._fonts = {True: text_font(13, QFont.Weight.DemiBold), False: text_font(13, QFont.Weight.Medium)}
        self._name()

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self.update()

    def set_progress(self, progress: Progress, figure: str = "") -> None:
        """How far training is with this phase."""
        if (progress, figure) == (self.progress, self.figure):
            return
        self.progress, self.figure = progress, figure
        self._name()
        self.updateGeometry()
        self.update()

    def _name(self) -> None:
        parts = (self.phase, self.figure, SPOKEN[self.progress])
        self.setAccessibleName(", ".join(part for part in parts if part))

    def _words(self) -> str:
        return f"{self.phase}  {self.figure}".rstrip()

    def sizeHint(self) -> QSize:
        """Circle and words; as wide for a current phase as for any other, so that nothing jumps."""
        width = QFontMetrics(self._fonts[True]).horizontalAdvance(self._words())
        return QSize(CIRCLE + 6 + width + 10, 28)

    def minimumSizeHint(self) -> QSize:
        """The circle."""
        return QSize(CIRCLE + 8, 28)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be clicked."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No longer under the mouse."""
        super().leaveEvent(event)
        self.update()

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Circle by progress, words, a frame for the focus."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outside = QRectF(self.rect()).adjusted(0.5, 2.5, -0.5, -2.5)
        if self.hasFocus() or (self.underMouse() and self.isEnabled()):
            painter.setPen(theme.color("accent") if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_soft"))
            painter.drawRoundedRect(outside, 5, 5)
        self._paint_circle(painter, QRectF(5, (self.height() - CIRCLE) / 2, CIRCLE, CIRCLE))
        current = self.progress == "current"
        painter.setFont(self._fonts[current])
        painter.setPen(theme.color("muted" if self.progress == "next" else "text"))
        room = self.rect().adjusted(5 + CIRCLE + 5, 0, -2, 0)
        words = QFontMetrics(painter.font()).elidedText(self._words(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words)
        painter.end()

    def _paint_circle(self, painter: QPainter, box: QRectF) -> None:
        theme = self._theme
        if self.progress == "next":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("faint"), 1.6))
            painter.drawEllipse(box.adjusted(1.3, 1.3, -1.3, -1.3))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("halo" if self.progress == "current" else "done"))
        painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5))
        if self.progress == "done":
            pen = QPen(theme.color("panel"), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            corners = ((0.29, 0.52), (0.44, 0.67), (0.72, 0.36))
            painter.drawPolyline(
                QPolygonF([QPointF(box.left() + x * CIRCLE, box.top() + y * CIRCLE) for x, y in corners])
            )
