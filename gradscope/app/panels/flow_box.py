"""The chain rule at one node, as a short text on a soft ground whose lines lead to the nodes they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from gradscope.app.panels.text_label import NameLabel, TextLabel
from gradscope.graph import flow

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from gradscope.app.theme import Theme
    from gradscope.graph.flow import Sent
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState


class FlowLine(NameLabel):
    """One gradient sent; a click or Enter leads to where it goes."""

    chosen = Signal(int)

    def __init__(self, told: Sent, parent: QWidget | None = None) -> None:
        super().__init__(12, "text" if told.tracked else "muted", mono=told.tracked, parent=parent)
        self._node = told.node
        self.setText(told.text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(f"{told.text}\nClick to go there")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lead there."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self._node)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Lead there by keyboard."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(self._node)
        else:
            super().keyPressEvent(event)


class FlowBox(QFrame):
    """Tells ``nodeRequested`` when one of its lines is followed."""

    nodeRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("flowBox")
        self._theme: Theme | None = None
        self._of: tuple[GraphSnapshot | None, int] = (None, -1)
        self._headline = NameLabel(12, "text", QFont.Weight.DemiBold)
        self._lines: list[TextLabel] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 10, 8, 10)
        self._column.setSpacing(4)
        self._column.addWidget(self._headline)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.setStyleSheet(f"#flowBox {{ background: {theme.accent_soft}; border: none; border-radius: 8px; }}")
        for label in (self._headline, *self._lines):
            label.set_theme(theme)

    def show_node(self, state: RunState, graph: GraphSnapshot, node: int) -> None:
        """Say what this node does with its gradient; hidden where none flows."""
        headline = flow.headline(state, graph, node)
        self.setVisible(bool(headline))
        self._headline.setText(headline)
        if headline and self._of != (graph, node):
            self._of = (graph, node)
            self._fill(flow.sent(graph, node))

    def _fill(self, told: list[Sent]) -> None:
        for label in self._lines:
            self._column.removeWidget(label)
            label.deleteLater()
        self._lines = [self._line(sent) for sent in told[: flow.MOST_LINES]]
        if len(told) > flow.MOST_LINES:
            rest = TextLabel(12, "muted")
            rest.setText(f"and to {len(told) - flow.MOST_LINES} more")
            self._lines.append(rest)
        for label in self._lines:
            self._column.addWidget(label)
            if self._theme is not None:
                label.set_theme(self._theme)

    def text(self) -> str:
        """All lines, as shown."""
        return "\n".join(label.text() for label in (self._headline, *self._lines))

    def _line(self, told: Sent) -> FlowLine:
        line = FlowLine(told)
        line.chosen.connect(self.nodeRequested)
        return line
