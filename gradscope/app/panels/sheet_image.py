"""Planes side by side on one scale of colours, or pictures in red, green and blue: a contact sheet, or a single one."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from gradscope.app.painted import painted
from gradscope.app.panels import colour_maps
from gradscope.app.panels.cell_picture import SIDE, Cell, CellPicture

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import TensorView

GAP = 4
HIGHEST = 300  # of a whole sheet, where tiles may become smaller for it
NARROWEST = 26  # of a tile


class SheetImage(CellPicture):
    """Draws all tiles of a tensor, each in the proportions of its rows and columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._highest = HIGHEST
        self.setAccessibleName("Contact sheet of the tensor")

    def tile_rect(self, tile: int) -> QRectF:
        """Where a tile is drawn."""
        across, width, height = self._grid(self.width())
        row, column = divmod(tile, across)
        return QRectF(column * (width + GAP), row * (height + GAP), width, height)

    def picture(self) -> QImage:
        """The sheet by itself, as square as it goes."""
        tiles, rows, columns = self.sizes()
        across = max(1, ceil(sqrt(tiles)))
        scale = max(1, SIDE // (max(rows, columns, 1) * across))
        width, height = columns * scale + GAP, rows * scale + GAP
        size = QSize(max(across * width - GAP, 0), max(ceil(tiles / across) * height - GAP, 0))
        sheet = QImage(size, QImage.Format.Format_ARGB32)
        sheet.fill(Qt.GlobalColor.transparent)
        if sheet.isNull():
            return sheet
        painter = QPainter(sheet)
        for tile in range(tiles):
            row, column = divmod(tile, across)
            place = QRectF(column * width, row * height, columns * scale, rows * scale)
            painter.drawImage(place, self._image, QRectF(0, tile * rows, columns, rows))
        painter.end()
        return sheet

    def found_at(self, point: QPoint) -> Cell | None:
        """The cell under a point; None between the tiles."""
        tiles, rows, columns = self.sizes()
        if not rows or not columns:
            return None
        across, width, height = self._grid(self.width())
        tile = int(point.y() // (height + GAP)) * across + int(point.x() // (width + GAP))
        if point.x() >= across * (width + GAP) or not 0 <= tile < tiles:
            return None
        area = self.tile_rect(tile)
        row, column = int((point.y() - area.y()) * rows / height), int((point.x() - area.x()) * columns / width)
        return (tile, row, column) if 0 <= row < rows and 0 <= column < columns else None

    def rect_of(self, cell: Cell) -> QRectF:
        """Where a cell is drawn, in widget coordinates."""
        _, rows, columns = self.sizes()
        area = self.tile_rect(cell[0])
        width, height = area.width() / columns, area.height() / rows
        return QRectF(area.x() + cell[2] * width, area.y() + cell[1] * height, width, height)

    def _grid(self, width: int) -> tuple[int, float, float]:
        """How many tiles stand beside each other, and how wide and high one is."""
        tiles, rows, columns = self.sizes()
        if not tiles or not rows or not columns:
            return 1, 0.0, 0.0
        ratio = min(max(rows / columns, 0.125), 4.0)
        widest = self._highest / 2 if tiles > 1 else self._highest / ratio
        most = max(1, (width + GAP) // (NARROWEST + GAP))
        for across in range(1, most + 1):
            side = (width - (across - 1) * GAP) / across
            side = min(side, widest)
            if ceil(tiles / across) * (side * ratio + GAP) <= self._highest and (side < widest or across >= tiles):
                break
        return across, side, side * ratio

    def _wanted_height(self) -> int:
        tiles, rows, columns = self.sizes()
        if not rows or not columns:
            return 0
        across, _, height = self._grid(self.width())
        return ceil(ceil(tiles / across) * (height + GAP) - GAP)

    def _neighbour(self, cell: Cell, rows: int, columns: int) -> Cell:
        """Over the edge of a tile lies the next one."""
        tiles, height, width = self.sizes()
        across, _, _ = self._grid(self.width())
        tile, row, column = cell[0], cell[1] + rows, cell[2] + columns
        step = (across if row >= height else -across if row < 0 else 0) + (
            1 if column >= width and tile % across < across - 1 else -1 if column < 0 and tile % across else 0
        )
        if step and 0 <= tile + step < tiles:
            return tile + step, row % height, column % width
        return super()._neighbour(cell, rows, columns)

    def _made(self, tensor: TensorView, theme: Theme) -> QImage:
        if tensor.in_colour:
            summary = tensor.summary
            low, high = (summary.minimum, summary.maximum) if summary is not None else (0.0, 1.0)
            return colour_maps.photograph(tensor.cells, theme, *colour_maps.light_range(low, high, tensor.dtype))
        values = np.ascontiguousarray(tensor.cells[..., 0]).reshape(-1, tensor.cells.shape[2])
        return colour_maps.image(values, theme, colour_maps.fitting_map(values), self._logarithmic)

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """The tiles, a thin line around each, and the cursor."""
        if self._theme is None or self._image.isNull():
            return
        painter = QPainter(self)
        tiles, rows, columns = self.sizes()
        for tile in range(tiles):
            area = self.tile_rect(tile)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, area.width() < columns)
            painter.drawImage(area, self._image, QRectF(0, tile * rows, columns, rows))
            painter.setPen(QColor(self._theme.border))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
        self._paint_cursor(painter)
