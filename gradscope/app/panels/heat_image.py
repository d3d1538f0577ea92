"""A matrix as coloured cells, with its numbers in them where they fit, and a cursor that reads each one exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gradscope.app.painted import painted
from gradscope.app.panels import colour_maps
from gradscope.graph.formats import format_number
from gradscope.graph.tensor import exact_number

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent

    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import Matrix, TensorView

HEIGHT = 148  # of a map without numbers
NUMBER_ROW = 18  # of one row with numbers
NUMBER_COLUMN = 58
MOST_NUMBER_ROWS = 14
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class HeatImage(QWidget):
    """Draws one plane of a tensor. ``cellRead`` tells index and exact value under mouse or cursor, "" when left."""

    cellRead = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._tensor: TensorView | None = None
        self._logarithmic = False
        self._image = QImage()
        self._cell: tuple[int, int] | None = None
        self._font = QFont("JetBrains Mono")
        self._font.setPixelSize(11)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Heat map of the tensor")

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self._redraw()

    def set_tensor(self, tensor: TensorView | None) -> None:
        """Show this plane; the cursor stays on its cell where there still is one."""
        self._tensor = tensor
        if self._cell is not None and not self._inside(*self._cell):
            self._cell = None
        self._redraw()
        self.setFixedHeight(self._wanted_height())
        self._tell()

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Whether colour goes with the magnitude's logarithm."""
        self._logarithmic = logarithmic
        self._redraw()

    def values(self) -> Matrix:
        """The numbers behind the picture, rows x columns; 0 x 0 without one."""
        return self._tensor.values if self._tensor is not None else np.zeros((0, 0))

    def cell_at(self, point: QPoint) -> tuple[int, int] | None:
        """Row and column under a point of this widget."""
        rows, columns = self.values().shape
        if not rows or not columns or not self.rect().contains(point):
            return None
        return min(rows - 1, point.y() * rows // self.height()), min(columns - 1, point.x() * columns // self.width())

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is drawn, in widget coordinates."""
        rows, columns = self.values().shape
        width, height = self.width() / columns, self.height() / rows
        return QRectF(column * width, row * height, width, height)

    def cell_text(self, row: int, column: int) -> str:
        """Index and exact value of a cell: ``[12, 5] = -0.0012``."""
        if self._tensor is None:
            return ""
        index = ", ".join(map(str, self._tensor.index(row, column)))
        return f"[{index}] = {exact_number(float(self.values()[row, column]), self._tensor.dtype)}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Numbers may fit now, or no longer."""
        self.setFixedHeight(self._wanted_height())
        super().resizeEvent(event)

    def _wanted_height(self) -> int:
        rows, columns = self.values().shape
        if not rows:
            return 0
        if rows <= MOST_NUMBER_ROWS and columns * NUMBER_COLUMN <= max(self.width(), NUMBER_COLUMN):
            return max(rows * NUMBER_ROW, 24)
        return min(HEIGHT, max(24, rows * 12))

    def _inside(self, row: int, column: int) -> bool:
        rows, columns = self.values().shape
        return row < rows and column < columns

    def _redraw(self) -> None:
        values = self.values()
        if self._theme is not None and values.size:
            self._image = colour_maps.image(values, self._theme, colour_maps.fitting_map(values), self._logarithmic)
        else:
            self._image = QImage()
        self.update()

    def _tell(self) -> None:
        text = self.cell_text(*self._cell) if self._cell is not None else ""
        self.setAccessibleDescription(text)
        self.cellRead.emit(text)

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Cells, numbers where they fit, and the cursor."""
        if self._theme is None or self._image.isNull():
            return
        painter = QPainter(self)
        painter.drawImage(QRectF(self.rect()), self._image)
        self._paint_numbers(painter)
        if self._cell is not None:
            painter.setPen(QPen(QColor(self._theme.text), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.cell_rect(*self._cell).adjusted(0.75, 0.75, -0.75, -0.75))

    def _paint_numbers(self, painter: QPainter) -> None:
        values = self.values()
        rows, columns = values.shape
        cell = self.cell_rect(0, 0)
        if cell.height() < 14 or cell.width() < 30 or values.size > 400:
            return
        texts = [[format_number(float(value)) for value in row] for row in values]
        metrics = QFontMetricsF(self._font)
        if max(metrics.horizontalAdvance(text) for row in texts for text in row) + 6 > cell.width():
            return
        painter.setFont(self._font)
        for row in range(rows):
            for column in range(columns):
                painter.setPen(colour_maps.ink(QColor(self._image.pixel(column, row))))
                painter.drawText(self.cell_rect(row, column), Qt.AlignmentFlag.AlignCenter, texts[row][column])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the cell under the mouse."""
        point = event.position().toPoint()
        cell = self.cell_at(point)
        if cell == self._cell:
            return
        self._move_to(cell)
        if cell is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self.cell_text(*cell), self)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is read any more."""
        if not self.hasFocus():
            self._move_to(None)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The cursor goes with the focus."""
        self._move_to(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cursor; Escape takes it away."""
        step = _ARROWS.get(Qt.Key(event.key()))
        rows, columns = self.values().shape
        if event.key() == Qt.Key.Key_Escape and self._cell is not None:
            self._move_to(None)
        elif step is None or not rows:
            super().keyPressEvent(event)
        elif self._cell is None:
            self._move_to((0, 0))
        else:
            row, column = self._cell[0] + step[0], self._cell[1] + step[1]
            self._move_to((min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)))

    def _move_to(self, cell: tuple[int, int] | None) -> None:
        self._cell = cell
        self.update()
        self._tell()
