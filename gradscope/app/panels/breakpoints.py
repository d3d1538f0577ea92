"""The breakpoints: one click for the usual ones, a table of all, and fields for the one that is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gradscope.app.fonts import text_font
from gradscope.app.panels.text_label import TextLabel

from . import look, small_table
from .break_editor import BreakEditor
from .breakpoints_model import BreakpointsModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.app.theme import Theme

EMPTY = "No breakpoints. Select a node or a module and press F9, or take one from above."
# What "Add" offers: the text, and the breakpoint's fields but its number.
OFFERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a gradient that is all zero", {"kind": "any", "condition": "zero"}),
    ("a gradient that grew tenfold", {"kind": "any", "condition": "growth", "threshold": 10.0}),
    ("the loss above…", {"kind": "loss", "condition": "above", "threshold": 10.0}),
    ("the loss below…", {"kind": "loss", "condition": "below", "threshold": 0.1}),
    ("a parameter changed outside of the update", {"kind": "parameter"}),
    ("before the forward", {"kind": "phase", "name": "forward"}),
    ("at the loss", {"kind": "phase", "name": "loss"}),
    ("before backward", {"kind": "phase", "name": "backward"}),
    ("before the update", {"kind": "phase", "name": "update"}),
    ("at the end of the iteration", {"kind": "phase", "name": "end"}),
)
_WIDTHS = (46, 300, 220, 130, 150)


class BreakpointsPanel(QWidget):
    """Told by ``set_breakpoints``; tells what is wanted by signals.

    ``addRequested`` carries a breakpoint's fields, ``chosen`` the number of the one that is selected.
    """

    addRequested = Signal(dict)
    editRequested = Signal(object)
    enableRequested = Signal(int, bool)
    removeRequested = Signal(int)
    removeAllRequested = Signal()
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = BreakpointsModel()
        self.model.enableRequested.connect(self.enableRequested)
        self.table = QTableView()
        self.editor = BreakEditor()
        self.editor.edited.connect(self.editRequested)
        self.empty = TextLabel(12, "muted")
        self.empty.setText(EMPTY)
        self.nonfinite = _button("Any NaN or Inf", "Stop at the first gradient, or loss, that is NaN or Inf")
        self.norm = _button("Any norm above", "Stop at the first gradient whose norm is above this number")
        self.limit = QLineEdit("1000")
        self.limit.setFont(text_font(12))
        self.limit.setFixedWidth(72)
        self.limit.setAccessibleName("The norm to stop above")
        self.more = QToolButton()
        self.remove = _button("Remove", "Forget the selected one (Delete)")
        self.remove_all = _button("Remove all", "Forget every breakpoint")
        self.setMinimumWidth(360)  # a narrow window cuts the last fields off rather than grow
        self._build_menu()
        self._build_table()
        self._arrange()
        self._connect()
        self.set_breakpoints((), ())

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.setStyleSheet(
            f"BreakpointsPanel {{ background: {theme.window}; }}" + look.fields(theme) + look.buttons(theme)
        )
        self.table.setStyleSheet(small_table.sheet(theme, padding=6))
        self.empty.set_theme(theme)
        self.editor.set_theme(theme)
        self.model.set_theme(theme)

    def set_breakpoints(self, breakpoints: Sequence[Any], states: Sequence[str]) -> None:
        """Show these; ``states`` says for each what became of it."""
        number = self.selected
        self.model.set_rows(breakpoints, states)
        self.empty.setVisible(not breakpoints)
        self.table.setVisible(bool(breakpoints))
        self.editor.setVisible(bool(breakpoints))
        self.remove_all.setEnabled(bool(breakpoints))
        if self.selected != number:
            self.select(number)
        self._show_selected()

    def select(self, number: int) -> None:
        """Select one by its number."""
        row = self.model.row_of(number)
        if row >= 0:
            self.table.selectRow(row)

    @property
    def selected(self) -> int:
        """The number of the selected one, -1 if none is."""
        rows = self.table.selectionModel().selectedRows() if self.table.selectionModel() is not None else []
        one = self.model.breakpoint_at(rows[0].row()) if rows else None
        return one.number if one is not None else -1

    def text(self) -> str:
        """All rows as they stand there."""
        columns = range(1, self.model.columnCount())
        rows = range(self.model.rowCount())
        return "\n".join("  ".join(str(self.model.index(r, c).data() or "") for c in columns) for r in rows)

    def _show_selected(self) -> None:
        one = self.model.breakpoint_at(self.model.row_of(self.selected))
        self.editor.set_breakpoint(one)
        self.remove.setEnabled(one is not None)

    def _select_changed(self) -> None:
        self._show_selected()
        if self.selected >= 0:
            self.chosen.emit(self.selected)

    def _add_norm(self) -> None:
        try:
            limit = float(self.limit.text())
        except ValueError:
            self.limit.selectAll()
            self.limit.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.addRequested.emit({"kind": "any", "condition": "above", "threshold": limit})

    def _remove_selected(self) -> None:
        if self.selected >= 0:
            self.removeRequested.emit(self.selected)

    def _build_menu(self) -> None:
        self.more.setText("More…")
        self.more.setFont(text_font(12))
        self.more.setMinimumWidth(62)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolTip("Other places and conditions")
        menu = QMenu(self.more)
        for text, wanted in OFFERS:
            menu.addAction(text).triggered.connect(lambda _=False, fields=wanted: self.addRequested.emit(dict(fields)))
        self.more.setMenu(menu)

    def _build_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        small_table.prepare(table, "Breakpoints", _WIDTHS)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        for widget in (self.nonfinite, self.norm, self.limit, self.more):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.remove)
        head.addWidget(self.remove_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.empty)
        column.addWidget(self.table, 1)
        column.addWidget(self.editor)
        column.addStretch(0)

    def _connect(self) -> None:
        self.nonfinite.clicked.connect(lambda: self.addRequested.emit({"kind": "any", "condition": "nonfinite"}))
        self.norm.clicked.connect(self._add_norm)
        self.limit.returnPressed.connect(self._add_norm)
        self.remove.clicked.connect(self._remove_selected)
        self.remove_all.clicked.connect(self.removeAllRequested)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._select_changed())
        self.model.modelReset.connect(self._show_selected)
        self.table.activated.connect(self._toggle_row)
        delete = QAction("Remove", self.table)
        delete.setShortcut(QKeySequence.StandardKey.Delete)
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(self._remove_selected)
        self.table.addAction(delete)

    def _toggle_row(self, index: QModelIndex) -> None:
        one = self.model.breakpoint_at(index.row())
        if one is not None:
            self.enableRequested.emit(one.number, not one.enabled)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setFont(text_font(12))
    button.setToolTip(tip)
    button.setMinimumWidth(button.fontMetrics().horizontalAdvance(text) + 22)
    return button
