"""The options of every optimizer of the script, one row each; a value is changed by writing another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from gradscope.app.panels import small_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.app.theme import Theme
    from gradscope.graph.options import OptimizerGroup

HEADINGS = ("optimizer", "option", "value")
_KEY = Qt.ItemDataRole.UserRole


class OptionTable(QTableWidget):
    """Told the groups; tells ``optionRequested(optimizer, group, option, text)``."""

    optionRequested = Signal(int, int, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADINGS), parent)
        self._theme: Theme | None = None
        self._groups: tuple[OptimizerGroup, ...] = ()
        self.setHorizontalHeaderLabels(HEADINGS)
        small_table.prepare(self, "Options of the optimizers", (84, 104, 90))
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed)
        self.itemChanged.connect(self._edited)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.setStyleSheet(small_table.sheet(theme))
        self._fill()

    def set_groups(self, groups: tuple[OptimizerGroup, ...]) -> None:
        """Show these; the same ones again put back what was refused."""
        self._groups = groups
        self._fill()

    def _fill(self) -> None:
        several = {group.optimizer for group in self._groups if group.group > 0}
        self.blockSignals(True)
        self.setRowCount(0)
        for group in self._groups:
            name = f"{group.type}, group {group.group}" if group.optimizer in several else group.type
            for option in sorted(group.options, key=lambda one: bool(one.fixed)):
                self._add((name, option.name, option.value), (group.optimizer, group.group, option.name), option.fixed)
        self.blockSignals(False)

    def _add(self, texts: Sequence[str], key: tuple[int, int, str], fixed: str) -> None:
        row = self.rowCount()
        self.insertRow(row)
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            editable = column == len(HEADINGS) - 1 and not fixed
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(flags | Qt.ItemFlag.ItemIsEditable if editable else flags)
            item.setToolTip(f"It cannot be changed: {fixed}" if fixed else "Double click to write another value")
            item.setData(_KEY, key)
            if self._theme is not None:
                item.setForeground(self._theme.color("faint" if fixed else "text" if column else "muted"))
            self.setItem(row, column, item)

    def _edited(self, item: QTableWidgetItem) -> None:
        optimizer, group, option = item.data(_KEY)
        self.optionRequested.emit(optimizer, group, option, item.text())
