"""Breakpoints as rows of a table: a check box for each, where it is, on what condition, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.app.theme import Theme

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("", "where", "condition", "does", "so far")
TIPS = (
    "Switched on",
    "A node goes by its module, its operation and which of them it is, so that it is found again in another run",
    "What must hold for what is about to pass",
    "Stop there, or only write a line to the console",
    "How often place and condition were met",
)
_NO_PARENT = QModelIndex()


class BreakpointsModel(QAbstractTableModel):
    """Rows of (breakpoint, state words). Tells ``enableRequested(number, on)`` from a check box."""

    enableRequested = Signal(int, bool)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[Any, tuple[str, ...]]] = []
        self._theme: Theme | None = None
        self._mono = QFont("JetBrains Mono")
        self._mono.setPixelSize(12)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self._tell()

    def set_rows(self, breakpoints: Sequence[Any], states: Sequence[str]) -> None:
        """Show these; ``states`` says for each what became of it."""
        from gradscope.graph import break_words as words

        rows: list[tuple[Any, tuple[str, ...]]] = [
            (one, (words.where_words(one), words.condition_words(one), words.action_words(one), state))
            for one, state in zip(breakpoints, states, strict=True)
        ]
        if [one.number for one, _ in rows] == [one.number for one, _ in self._rows]:
            self._rows = rows
            self._tell()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def breakpoint_at(self, row: int) -> Any:
        """The breakpoint of a row; None where there is none."""
        return self._rows[row][0] if 0 <= row < len(self._rows) else None

    def row_of(self, number: int) -> int:
        """The row of a breakpoint, -1 if it is not there."""
        return next((row for row, (one, _) in enumerate(self._rows) if one.number == number), -1)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """All breakpoints."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """The columns of ``HEADINGS``."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings, with what they mean as a tooltip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The first column can be checked."""
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, check mark, font and colour of a cell."""
        one, texts = self._rows[index.row()]
        column = index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return str(one.number) if column == 0 else texts[column - 1]
        if role == Qt.ItemDataRole.CheckStateRole and column == 0:
            return Qt.CheckState.Checked if one.enabled else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.FontRole and column == 1:
            return self._mono
        if role == Qt.ItemDataRole.ForegroundRole and self._theme is not None:
            return self._theme.color(_ink(one.enabled, column, texts[-1]))
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A check box was clicked."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        self.enableRequested.emit(self._rows[index.row()][0].number, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _tell(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(HEADINGS) - 1))


def _ink(enabled: bool, column: int, state: str) -> str:
    if column == len(HEADINGS) - 1 and enabled and ("matches nothing" in state or "not in" in state):
        return "halo_text"
    return "text" if enabled else "faint"
