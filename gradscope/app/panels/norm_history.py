"""A parameter's gradient norm over the iterations, as a curve on a logarithmic scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gradscope.app.painted import painted
from gradscope.app.panels.text_label import font
from gradscope.graph.formats import format_number

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from gradscope.app.theme import Theme
    from gradscope.graph.history import History, IterationRecord
    from gradscope.graph.statistics import Floats

LEFT, BOTTOM, TOP = 52, 20, 8


class NormSeries:
    """The norms of one parameter, read from a growing history without reading twice."""

    def __init__(self, parameter: int) -> None:
        self._parameter = parameter
        self._iterations: list[int] = []
        self._norms: list[float] = []
        self._read: list[IterationRecord] = []  # the first and the last, by which a history is known again

    def follow(self, history: History) -> None:
        """Read what is new, and the last one again if it was told again; all anew of another run's history."""
        known = len(self._norms)
        if known and not (len(history) >= known and history[0] is self._read[0]):
            known = 0
        if known and history[known - 1] is not self._read[1]:
            known -= 1
        del self._iterations[known:], self._norms[known:]
        for record in history[known:]:
            columns = record.parameters
            rows = np.flatnonzero(columns["parameter"] == self._parameter)
            self._iterations.append(record.iteration)
            self._norms.append(float(columns["grad_norm"][rows[0]]) if len(rows) else -1.0)
        self._read = [history[0], history[-1]] if len(history) else []

    def columns(self) -> tuple[Floats, Floats]:
        """Iterations and norms; -1 where there was no gradient."""
        return np.array(self._iterations, np.float64), np.array(self._norms, np.float64)


class NormHistory(QWidget):
    """Draws the curve; gaps where there was no gradient, magenta where the norm was not finite."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._iterations = self._norms = np.zeros(0)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Gradient norm over the iterations")

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.update()

    def set_series(self, iterations: Floats, norms: Floats) -> None:
        """Show these norms."""
        self._iterations, self._norms = iterations, norms
        if len(norms):
            self.setAccessibleDescription(self.point_text(len(norms) - 1))
        self.update()

    def sizeHint(self) -> QSize:
        """A small picture."""
        return QSize(340, 190)

    def point_text(self, index: int) -> str:
        """Iteration and norm of one point."""
        norm = float(self._norms[index])
        return f"iteration {self._iterations[index]:.0f}: {'no gradient' if norm == -1.0 else format_number(norm)}"

    def point_at(self, index: int) -> QPointF:
        """Where one point is drawn; what has no place on a logarithmic scale stands on its edge."""
        return self._place(float(self._iterations[index]), float(self._norms[index]), self._span())

    def _span(self) -> tuple[float, float]:
        """Powers of ten at bottom and top."""
        drawn = self._norms[np.isfinite(self._norms) & (self._norms > 0)]
        if not len(drawn):
            return -1.0, 1.0
        low, high = math.log10(drawn.min()), math.log10(drawn.max())
        room = max(0.1, (high - low) * 0.1)
        return low - room, high + room

    def _place(self, iteration: float, norm: float, span: tuple[float, float]) -> QPointF:
        width, height = self.width() - LEFT - 8, self.height() - TOP - BOTTOM
        first, last = float(self._iterations[0]), float(self._iterations[-1])
        x = LEFT + (width * (iteration - first) / (last - first) if last > first else width / 2)
        if not math.isfinite(norm):
            return QPointF(x, TOP)
        share = (math.log10(norm) - span[0]) / (span[1] - span[0]) if norm > 0 else 0.0
        return QPointF(x, TOP + height * (1.0 - share))

    def _drawn(self) -> list[int]:
        """Indices to draw: all, or of each pixel column first, least, greatest and last."""
        count, room = len(self._norms), max(self.width() - LEFT, 1)
        if count <= 2 * room:
            return list(range(count))
        kept: set[int] = set()
        for part in np.array_split(np.arange(count), room):
            norms = self._norms[part]
            safe = np.where(np.isnan(norms), np.inf, norms)
            kept.update((int(part[0]), int(part[safe.argmin()]), int(part[safe.argmax()]), int(part[-1])))
        return sorted(kept)

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Axes, curve, and the points that are not finite."""
        if self._theme is None or not len(self._norms):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        span = self._span()
        self._paint_axes(painter, self._theme, span)
        painter.setPen(QPen(QColor(self._theme.accent), 1.75))
        run = QPolygonF()
        bad: list[QPointF] = []
        for index in [*self._drawn(), -1]:
            norm = float(self._norms[index]) if index >= 0 else -1.0
            if index >= 0 and norm >= 0 and math.isfinite(norm):
                run.append(self._place(float(self._iterations[index]), norm, span))
                continue
            if run.size() == 1:
                painter.drawEllipse(run.at(0), 2, 2)
            painter.drawPolyline(run)
            run = QPolygonF()
            if not math.isfinite(norm):
                bad.append(self._place(float(self._iterations[index]), norm, span))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.nonfinite))
        for point in bad:
            painter.drawEllipse(point, 3, 3)

    def _paint_axes(self, painter: QPainter, theme: Theme, span: tuple[float, float]) -> None:
        painter.setFont(font(11, mono=True))
        bottom = self.height() - BOTTOM
        for power in np.linspace(span[0], span[1], 4):
            y = TOP + (bottom - TOP) * (1.0 - (power - span[0]) / (span[1] - span[0]))
            painter.setPen(QColor(theme.border))
            painter.drawLine(QPointF(LEFT, y), QPointF(self.width() - 8, y))
            painter.setPen(QColor(theme.muted))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, LEFT - 6, 16), right, format_number(10.0 ** float(power)))
        row = QRectF(LEFT, bottom + 3, self.width() - LEFT - 8, BOTTOM - 4)
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft, f"{self._iterations[0]:.0f}")
        painter.drawText(row, Qt.AlignmentFlag.AlignRight, f"{self._iterations[-1]:.0f}")
        painter.setFont(font(11))
        painter.drawText(row, Qt.AlignmentFlag.AlignHCenter, "iteration")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the iteration under the mouse."""
        count, width = len(self._norms), self.width() - LEFT - 8
        if count and width > 0:
            index = round((event.position().x() - LEFT) / width * (count - 1))
            text = self.point_text(min(max(index, 0), count - 1))
            QToolTip.showText(event.globalPosition().toPoint(), text, self)
