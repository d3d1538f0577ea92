"""Finding nodes: what was typed becomes hits, all marked on the canvas, and one after another is gone to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gradscope.graph.order import forward_rank
from gradscope.graph.search import Query, QueryError, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.app.panels.search_bar import SearchBar
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState


class FindController(QObject):
    """Keeps the hits in the order of the forward; they follow the figures while training goes on."""

    def __init__(self, bar: SearchBar, canvas: GraphCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar, self._canvas = bar, canvas
        self.node: Callable[[], int] = lambda: -1
        self.go_to: Callable[[int], None] = lambda _node: None
        self.hits: list[int] = []
        self._query: Query = Query()
        self._state: RunState | None = None
        self._graph: GraphSnapshot | None = None
        self._line: list[int] = []
        bar.queryChanged.connect(self._read)
        bar.nextRequested.connect(self.next)
        bar.previousRequested.connect(self.previous)
        bar.closed.connect(self._closed)

    def open(self) -> None:
        """Show the bar with what was looked for last."""
        self._bar.open()
        self._read(self._bar.text())

    def next(self) -> None:
        """To the next hit in the order of the forward, after the last one to the first."""
        self._step(1)

    def previous(self) -> None:
        """To the hit before."""
        self._step(-1)

    def set_state(self, state: RunState) -> None:
        """The state that is shown."""
        known, self._state, self._graph = self._graph, state, state.graph
        if self._bar.is_open and (self._graph is not known or self._query.live):
            self._find()

    def set_selected(self, _node: int) -> None:
        """Another node is selected: which of the hits is it?"""
        if self._bar.is_open:
            self._tell()

    def light(self, nodes: Iterable[int]) -> None:
        """Mark the nodes of a source line for as long as it is pointed at; without any the hits are marked again."""
        self._line = list(nodes)
        self._canvas.highlight(self._line or self.hits)

    def clear(self) -> None:
        """No run."""
        self._state = self._graph = None
        self._bar.close_bar()

    def _read(self, text: str) -> None:
        try:
            self._query = parse(text)
        except QueryError as error:
            self._query = Query()
            self._find()
            self._bar.set_mistake(str(error))
            return
        self._find()

    def _find(self) -> None:
        graph, before = self._graph, self.hits
        if graph is None or not self._query.terms:
            self.hits = []
        else:
            found = self._query.find(graph, self._state).nonzero()[0]
            self.hits = found[forward_rank(graph)[found].argsort()].tolist()
        if self.hits != before and not self._line:
            self._canvas.highlight(self.hits)
        self._tell()

    def _tell(self) -> None:
        if not self._query.terms:
            self._bar.set_found(None)
            return
        node = self.node()
        self._bar.set_found(len(self.hits), self.hits.index(node) + 1 if node in self.hits else 0)

    def _step(self, step: int) -> None:
        if not self._bar.is_open:
            self.open()
        if not self.hits:
            return
        node = self.node()
        known = node in self.hits
        number = (self.hits.index(node) + step) % len(self.hits) if known else self._nearest(node, step)
        self.go_to(self.hits[number])
        self._tell()

    def _nearest(self, node: int, step: int) -> int:
        """The first hit behind a node that is none, in the direction of the step."""
        if self._graph is None or not 0 <= node < len(self._graph):
            return 0 if step > 0 else -1
        rank = forward_rank(self._graph)
        later = int((rank[self.hits] > rank[node]).argmax())  # 0, the first of all, where none is behind it
        return later if step > 0 else later - 1

    def _closed(self) -> None:
        self.hits = []
        self._canvas.highlight(self._line)
        self._canvas.setFocus()
