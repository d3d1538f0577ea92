"""A table of names and figures that a click on a heading sorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from gradscope.app.panels import small_table
from gradscope.graph.formats import format_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.app.theme import Theme

_FIGURE = Qt.ItemDataRole.UserRole


class _Item(QTableWidgetItem):
    """Sorted by its figure where it has one; what has none comes last."""

    def __lt__(self, other: QTableWidgetItem) -> bool:
        mine, theirs = self.data(_FIGURE), other.data(_FIGURE)
        if isinstance(mine, float) or isinstance(theirs, float):
            low = float("-inf")
            return (mine if isinstance(mine, float) else low) < (theirs if isinstance(theirs, float) else low)
        return self.text() < other.text()


class FigureTable(QTableWidget):
    """``headings`` with what each means."""

    def __init__(self, name: str, headings: Sequence[tuple[str, str]], widths: Sequence[int]) -> None:
        super().__init__(0, len(headings))
        self._theme: Theme | None = None
        self._rows: list[Sequence[str | float | None]] = []
        for column, (_, tip) in enumerate(headings):
            item = QTableWidgetItem(headings[column][0])
            item.setToolTip(tip)
            self.setHorizontalHeaderItem(column, item)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # as it comes, until one is clicked
        small_table.prepare(self, name, widths)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.setStyleSheet(small_table.sheet(theme))
        self.set_rows(self._rows)

    def set_rows(self, rows: Sequence[Sequence[str | float | None]]) -> None:
        """Show these; None is a dash. What was sorted stays sorted."""
        self._rows = list(rows)
        self.setSortingEnabled(False)
        self.setRowCount(len(rows))
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                text = "-" if cell is None else cell if isinstance(cell, str) else format_number(cell)
                item = _Item(text)
                item.setData(_FIGURE, cell if isinstance(cell, float) else None)
                item.setToolTip(text)
                if self._theme is not None:
                    item.setForeground(self._theme.color("faint" if cell is None else "text"))
                self.setItem(row, column, item)
        self.setSortingEnabled(True)

    def texts(self) -> list[list[str]]:
        """What stands in it, row by row."""
        return [[self.text_at(row, column) for column in range(self.columnCount())] for row in range(self.rowCount())]

    def text_at(self, row: int, column: int) -> str:
        """One cell."""
        item = self.item(row, column)
        return item.text() if item is not None else ""
