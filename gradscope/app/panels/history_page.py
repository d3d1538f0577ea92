"""The tab that shows how a node's gradient went over the iterations, or says why there is nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gradscope.app.panels.norm_history import NormHistory, NormSeries
from gradscope.app.panels.text_label import TextLabel
from gradscope.graph.snapshot import Kind

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

NO_HISTORY = "No gradient has passed here yet. Its norms will stand here, pass after pass."
NO_ITERATION = "The curve begins when the first iteration has ended."


class HistoryPage(QWidget):
    """Told the run's state, a graph and a node."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._series: tuple[int, NormSeries] | None = None
        self._curve = NormHistory()
        self._words = TextLabel(12, "muted")
        self._words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._curve)
        column.addWidget(self._words)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._curve.set_theme(theme)
        self._words.set_theme(theme)

    def show_node(self, state: RunState, graph: GraphSnapshot, node: int) -> None:
        """The curve of a parameter over all iterations, of any other node over the passes of late."""
        name = graph.text(node, "name") if graph.kind(node) == Kind.LEAF else ""
        known = [p.index for p in state.parameters if name and (name == p.name or name in p.aliases)]
        series = None if known else state.node_history.series(node, graph, state.graphs)
        drawn = len(state.history) > 0 if series is None else len(series[0]) > 0
        if known and len(state.history):
            if self._series is None or self._series[0] != known[0]:
                self._series = (known[0], NormSeries(known[0]))
            self._series[1].follow(state.history)
            self._curve.set_series(*self._series[1].columns())
        elif series is not None and drawn:
            self._curve.set_series(*series)
        else:
            self._words.setText(NO_ITERATION if known else NO_HISTORY)
        self._curve.setVisible(drawn)
        self._words.setVisible(self._curve.isHidden())

    def text(self) -> str:
        """What it says, or the curve in words."""
        return self._words.text() if self._curve.isHidden() else self._curve.accessibleDescription()
