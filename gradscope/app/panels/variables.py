"""The tensors of the script's current frame, also where there is no graph: autograd's properties side by side."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gradscope.app.panels import small_table
from gradscope.app.panels.text_label import TextLabel, font
from gradscope.app.panels.variables_model import COLUMNS, VariablesModel

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.frame import VariablesTold
    from gradscope.graph.state import RunState

EMPTY = "The tensors of the script's current function appear here when training pauses."
_WIDTHS = (120, 200, 100, 75, 100, 65, 150, 120)


class VariablesPanel(QWidget):
    """Told the state; tells ``variableRequested(name, node)``, node -1 where the variable stands for none."""

    variableRequested = Signal(str, int)
    tensorRequested = Signal(str)
    frameRequested = Signal(int)  # of the stack, 0 the innermost

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = VariablesModel()
        self._table = QTableView()
        self._where = TextLabel(12, "muted")
        self.stack = QListWidget()
        self._frames: tuple[object, ...] = ()
        self._filter = QLineEdit()
        self._empty = TextLabel(13, "muted")
        self._build_table()
        self._filter.setPlaceholderText("Filter by name, type or grad_fn…")
        self._filter.setClearButtonEnabled(True)
        self._filter.setFont(font(12))
        self._filter.setFixedWidth(240)
        self._filter.setAccessibleName("Filter the variables")
        self._filter.textChanged.connect(self._model.set_filter)
        self._empty.setText(EMPTY)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(24)
        head = QHBoxLayout()
        head.addWidget(self._where, 1)
        head.addWidget(self._filter)
        page, column = QWidget(), QVBoxLayout()
        page.setLayout(column)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(head)
        self._build_stack()
        both = QSplitter()
        both.addWidget(self.stack)
        both.addWidget(self._table)
        both.setStretchFactor(1, 1)
        both.setSizes([210, 900])
        both.setChildrenCollapsible(False)
        column.addWidget(both)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(page)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._model.set_theme(theme)
        self._where.set_theme(theme)
        self._empty.set_theme(theme)
        self.stack.setStyleSheet(
            f"QListWidget {{ background: {theme.window}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 4px; } QListWidget::item { padding: 4px 6px; }"
            f"QListWidget::item:selected {{ background: {theme.accent_soft}; color: {theme.text}; }}"
        )
        self._table.setStyleSheet(small_table.sheet(theme))

    def set_state(self, state: RunState) -> None:
        """Show the frame that the script is held in; while it runs, the last one, said to be so."""
        told = state.variables
        if told is not self._model.told:
            self._keep_selection(told)
        self._show_frames(state)
        self._stack.setCurrentIndex(0 if told is None else 1)
        if told is not None:
            where = f"{PurePath(told.frame.file).name}, line {told.frame.line}"
            function = f" in {told.frame.function}" if told.frame.function != "<module>" else ""
            none = "" if told.variables else " has no tensors among its variables"
            past = "" if state.pause is not None else ". Training runs on: these are of its last pause"
            self._where.setText(f"{where}{function}, iteration {told.iteration}{none}{past}")

    def _show_frames(self, state: RunState) -> None:
        """The Python stack of the pause, the innermost frame first, the one that the table is of chosen."""
        frames = state.pause.frames if state.pause is not None else self._frames
        if frames != self._frames:
            self._frames = frames
            self.stack.clear()
            for frame in state.pause.frames if state.pause is not None else ():
                item = QListWidgetItem(f"{frame.function}  {PurePath(frame.file).name}:{frame.line}")
                item.setToolTip(f"{frame.file}, line {frame.line}")
                self.stack.addItem(item)
        self.stack.setVisible(self.stack.count() > 1)  # of one frame the line above says it all
        told = state.variables
        if told is not None and told.depth < self.stack.count():
            self.stack.setCurrentRow(told.depth)

    def _build_stack(self) -> None:
        self.stack.setFont(font(12))
        self.stack.setAccessibleName("Python stack of the training thread")
        self.stack.setToolTip("The Python stack of the training thread; choose a frame to see its line and its tensors")
        self.stack.itemClicked.connect(lambda item: self.frameRequested.emit(self.stack.row(item)))
        self.stack.itemActivated.connect(lambda item: self.frameRequested.emit(self.stack.row(item)))

    def text(self) -> str:
        """What stands above the table, or in its place."""
        return self._empty.text() if self._stack.currentIndex() == 0 else self._where.text()

    def copy(self) -> None:
        """The chosen rows to the clipboard, tab-separated."""
        rows = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        lines = ("\t".join(column.text(self._model.variable(row)) for column in COLUMNS) for row in rows)
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _keep_selection(self, told: VariablesTold | None) -> None:
        rows = self._table.selectionModel().selectedRows()
        name = self._model.variable(rows[0].row()).name if rows else ""
        self._model.set_variables(told)
        for row in range(self._model.rowCount()):
            if name and self._model.variable(row).name == name:
                choose = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
                self._table.selectionModel().setCurrentIndex(self._model.index(row, 0), choose)

    def _request(self, index: QModelIndex) -> None:
        variable = self._model.variable(index.row())
        self.variableRequested.emit(variable.name, variable.node)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.tensorRequested.emit(self._model.variable(index.row()).name)

    def _build_table(self) -> None:
        table = self._table
        table.setModel(self._model)
        small_table.prepare(table, "Tensors of the current function", _WIDTHS, row=26)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.clicked.connect(self._request)
        table.activated.connect(self._request)
        table.doubleClicked.connect(self._open)
        look = QAction("Show the tensor", table)
        look.triggered.connect(lambda: self._open(table.currentIndex()))
        table.addAction(look)
        copy = QAction("Copy rows", table)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        table.addAction(copy)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
