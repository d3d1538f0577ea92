"""The chosen module call, or part of a flat graph: the lines that made it, and the gradient of all that is inside."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gradscope.app.panels import small_table
from gradscope.app.panels.text_label import Badge, ElidedLabel, LinkButton, TextLabel
from gradscope.graph.call_facts import MOST_PLACES, call_facts, inner_rows, norm_inside

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.call_facts import CallFacts, Place
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

COLUMNS = ("name", "shape", "gradient")
OPENING = "Double click its card, or Ctrl+Return, to see it from inside."
NO_LINES = "Its lines are not known: this graph was captured in light level. Step one iteration to see them."
_TIPS = {
    "module": "A call of a module: what its forward did once",
    "part": "A stretch of operations that no module holds together; nobody called it, it is drawn as one to be seen",
}


class CallPage(QWidget):
    """Told a run's state and calls; tells the source line and the node that are asked for."""

    sourceRequested = Signal(str, int)
    nodeRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graph: GraphSnapshot | None = None
        self._calls: tuple[int, ...] = ()
        self._facts: CallFacts | None = None
        self._badge = Badge()
        self._title = ElidedLabel(18, "text", QFont.Weight.DemiBold, least=150)
        self._type = ElidedLabel(12, "muted", mono=True)
        self._links = [LinkButton() for _ in range(MOST_PLACES)]
        self._contents, self._norm = TextLabel(12, "muted"), TextLabel(13, "text", mono=True)
        self._words, self._more = TextLabel(12, "muted"), TextLabel(12, "muted")
        self._table = QTableWidget(0, len(COLUMNS))
        self._table.setHorizontalHeaderLabels(list(COLUMNS))
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        small_table.prepare(self._table, "Gradients inside", (150, 80, 110))
        self._table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        self._table.activated.connect(self._go)
        self._table.clicked.connect(self._go)
        for place, link in enumerate(self._links):
            link.clicked.connect(lambda _=False, at=place: self._follow(at))
        self._build()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for label in (self._badge, self._title, self._type, self._contents, self._norm, self._words, self._more):
            label.set_theme(theme)
        for link in self._links:
            link.set_theme(theme)
        self._table.setStyleSheet(small_table.sheet(theme))

    @property
    def shown(self) -> bool:
        """Whether there is a call to show."""
        return self._facts is not None

    def show_calls(self, state: RunState | None, graph: GraphSnapshot | None, calls: tuple[int, ...]) -> None:
        """Show these calls as one, with the gradients of this moment; nothing where there is none in this graph."""
        if state is None or graph is None or not calls or max(calls) >= len(graph.calls):
            self._graph, self._calls, self._facts = None, (), None
            return
        if graph is not self._graph or calls != self._calls:
            self._graph, self._calls, self._facts = graph, calls, call_facts(graph, calls)
            self._introduce(self._facts)
        if self._facts is not None:
            self._fill(state, graph, self._facts)

    def text(self) -> str:
        """All it says, a line for each node inside."""
        if self._facts is None:
            return ""
        labels = (self._badge, self._title, self._type, self._contents, self._words, self._norm)
        lines = [label.text() for label in labels if not label.isHidden() and label.text()]
        lines += [link.accessibleName() for link in self._links if not link.isHidden()]
        for row in range(self._table.rowCount()):
            items = [self._table.item(row, column) for column in range(len(COLUMNS))]
            lines.append("  ".join(item.text() for item in items if item is not None))
        return "\n".join(lines)

    def _introduce(self, facts: CallFacts) -> None:
        self._badge.wear(facts.sort, "accent", "accent_soft")
        self._badge.setToolTip(_TIPS[facts.sort])
        self._title.setText(facts.title)
        self._title.setToolTip(facts.title)
        self._type.setText(facts.type)
        for link, place in zip(self._links, facts.places, strict=False):
            link.show_link(_told(place))
            link.setToolTip(f"Show {place.file}, line {place.first}")
        for at, link in enumerate(self._links):
            link.setVisible(at < len(facts.places))
        self._contents.setText(facts.contents)
        self._words.setText(OPENING if facts.places else f"{NO_LINES} {OPENING}")

    def _fill(self, state: RunState, graph: GraphSnapshot, facts: CallFacts) -> None:
        norm = norm_inside(state, graph, facts)
        self._norm.setText(f"norm of all gradients inside  {norm}" if norm else "")
        self._norm.setVisible(bool(norm))
        rows = inner_rows(state, graph, facts)
        self._table.setVisible(bool(rows))
        self._table.setRowCount(len(rows))
        for at, row in enumerate(rows):
            for column, text in enumerate((row.name, row.shape, row.gradient.text)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self._table.setItem(at, column, item)
        left = len(facts.nodes) - len(rows)
        self._more.setText(f"and {left:,} more" if left else "")
        self._more.setVisible(bool(left))

    def _go(self, index: QModelIndex) -> None:
        if self._facts is not None and 0 <= index.row() < len(self._facts.nodes):
            self.nodeRequested.emit(self._facts.nodes[index.row()])

    def _follow(self, place: int) -> None:
        if self._facts is not None and place < len(self._facts.places):
            at = self._facts.places[place]
            self.sourceRequested.emit(at.file, at.first)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(15, 12, 15, 15)
        column.setSpacing(6)
        for part in (self._contents, self._words, self._norm):
            part.setWordWrap(True)
        for parts in ((self._badge,), (self._title, self._type)):
            line = QHBoxLayout()
            line.setSpacing(10)
            for part in parts:
                line.addWidget(part)
            line.addStretch(1)
            column.addLayout(line)
        for link in self._links:
            column.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._contents)
        column.addWidget(self._words)
        column.addSpacing(8)
        column.addWidget(self._norm)
        column.addWidget(self._table, 1)
        column.addWidget(self._more)


def _told(place: Place) -> str:
    lines = f"{place.first}" if place.first == place.last else f"{place.first} to {place.last}"
    where = f" in {place.function}" if place.function and place.function != "<module>" else ""
    return f"{PurePath(place.file).name}:{lines}{where}"
