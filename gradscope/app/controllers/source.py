"""The user's source beside the graph: the line where training stands, and the lines that made nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.app.panels.source import SourcePanel
    from gradscope.graph.snapshot import GraphSnapshot, Source
    from gradscope.graph.state import RunState


class SourceController(QObject):
    """Hovering a line lights its nodes, hovering a node lights its line, a pause shows its line."""

    def __init__(self, panel: SourcePanel, canvas: GraphCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self.go_to_line: Callable[[], None] = lambda: None
        self.select: Callable[[int], None] = lambda _node: None
        self.selected: Callable[[], int] = lambda: -1
        self.light: Callable[[list[int]], None] = canvas.highlight
        self._graph: GraphSnapshot | None = None
        self._nodes: dict[tuple[str, int], list[int]] = {}
        self._file = ""
        self._hovered = -1
        self._running: tuple[str, int, str] | None = None
        panel.lineHovered.connect(self._line_hovered)
        panel.lineActivated.connect(self._line_activated)
        canvas.nodeHovered.connect(self._node_hovered)

    def show_file(self, path: str) -> None:
        """Show a file, as the script is shown before it stands anywhere."""
        if path and path != self._file:
            self._file = path
            self._panel.show_file(path)

    def set_state(self, state: RunState) -> None:
        """The running line of a pause, and which lines made nodes."""
        if state.graph is not self._graph:
            self._graph = state.graph
            self._nodes = _nodes_by_line(self._graph)
            self._hovered = -1
        self.mark()
        frames = state.pause.frames if state.pause is not None else ()
        if not frames and state.ending is not None and state.ending.error:
            frames = state.ending.frames  # where the exception came from
        frame = frames[0] if frames else None
        running = (frame.file, frame.line, frame.function) if frame is not None else None
        if running == self._running:
            return
        self._running = running
        if running is not None:
            self.show_file(running[0])
            self._panel.set_running(*running)
            self.mark()
        else:
            self._panel.set_running("", -1, "")

    def clear(self) -> None:
        """No run: nothing runs, nothing is marked."""
        self._graph, self._nodes, self._running, self._file = None, {}, None, ""
        self._panel.set_running("", -1, "")
        self._panel.set_marked(())
        self._panel.show_file("")

    def go_to_node(self) -> None:
        """Show the line that made the selected node."""
        source = self._source_of(self.selected())
        if source is not None:
            self.go_to_source(source.file, source.line)

    def go_to_source(self, file: str, line: int) -> None:
        """Show a line of a file."""
        self.show_file(file)
        self.mark()
        self._panel.show_line(line)
        self.go_to_line()

    def mark(self) -> None:
        """Mark the line of the node under the pointer, else of the selected one, where it is in the file shown."""
        node = self._hovered if self._hovered >= 0 else self.selected()
        source = self._source_of(node)
        self._panel.set_marked([source.line] if source is not None and source.file == self._file else [])

    def _line_hovered(self, file: str, line: int) -> None:
        self.light(self._nodes.get((file, line), []))

    def _line_activated(self, file: str, line: int) -> None:
        nodes = self._nodes.get((file, line), [])
        if nodes:
            self.select(nodes[-1])

    def _node_hovered(self, node: int) -> None:
        if node != self._hovered:
            self._hovered = node
            self.mark()

    def _source_of(self, node: int) -> Source | None:
        return self._graph.source(node) if self._graph is not None and 0 <= node < len(self._graph) else None


def _nodes_by_line(graph: GraphSnapshot | None) -> dict[tuple[str, int], list[int]]:
    """Nodes by file and line, only those that know theirs."""
    nodes: dict[tuple[str, int], list[int]] = {}
    if graph is None:
        return nodes
    columns = zip(graph.nodes["file"].tolist(), graph.nodes["line"].tolist(), strict=True)
    for node, (file, line) in enumerate(columns):
        if file >= 0 and line > 0:
            nodes.setdefault((graph.strings[file], line), []).append(node)
    return nodes
