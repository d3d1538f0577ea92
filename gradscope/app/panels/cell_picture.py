"""Coloured cells of which one is read exactly, under the mouse or under a cursor that the arrow keys move."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gradscope.graph.tensor import exact_number

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent

    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import TensorView

Cell: TypeAlias = tuple[int, int, int]  # tile, row, column
SIDE = 512  # pixels of a saved picture's longer side, at least half of it
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class CellPicture(QWidget):
    """Base of the pictures of a tensor. ``cellRead`` tells index and exact value of a cell, "" when it is left."""

    cellRead = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._tensor: TensorView | None = None
        self._logarithmic = False
        self._image = QImage()
        self._cell: Cell | None = None
        self._highest = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self._redraw()

    def set_tensor(self, tensor: TensorView | None) -> None:
        """Show this; the cursor stays on its cell where there still is one."""
        self._tensor = tensor
        if self._cell is not None and not self._inside(self._cell):
            self._cell = None
        self._redraw()
        self.setFixedHeight(self._wanted_height())
        self._tell()

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Whether colour goes with the magnitude's logarithm."""
        self._logarithmic = logarithmic
        self._redraw()

    def set_highest(self, pixels: int) -> None:
        """So high it may become."""
        self._highest = pixels
        self.setFixedHeight(self._wanted_height())

    def picture(self) -> QImage:
        """The picture by itself, one square of pixels an element; null without a tensor."""
        rows, columns = max(self._image.height(), 1), max(self._image.width(), 1)
        scale = max(1, SIDE // max(rows, columns))
        return self._image.scaled(columns * scale, rows * scale)

    def found_at(self, point: QPoint) -> Cell | None:
        """The cell under a point of this widget."""
        raise NotImplementedError

    def rect_of(self, cell: Cell) -> QRectF:
        """Where a cell is drawn, in widget coordinates."""
        raise NotImplementedError

    def text_of(self, cell: Cell) -> str:
        """Index and exact value of a cell: ``[12, 5] = -0.0012``."""
        if self._tensor is None:
            return ""
        tile, row, column = cell
        index = list(map(str, self._tensor.index(row, column, tile)))
        if self._tensor.in_colour:
            index[self._tensor.axes[3]] = ":"
        numbers = [exact_number(float(number), self._tensor.dtype) for number in self._tensor.cells[cell]]
        return f"[{', '.join(index)}] = {' '.join(numbers)}"

    def sizes(self) -> Cell:
        """Tiles, rows and columns; zeros without a tensor."""
        if self._tensor is None:
            return 0, 0, 0
        tiles, rows, columns, _ = self._tensor.cells.shape
        return tiles, rows, columns

    def _wanted_height(self) -> int:
        raise NotImplementedError

    def _made(self, tensor: TensorView, theme: Theme) -> QImage:
        """One pixel an element; tiles below each other."""
        raise NotImplementedError

    def _neighbour(self, cell: Cell, rows: int, columns: int) -> Cell:
        """The cell so many rows and columns on, as far as there are any."""
        _, height, width = self.sizes()
        return cell[0], min(max(cell[1] + rows, 0), height - 1), min(max(cell[2] + columns, 0), width - 1)

    def _inside(self, cell: Cell) -> bool:
        return all(index < size for index, size in zip(cell, self.sizes(), strict=True))

    def _redraw(self) -> None:
        shown = self._tensor is not None and self._theme is not None and self._tensor.cells.size
        self._image = self._made(self._tensor, self._theme) if shown and self._tensor and self._theme else QImage()
        self.update()

    def _tell(self) -> None:
        text = self.text_of(self._cell) if self._cell is not None else ""
        self.setAccessibleDescription(text)
        self.cellRead.emit(text)

    def _paint_cursor(self, painter: QPainter) -> None:
        if self._cell is not None and self._theme is not None:
            painter.setPen(QPen(QColor(self._theme.text), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect_of(self._cell).adjusted(0.75, 0.75, -0.75, -0.75))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wants another height."""
        self.setFixedHeight(self._wanted_height())
        super().resizeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the cell under the mouse."""
        cell = self.found_at(event.position().toPoint())
        if cell == self._cell:
            return
        self._move_to(cell)
        if cell is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self.text_of(cell), self)

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
        if event.key() == Qt.Key.Key_Escape and self._cell is not None:
            self._move_to(None)
        elif step is None or not all(self.sizes()):
            super().keyPressEvent(event)
        elif self._cell is None:
            self._move_to((0, 0, 0))
        else:
            self._move_to(self._neighbour(self._cell, *step))

    def _move_to(self, cell: Cell | None) -> None:
        self._cell = cell
        self.update()
        self._tell()
