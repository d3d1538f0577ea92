"""The outline: the graph as a tree for eyes, keyboard and screen reader, with a search over all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QStackedLayout, QVBoxLayout, QWidget

from gradscope.app.fonts import text_font
from gradscope.app.theme import LIGHT, Theme

from . import look
from .outline_view import CALL_ROLE, NODE_ROLE, OutlineView

if TYPE_CHECKING:
    from gradscope.graph.search import Query
    from gradscope.graph.state import RunState

    from .outline_model import OutlineModel

OPEN_AT_FIRST = 60  # entries that may be open when a graph is first shown
OPEN_WHEN_FOUND = 2000
NO_RUN = "No graph yet.\nOpen a lesson or run a script: modules, operations and leaves will be listed here."
NO_GRAPH = "The graph will be listed here once the first forward pass begins."


class OutlinePanel(QWidget):
    """Search field above a tree of module calls, leaves and operations."""

    nodeSelected = Signal(int)
    nodeActivated = Signal(int)
    callSelected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._model: OutlineModel | None = None
        self._state: RunState | None = None
        self._query: Query | None = None
        self._silent = False
        self._node = -1
        self._chosen_open: dict[str, bool] = {}
        self.title = QLabel("Outline", self)
        self.title.setFont(text_font(13, QFont.Weight.DemiBold))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Filter: name, module, op, shape…")
        self.search.setAccessibleName("Filter the outline")
        self.search.setToolTip(
            "Lists only what meets every word: relu 64x16, net.0 leaf, grad<1e-6, no-grad.\n"
            "The language is that of Find (Ctrl+F). Enter goes to the first, Esc clears."
        )
        self.search.setFont(text_font(12))
        self.search.setClearButtonEnabled(True)
        self.tree = OutlineView(self)
        self.message = QLabel(NO_RUN, self)
        self.message.setFont(text_font(12))
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.message.setContentsMargins(18, 24, 18, 0)
        self.count = QLabel(self)
        self.count.setFont(text_font(11))
        self._arrange()
        self._delay = QTimer(self, singleShot=True, interval=60)
        self._delay.timeout.connect(self._apply_search)
        self._connect()
        self.set_theme(LIGHT)

    def _arrange(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(14, 10, 14, 6)
        head.setSpacing(8)
        for widget in (self.title, self.search, self.count):
            head.addWidget(widget)
        self.count.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        inset = QHBoxLayout()
        inset.setContentsMargins(7, 0, 0, 0)
        column.addLayout(inset, 1)
        self._stack = QStackedLayout()
        inset.addLayout(self._stack)  # first of all: it shows what it is given at once, as a window if need be
        self._stack.addWidget(self.message)
        self._stack.addWidget(self.tree)
        self.setFocusProxy(self.tree)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _: self._delay.start())
        self.search.returnPressed.connect(self._go_to_first)
        self.tree.currentMoved.connect(self._moved)
        self.tree.activated.connect(self._activated)
        self.tree.expanded.connect(lambda index: self._remember(index, True))
        self.tree.collapsed.connect(lambda index: self._remember(index, False))
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.search, self._clear_search)
        leave.setContext(Qt.ShortcutContext.WidgetShortcut)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search, self.tree.setFocus)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self.tree.set_theme(theme)
        self.setStyleSheet(
            f"OutlinePanel, QLabel {{ background: {theme.window}; color: {theme.text}; }}" + look.fields(theme)
        )
        for label in (self.message, self.count):
            label.setStyleSheet(f"color: {theme.muted}; background: {theme.window};")

    def set_state(self, state: RunState) -> None:
        """Show the state's graph; what was open, chosen and searched for stays so."""
        self._state, graph = state, state.graph
        if graph is None or len(graph) == 0:
            self._model = None
            self.tree.setModel(None)
            self.count.hide()
            self._say(NO_RUN if state.life in ("idle", "ended", "lost") else NO_GRAPH)
            return
        if self._model is None or self._model.whole.graph is not graph:
            self._show_graph(state)
        elif self._query is not None and self._query.live and self._model.differs(self._query.find(graph, state)):
            self._apply_search()
        paused = state.pause.node if state.pause is not None and state.pause.point == "node" else -1
        if self._model is not None and paused != self._model.paused_node:
            self._model.set_paused_node(paused)

    def select(self, node: int) -> None:
        """Make a node the current row and open what holds it; -1 chooses nothing. Not told by a signal."""
        self._node = node
        if self._model is None:
            return
        index = self._model.index_of_node(node)
        if index == self.tree.currentIndex():
            return
        self._silent = True
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)
        else:
            self.tree.selectionModel().clear()
        self._silent = False

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _show_graph(self, state: RunState) -> None:
        from .outline_model import OutlineModel

        graph = state.graph
        if graph is None:
            return
        place = self.tree.verticalScrollBar().value()
        old = self._model
        self._model = OutlineModel(graph)
        self._model.setParent(self)
        self._silent = True
        self.tree.setModel(self._model)
        if old is not None:
            old.deleteLater()
        self._silent = False
        self._apply_search()
        if old is not None:
            self.tree.doItemsLayout()
            self.tree.verticalScrollBar().setValue(place)

    def _apply_search(self) -> None:
        self._delay.stop()
        model = self._model
        if model is None:
            return
        text = self.search.text().strip()
        self._query, mistake = _parsed(text)
        self._silent = True
        model.filter(self._query.find(model.whole.graph, self._state) if self._query is not None else None)
        if model.found is None:
            self.count.hide()
            self._open_as_before()
        else:
            self.count.setVisible(model.found > 0)
            self.count.setText(f"{model.found:,} of {len(model.tree.graph):,} nodes")
            if len(model.tree.children) <= OPEN_WHEN_FOUND:
                self.tree.expandAll()
            else:
                self.tree.expandToDepth(1)
        self._silent = False
        if mistake:
            self._say(mistake)
        elif model.found == 0:
            self._say(f"Nothing meets \u201c{text}\u201d.\nSearched: names, modules, operations, shapes and dtypes.")
        else:
            self._stack.setCurrentWidget(self.tree)
        self.select(self._node)

    def _open_as_before(self) -> None:
        model = self._model
        if model is None:
            return
        budget = OPEN_AT_FIRST
        waiting = [-1]
        while waiting:
            entry = waiting.pop(0)
            count = model.tree.child_count(entry)
            wanted = self._chosen_open.get(model.tree.key_of(entry)) if entry >= 0 else True
            if count == 0 or wanted is False or (wanted is None and count > budget):
                continue
            budget -= count if entry >= 0 else 0
            if entry >= 0:
                self.tree.expand(model.index_of_entry(entry))
            holders = model.tree.calls + len(model.tree.groups)
            waiting += [child for child in model.tree.children_of(entry).tolist() if child < holders]

    def _remember(self, index: QModelIndex, is_open: bool) -> None:
        if not self._silent and self._model is not None and self._model.found is None:
            self._chosen_open[self._model.key(index)] = is_open

    def _moved(self, index: QModelIndex) -> None:
        if self._silent or not index.isValid():
            return
        node, call = int(index.data(NODE_ROLE)), int(index.data(CALL_ROLE))
        if node >= 0:
            self._node = node
            self.nodeSelected.emit(node)
        elif call >= 0:
            self._node = -1
            self.callSelected.emit(call)

    def _activated(self, index: QModelIndex) -> None:
        node = int(index.data(NODE_ROLE))
        if node >= 0:
            self.nodeActivated.emit(node)
        else:
            self.tree.setExpanded(index, not self.tree.isExpanded(index))

    def _go_to_first(self) -> None:
        self._apply_search()
        if self._model is not None and self._model.first_found >= 0:
            self.tree.setCurrentIndex(self._model.index_of_node(self._model.first_found))
            self.tree.setFocus()

    def _clear_search(self) -> None:
        if self.search.text():
            self.search.clear()
            self._apply_search()
        else:
            self.tree.setFocus()

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self._stack.setCurrentWidget(self.message)


def _parsed(text: str) -> tuple[Query | None, str]:
    """What was typed as a query, or what is wrong with it; neither where nothing was."""
    from gradscope.graph.search import QueryError, parse

    try:
        return (parse(text) if text else None), ""
    except QueryError as error:
        return None, str(error)
