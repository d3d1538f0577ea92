"""A vector as bars up and down from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gradscope.app.painted import painted
from gradscope.graph.tensor import exact_number

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QImage, QMouseEvent, QPaintEvent

    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import Matrix, TensorView


class VectorBars(QWidget):
    """Draws a 1-D tensor. ``cellRead`` tells index and exact value under the mouse."""

    cellRead = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._tensor: TensorView | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Bars of the vector's elements")

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.update()

    def set_tensor(self, tensor: TensorView | None) -> None:
        """Show this vector."""
        self._tensor = tensor
        self.update()

    def values(self) -> Matrix:
        """The numbers behind the bars, as one row."""
        return self._tensor.values if self._tensor is not None else np.zeros((0, 0))

    def picture(self) -> QImage:
        """The bars as they are drawn."""
        return self.grab().toImage()

    def sizeHint(self) -> QSize:
        """As high as a heat map without numbers, less a little."""
        return QSize(340, 110)

    def cell_text(self, column: int) -> str:
        """Index and exact value of one element."""
        if self._tensor is None:
            return ""
        (index,) = self._tensor.index(0, column)
        return f"[{index}] = {exact_number(float(self.values()[0, column]), self._tensor.dtype)}"

    def bar_rect(self, column: int) -> QRectF:
        """Where one element's bar is drawn. What is not finite takes the full height."""
        values = self.values()[0]
        finite = values[np.isfinite(values)]
        top, bottom = max(0.0, float(finite.max(initial=0.0))), min(0.0, float(finite.min(initial=0.0)))
        width = self.width() / len(values)
        gap = 1.5 if width >= 4 else 0.0
        left, value = column * width + gap / 2, float(values[column])
        if not np.isfinite(value):
            return QRectF(left, 0, max(width - gap, 1.0), self.height())
        scale = (self.height() - 2) / (top - bottom) if top > bottom else 0.0
        zero = 1 + top * scale if scale else self.height() / 2
        end = 1 + (top - value) * scale if scale else zero
        return QRectF(left, min(zero, end), max(width - gap, 1.0), max(abs(end - zero), 1.0))

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """One bar an element, red above zero and blue below."""
        if self._theme is None or not self.values().size:
            return
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        colours = {name: QColor(getattr(self._theme, name)) for name in ("positive", "negative", "nonfinite", "faint")}
        for column, value in enumerate(self.values()[0]):
            name = "faint" if value == 0 else "positive" if value > 0 else "negative"
            painter.fillRect(self.bar_rect(column), colours[name if np.isfinite(value) else "nonfinite"])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the element under the mouse."""
        columns = self.values().shape[1]
        if not columns or not self.width():
            return
        column = min(columns - 1, max(0, int(event.position().x() * columns / self.width())))
        text = self.cell_text(column)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)
        self.cellRead.emit(text)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is read any more."""
        self.cellRead.emit("")
        super().leaveEvent(event)
