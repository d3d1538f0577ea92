"""How a tensor's finite elements are spread, as bars counted in the training process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gradscope.app.painted import painted
from gradscope.graph.formats import format_number

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from gradscope.app.theme import Theme


class Histogram(QWidget):
    """Bars between ``low`` and ``high``; zero is marked where it lies inside."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._counts: tuple[int, ...] = ()
        self._low = self._high = 0.0
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Histogram of the tensor's elements")

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.update()

    def set_counts(self, counts: tuple[int, ...], low: float, high: float) -> None:
        """Show these bars."""
        self._counts, self._low, self._high = counts, low, high
        self.setAccessibleDescription(f"{sum(counts)} elements from {format_number(low)} to {format_number(high)}")
        self.update()

    def sizeHint(self) -> QSize:
        """A strip under the heat map."""
        return QSize(340, 52)

    def bar_rect(self, index: int) -> QRectF:
        """Where one bar is drawn; an empty one has no height."""
        tallest = max(self._counts, default=0)
        width = self.width() / len(self._counts)
        height = (self.height() - 1) * self._counts[index] / tallest if tallest else 0.0
        if self._counts[index]:
            height = max(height, 1.0)
        return QRectF(index * width + 0.5, self.height() - height, max(width - 1.5, 1.0), height)

    def bar_text(self, index: int) -> str:
        """Range and count of one bar."""
        step = (self._high - self._low) / len(self._counts)
        start = self._low + index * step
        return f"{format_number(start)} … {format_number(start + step)}: {self._counts[index]:,}"

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """The bars, and a thin line at zero."""
        if self._theme is None or not self._counts:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._low < 0.0 < self._high:
            at = -self._low / (self._high - self._low) * self.width()
            painter.fillRect(QRectF(at - 0.5, 0, 1, self.height()), QColor(self._theme.border))
        colour = QColor(self._theme.intermediate)
        for index in range(len(self._counts)):
            painter.fillRect(self.bar_rect(index), colour)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the bar under the mouse."""
        if self._counts and self.width():
            index = min(len(self._counts) - 1, max(0, int(event.position().x() * len(self._counts) / self.width())))
            QToolTip.showText(event.globalPosition().toPoint(), self.bar_text(index), self)
