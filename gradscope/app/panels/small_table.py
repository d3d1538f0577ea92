"""What the tables of the panels have in common: their look, and columns that share the room until one is dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from gradscope.app.panels.text_label import font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QTableView

    from gradscope.app.theme import Theme

ROW = 24  # px
MARGIN = 3  # px that Fusion leaves beside the text of a cell and not beside that of a heading
LEAST = 0.8  # of its width that a column keeps; below, the table scrolls. The first one, the name, keeps all


def prepare(table: QTableView, name: str, widths: Sequence[int], row: int = ROW) -> None:
    """Rows that are chosen whole, no grid, small headings at left.

    Args:
        table: with its model.
        name: for the screen reader.
        widths: of all columns in px where there is room; the last one takes what is left over.
        row: height of a row in px.
    """
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setFont(font(12))
    table.verticalHeader().setVisible(False)
    table.verticalHeader().setDefaultSectionSize(row)
    header = table.horizontalHeader()
    header.setFont(font(11, QFont.Weight.Medium))
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    _Sharing(table, tuple(widths))


def sheet(theme: Theme, padding: int = 8) -> str:
    """The style sheet of such a table; ``padding`` is that of a cell at left and right."""
    return (
        f"QTableView {{ border: 1px solid {theme.border}; border-radius: 4px; outline: none; }}"
        f"QTableView::item {{ padding: 0 {padding}px; border: none; }}"
        f"QTableView::item:selected {{ background: {theme.accent_soft}; color: {theme.text}; }}"
        f"QHeaderView::section {{ background: {theme.panel}; color: {theme.muted}; border: none;"
        f" border-bottom: 1px solid {theme.border}; padding: 4px {padding + MARGIN}px; }}"
    )


class _Sharing(QObject):
    """Makes all columns narrower alike where the table is too narrow for them, until the user sets one."""

    def __init__(self, table: QTableView, widths: tuple[int, ...]) -> None:
        super().__init__(table)
        self._table, self._widths = table, widths
        self._sharing = False
        self._share()
        table.horizontalHeader().sectionResized.connect(self._resized)
        table.viewport().installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._share()
        return False

    def _share(self) -> None:
        room = self._table.viewport().width()
        share = min(1.0, max(LEAST, room / max(sum(self._widths), 1)))
        self._sharing = True
        for column, width in enumerate(self._widths[:-1]):
            self._table.horizontalHeader().resizeSection(column, int(width * (share if column else 1.0)))
        self._sharing = False

    def _resized(self, column: int, _: int, width: int) -> None:
        if not self._sharing and column < len(self._widths) - 1:
            self._widths = (*self._widths[:column], width, *self._widths[column + 1 :])
            self._table.viewport().removeEventFilter(self)
