"""The chosen node: who it is, the gradient that reached it, its value, and how its gradient went over the iterations.

Statistics come with the run's state and are always shown. A tensor itself is asked for, once a pause, and only for the
tab that is open; until the answer comes nothing of another node or another pause is passed off as this one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QStackedLayout, QTabBar, QVBoxLayout, QWidget

from gradscope.app.panels import inspector_words
from gradscope.app.panels.call_page import CallPage
from gradscope.app.panels.flow_box import FlowBox
from gradscope.app.panels.history_page import HistoryPage
from gradscope.app.panels.inspector_header import InspectorHeader
from gradscope.app.panels.look import scrolled
from gradscope.app.panels.saved_page import SavedPage
from gradscope.app.panels.tensor_page import TensorPage
from gradscope.app.panels.tensor_wish import TensorWish
from gradscope.app.panels.text_label import TextLabel, font, spaced_shape
from gradscope.app.panels.why_box import WhyBox
from gradscope.graph import flow
from gradscope.graph.snapshot import Kind
from gradscope.graph.tensor import written_out
from gradscope.graph.tie_words import tie_words
from gradscope.graph.time_figures import time_words
from gradscope.graph.words import aliases_of, pass_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.theme import Theme
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.graph.statistics import NodeStatistics
    from gradscope.graph.tensor import Matrix, TensorView
    from gradscope.graph.tensor_looks import Cut

TABS = ("Gradient", "Value", "Saved", "History")
NARROWEST = 320  # px; narrower, figures would be cut off
CHOOSE = "Select a node in the graph or in the outline to see its gradient and its value."


class InspectorPanel(QWidget):
    """Told the run's state, a node and tensors; tells ``tensorRequested(kind, node, output, cut)``."""

    tensorRequested = Signal(str, int, int, object)
    sourceRequested = Signal(str, int)
    nodeRequested = Signal(int)
    pathRequested = Signal(object)  # tuple of nodes to be ringed
    enlargeRequested = Signal(str, int, int, object)  # as for tensorRequested
    wholeRequested = Signal(str, int, int, object, object)  # and a path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: RunState | None = None
        self._node, self._output = -1, 0
        self._accumulated = self._later = False
        self._wish = TensorWish(self)
        self.is_kept: Callable[[str, int, int], bool] = lambda _kind, _node, _output: False  # in the recording
        self._introduced: tuple[object, ...] = ()
        self._tied: tuple[object, ...] = ()
        self._header = InspectorHeader()
        self._tabs = QTabBar()
        self._line = QFrame()
        self._gradient = TensorPage("g", ("this pass", "accumulated (.grad)"))
        self._value = TensorPage("x")
        self._flow = FlowBox()
        self._why = WhyBox()
        self._saved = SavedPage()
        self._history = HistoryPage()
        self._call_page = CallPage()
        self._calls: tuple[int, ...] = ()  # chosen instead of the node
        self._empty = TextLabel(13, "muted")
        self._build()
        self._connect()
        self.set_empty(CHOOSE)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for part in (self._header, *self._pages(), self._flow, self._why, self._call_page):
            part.set_theme(theme)
        self._empty.set_theme(theme)
        self._line.setStyleSheet(f"background: {theme.border}; border: none;")
        self._tabs.setStyleSheet(
            "QTabBar::tab { padding: 8px 2px; margin-right: 18px; border: none; background: transparent;"
            f" color: {theme.muted}; border-bottom: 2px solid transparent; }}"
            f"QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.accent}; }}"
            f"QTabBar::tab:hover, QTabBar::tab:focus {{ color: {theme.text}; }}"
        )

    def set_state(self, state: RunState, chosen: int | None = None) -> None:
        """Show this moment of the run, and the node chosen for it, in one go; a new pause asks for the tensor anew."""
        old, self._state = self._state, state
        if (old.pause if old is not None else None) is not state.pause:
            self._wish.renew()
            self._page().view.set_stale()
        graph = state.graph
        if graph is None or self._node >= len(graph):
            self._node = -1
        if chosen is not None:
            self._choose_node(chosen)
        self._later = True  # another node may be chosen for this state at once
        self._refresh()
        self._later = False

    def set_node(self, node: int) -> None:
        """Show this node of the state's graph; -1 for none."""
        if self._choose_node(node):
            self._refresh()

    def set_calls(self, calls: tuple[int, ...]) -> None:
        """Show these calls of the state's graph, gathered as one, instead of the node; () goes back to it."""
        if calls != self._calls:
            self._calls = calls
            self._refresh()

    def set_tensor(self, kind: str, tensor: TensorView) -> None:
        """The answer to the newest request; passed over where it cannot be that, the next one being due."""
        if kind == self._kind() and self._wish.take(kind, tensor):
            self._refresh()

    def ask_again(self) -> None:
        """The tensor on show may be another one now."""
        self._wish.ask_again()
        self._refresh()

    def set_empty(self, text: str) -> None:
        """What to say while no node is chosen."""
        self._empty.setText(text)

    def show_tab(self, name: str) -> None:
        """Open Gradient, Value, Saved or History."""
        self._tabs.setCurrentIndex(TABS.index(name))

    def value_text(self) -> str:
        """The number or short list of the open tab, exact in the tensor's own precision; "" for more elements."""
        return self._page().view.value_text()

    def heat_values(self) -> Matrix:
        """The numbers behind the painted heat map or bars; 0 x 0 unless they belong to this node and this pause."""
        return self._page().view.heat_values()

    def text(self) -> str:
        """All that the header and the open tab say, for tests and screen readers."""
        if self._call_page.shown:
            return self._call_page.text()
        if self._node < 0:
            return self._empty.text()
        page = self._pages()[self._tabs.currentIndex()].text()
        flow_text = "" if self._flow.isHidden() else self._flow.text()
        return "\n".join((*self._header.texts(), page, self._why.text(), flow_text))

    def figure(self, key: str) -> str:
        """One figure of the open tab: norm, max, mean, std, zeros, nonfinite."""
        return self._page().grid.figure(key)

    # -- what is shown

    def _refresh(self) -> None:
        state, graph, node = self._state, self._graph(), self._node
        self._call_page.show_calls(state, graph, self._calls)
        self._stack.setCurrentIndex(2 if self._call_page.shown else 0 if graph is not None and node >= 0 else 1)
        if self._call_page.shown:
            return
        if state is None or graph is None or node < 0:
            self._introduced = ()
            return
        introduced = (graph, node, self._output)
        if introduced != self._introduced:
            self._introduced = introduced
            self._header.show_node(graph, node, self._output, aliases_of(state, graph, node))
        if (graph, node, state.graphs) != self._tied:
            self._tied = (graph, node, state.graphs)
            self._header.set_ties(tie_words(state.graphs, graph, node))
        self._header.set_times(time_words(state, graph, node))
        pause = state.pause
        here = pause is not None and pause.point == "node" and pause.node == node
        self._header.set_held(here and pause is not None and pause.fingerprint == graph.fingerprint)
        tab = self._tabs.currentIndex()
        for index, page in enumerate(self._pages()):
            page.setVisible(index == tab)
        self._flow.setVisible(False)
        self._why.setVisible(False)
        if tab == 0:
            self._refresh_gradient(state, graph)
        elif tab == 1:
            self._refresh_value(state, graph)
        elif tab == 2:
            self._saved.show_node(graph, node)
        else:
            self._history.show_node(state, graph, node)

    def _refresh_gradient(self, state: RunState, graph: GraphSnapshot) -> None:
        page, title, node = self._gradient, graph.text(self._node, "title"), self._node
        leaf = graph.kind(node) == Kind.LEAF
        page.offer_switch(leaf)
        ratio = f"∂ {flow.root_title(state, graph)} / ∂ {title}"
        page.set_title(f"{title}.grad" if self._accumulated else ratio, self._shape_text(graph))
        current = pass_of(state, graph)
        row = self._row(current.gradients if current is not None else None)
        words, sentence = inspector_words.about_gradient(state, graph, node)
        if not self._accumulated:
            self._why.show_node(state, graph, node)
        sentence = sentence if self._why.isHidden() else ""
        if self._accumulated:
            page.say("", "")
            self._refresh_tensor(page, None, graph, wanted=True)
        elif words.status in inspector_words.PRESENT:
            odd = words.text if words.status != "value" else ""
            page.say(odd, sentence, alarming=words.status == "nonfinite")
            self._refresh_tensor(page, row, graph, wanted=True)
        else:
            page.say(words.text, sentence)
            self._refresh_tensor(page, None, graph, wanted=False)
        self._flow.show_node(state, graph, node)

    def _refresh_value(self, state: RunState, graph: GraphSnapshot) -> None:
        self._value.set_title(graph.text(self._node, "title"), self._shape_text(graph))
        row = self._row(state.values.get(graph.fingerprint))
        self._refresh_tensor(self._value, row, graph, wanted=True)

    def _refresh_tensor(
        self, page: TensorPage, row: dict[str, float] | None, graph: GraphSnapshot, wanted: bool
    ) -> None:
        """The answered tensor; else what is known of it and why it is not there."""
        elements = self._elements(row, graph)
        if wanted and self._wish.answer is not None:
            page.show_tensor(self._wish.answer, row, elements)
            return
        page.show_figures(row)
        life = self._state.life if self._state is not None else "idle"
        if not wanted:
            page.view.set_notice("")
            return
        kept = life != "paused" and self.is_kept(self._kind(), self._node, self._output)
        if life == "paused" or kept:
            self._want(graph)
        if self._wish.answer is not None:  # it was told while it was asked for
            return
        if self._wish.young:
            page.view.set_elements(elements)
        else:
            words = inspector_words.READING if kept else inspector_words.MISSING.get(life, inspector_words.PAUSE_FIRST)
            page.view.set_notice(words, elements, keep_planes=life == "paused" and self._wish.cut is not None)

    def _choose_node(self, node: int) -> bool:
        graph = self._graph()
        node = node if graph is not None and 0 <= node < len(graph) else -1
        if node == self._node:
            return False
        self._node, self._output, self._accumulated, self._calls = node, 0, False, ()
        self._gradient.choose(0)
        self._forget()
        return True

    # -- what is asked for

    def _want(self, graph: GraphSnapshot) -> None:
        """Ask for the tensor of the open tab, unless it was asked for."""
        self._wish.want(self._kind(), self._node, self._output, self._shape(graph) or (), self._later)

    def _forget(self) -> None:
        """What was asked and answered belongs to something else now."""
        self._wish.forget()
        for page in (self._gradient, self._value):
            page.view.clear()

    def _kind(self) -> str:
        if self._tabs.currentIndex() == 1:
            return "value"
        return "accumulated" if self._accumulated else "gradient"

    def _pages(self) -> tuple[TensorPage, TensorPage, SavedPage, HistoryPage]:
        """In the order of the tabs."""
        return self._gradient, self._value, self._saved, self._history

    def _page(self) -> TensorPage:
        return self._value if self._tabs.currentIndex() == 1 else self._gradient

    def _graph(self) -> GraphSnapshot | None:
        return self._state.graph if self._state is not None else None

    def _row(self, statistics: NodeStatistics | None) -> dict[str, float] | None:
        if statistics is None or self._node >= len(statistics.known):
            return None
        row = statistics.row(self._node, self._output)
        return row if row is not None and row["defined"] != 0 else None

    def _shape(self, graph: GraphSnapshot) -> tuple[int, ...] | None:
        outputs = graph.node_outputs(self._node)
        return outputs[self._output].shape if self._output < len(outputs) else None

    def _shape_text(self, graph: GraphSnapshot) -> str:
        shape = self._shape(graph)
        return spaced_shape(shape) if shape is not None else ""

    def _elements(self, row: dict[str, float] | None, graph: GraphSnapshot) -> str:
        count = int(row["count"]) if row is not None else 0
        outputs = graph.node_outputs(self._node)
        if row is None or not 1 <= count <= 4 or self._output >= len(outputs):
            return ""
        values = [row[f"v{index}"] for index in range(count)]
        return written_out(values, outputs[self._output].shape, outputs[self._output].dtype)

    # -- what the user does

    def _choose_tab(self) -> None:
        self._forget()
        self._refresh()

    def _choose_output(self, output: int) -> None:
        self._output = output
        self._forget()
        self._refresh()

    def _choose_accumulated(self, index: int) -> None:
        self._accumulated = index == 1
        self._forget()
        self._refresh()

    def _choose_cut(self, cut: Cut) -> None:
        """The picture stands until the other one comes."""
        graph = self._graph()
        self._wish.look_at(cut)
        self._page().view.set_stale()
        if self._state is not None and self._state.life == "paused" and graph is not None:
            self._want(graph)

    def _enlarge(self) -> None:
        answer = self._wish.answer
        if answer is not None:
            self.enlargeRequested.emit(self._kind(), self._node, self._output, answer.cut)

    def _build(self) -> None:
        for name in TABS:
            self._tabs.addTab(name)
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setFont(font(13, QFont.Weight.Medium))
        self._tabs.setAccessibleName("What to look at")
        self._line.setFixedHeight(1)
        self.setMinimumWidth(NARROWEST)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        content, column = QWidget(), QVBoxLayout()
        content.setLayout(column)
        column.setContentsMargins(15, 12, 15, 15)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addSpacing(6)
        column.addWidget(self._tabs)
        column.addWidget(self._line)
        column.addSpacing(10)
        for part in (*self._pages(), self._why):
            column.addWidget(part)
        column.addSpacing(14)
        column.addWidget(self._flow)
        column.addStretch(1)
        empty, around = QWidget(), QVBoxLayout()
        empty.setLayout(around)
        around.setContentsMargins(24, 24, 24, 24)
        around.addWidget(self._empty)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        for page in (scrolled(content, "Inspector"), empty, scrolled(self._call_page, "Inspector")):
            self._stack.addWidget(page)

    def _connect(self) -> None:
        self._wish.requested.connect(self.tensorRequested)
        self._wish.overdue.connect(self._refresh)
        self._header.sourceRequested.connect(self.sourceRequested)
        self._header.outputRequested.connect(self._choose_output)
        self._tabs.currentChanged.connect(self._choose_tab)
        self._gradient.chosen.connect(self._choose_accumulated)
        self._flow.nodeRequested.connect(self.nodeRequested)
        self._call_page.nodeRequested.connect(self.nodeRequested)
        self._call_page.sourceRequested.connect(self.sourceRequested)
        self._why.sourceRequested.connect(self.sourceRequested)
        self._why.pathRequested.connect(self.pathRequested)
        for page in (self._gradient, self._value):
            page.view.cutRequested.connect(self._choose_cut)
            page.view.lookLiked.connect(self._wish.like)
            page.view.enlargeRequested.connect(self._enlarge)
            page.view.wholeRequested.connect(
                lambda path, cut: self.wholeRequested.emit(self._kind(), self._node, self._output, cut, path)
            )
