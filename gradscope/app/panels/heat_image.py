"""A matrix as coloured cells, with its numbers in them where they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from gradscope.app.painted import painted
from gradscope.app.panels import colour_maps
from gradscope.app.panels.cell_picture import Cell, CellPicture
from gradscope.app.panels.text_label import font
from gradscope.graph.formats import format_number

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import Matrix, TensorView

HEIGHT = 148  # of a map without numbers, in a panel
NUMBER_ROW = 18  # of one row with numbers
NUMBER_COLUMN = 58
MOST_NUMBER_ROWS = 14


class HeatImage(CellPicture):
    """Draws one plane of a tensor over its whole width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._font = font(11, mono=True)
        self._highest = HEIGHT
        self.setAccessibleName("Heat map of the tensor")

    def values(self) -> Matrix:
        """The numbers behind the picture, rows x columns; 0 x 0 without one."""
        return self._tensor.values if self._tensor is not None else np.zeros((0, 0))

    def found_at(self, point: QPoint) -> Cell | None:
        """The cell under a point of this widget."""
        rows, columns = self.values().shape
        if not rows or not columns or not self.rect().contains(point):
            return None
        row, column = point.y() * rows // self.height(), point.x() * columns // self.width()
        return 0, min(rows - 1, row), min(columns - 1, column)

    def rect_of(self, cell: Cell) -> QRectF:
        """Where a cell is drawn, in widget coordinates."""
        return self.cell_rect(cell[1], cell[2])

    def cell_rect(self, row: int, column: int) -> QRectF:
        """The same by row and column."""
        rows, columns = self.values().shape
        width, height = self.width() / columns, self.height() / rows
        return QRectF(column * width, row * height, width, height)

    def _wanted_height(self) -> int:
        rows, columns = self.values().shape
        if not rows:
            return 0
        if rows <= MOST_NUMBER_ROWS and columns * NUMBER_COLUMN <= max(self.width(), NUMBER_COLUMN):
            return max(rows * NUMBER_ROW, 24)
        return min(self._highest, max(24, rows * 12))

    def _made(self, tensor: TensorView, theme: Theme) -> QImage:
        values = tensor.values
        return colour_maps.image(values, theme, colour_maps.fitting_map(values), self._logarithmic)

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Cells, numbers where they fit, and the cursor."""
        if self._theme is None or self._image.isNull():
            return
        painter = QPainter(self)
        painter.drawImage(QRectF(self.rect()), self._image)
        self._paint_numbers(painter)
        self._paint_cursor(painter)

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
