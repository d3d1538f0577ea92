"""One selected node, shared by outline, canvas and inspector; and the tensors that the inspector asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.app.panels.inspector import InspectorPanel
    from gradscope.app.panels.outline import OutlinePanel
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.graph.tensor import TensorView
    from gradscope.graph.tensor_looks import Cut


class TensorSource(Protocol):
    """Where tensors are asked for."""

    def request_tensor(
        self,
        kind: str,
        node: int = -1,
        output: int = 0,
        *,
        plane: tuple[int, ...] = (),
        rows: int = 128,
        columns: int = 128,
        axes: tuple[int, ...] = (),
    ) -> int: ...


class SelectionController(QObject):
    """Moves the selection to all views at once, and follows the node where training is paused."""

    selected = Signal(int)  # node, -1: none
    visiting = Signal(bool)  # before the user goes to another node; whether by a step on the canvas
    visited = Signal()
    followChanged = Signal(bool)
    enlargeRequested = Signal(str, int, int, object)  # a tensor is wanted in a window: kind, node, output, cut
    wholeRequested = Signal(str, int, int, object, object)  # and all of it in a file: its path

    def __init__(
        self,
        outline: OutlinePanel,
        canvas: GraphCanvas,
        inspector: InspectorPanel,
        *,
        follow: bool,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._outline, self._canvas, self._inspector = outline, canvas, inspector
        self.follow = follow
        self.read_kept: Callable[[str, int, int, Cut], None] = lambda _kind, _node, _output, _cut: None
        self.tensor_source: Callable[[], TensorSource | None] = lambda: None
        self.reveal: Callable[[int], None] = lambda _node: None
        self.may_reveal: Callable[[int], bool] = lambda _node: True  # without being asked to, as when following
        self.aim: Callable[[], int] = lambda: -1  # the call that is chosen instead of a node
        self.light: Callable[[list[int]], None] = canvas.highlight
        self._path: list[int] = []
        self.node = -1
        self._state: RunState | None = None
        self._graph: GraphSnapshot | None = None
        self._halo: tuple[int, int, int] | None = None
        self._asked: dict[str, int] = {}
        outline.nodeSelected.connect(self._chosen_in_outline)
        outline.nodeActivated.connect(self.go_to)
        canvas.nodeSelected.connect(lambda node: self.visit(node, walking=True))
        inspector.nodeRequested.connect(self.go_to)
        inspector.tensorRequested.connect(self.request_tensor)
        inspector.pathRequested.connect(self.show_path)
        inspector.enlargeRequested.connect(self.enlargeRequested)
        inspector.wholeRequested.connect(self.wholeRequested)

    def set_state(self, state: RunState) -> None:
        """The state that is shown: another graph drops the selection, a pause at a node may take it."""
        before, self._state = self._graph, state
        self._graph = state.graph
        pause = state.pause
        halo = None
        if pause is not None and pause.point == "node" and state.life == "paused":
            halo = (pause.iteration, pause.pass_index, pause.node)
        followed = halo[2] if halo is not None and halo != self._halo and self.follow else None
        self._inspector.set_state(state, followed)
        self._outline.set_state(state)
        if self._graph is not before and not _same_nodes(before, self._graph):
            self._take(-1)
        if followed is not None:
            self._follow(followed)
        elif self.node < 0 and self._graph is not None and len(self._graph) and state.current_pass is not None:
            self._take(_root_of(self._graph))
        self._halo = halo

    def clear(self) -> None:
        """No run, no selection."""
        self._state = self._graph = self._halo = None
        self._asked.clear()
        self._take(-1)

    def select(self, node: int) -> None:
        """Select a node in all views."""
        if self._graph is None or not -1 <= node < len(self._graph):
            return
        if node != self.node:
            self._take(node)

    def visit(self, node: int, walking: bool = False) -> None:
        """Select a node as a place to come back to."""
        if node == self.node or node < 0:
            self.select(node)
            return
        self.visiting.emit(walking)
        self.select(node)
        self.visited.emit()

    def go_to(self, node: int) -> None:
        """Select a node and bring it into sight, opening the calls around it; a place to come back to."""
        self.visiting.emit(False)
        self._bring(node)
        self.visited.emit()

    def show_why(self) -> None:
        """Why the selected node has no gradient: the path to where it is lost, and the sentence beside it."""
        from gradscope.graph.why import why_no_gradient

        if self._state is None or self._graph is None or self.node < 0:
            return
        self._inspector.show_tab("Gradient")
        self.show_path(why_no_gradient(self._state, self._graph, self.node).path)

    def show_path(self, path: Iterable[int]) -> None:
        """Ring the nodes of a path, and bring it into sight as far as it goes."""
        nodes = [node for node in path if self._graph is not None and 0 <= node < len(self._graph)]
        for node in nodes:
            self.reveal(node)
        self._path = nodes
        self.light(nodes)
        for node in nodes[-1:] + nodes[:1]:
            self._canvas.ensure_visible(node)

    def put(self, node: int) -> None:
        """Select a node, or none, and nothing more."""
        if self._graph is not None and -1 <= node < len(self._graph):
            self._take(node)

    def select_halo(self) -> None:
        """The node where training is paused."""
        if self._halo is not None:
            self.go_to(self._halo[2])

    def toggle_follow(self) -> None:
        """Follow the paused node, or stay where the user is."""
        self.follow = not self.follow
        self.followChanged.emit(self.follow)
        if self.follow and self._halo is not None:
            self._follow(self._halo[2])

    def look_again(self) -> None:
        """Something was changed: the tensor on show is asked for anew."""
        self._asked.clear()
        self._inspector.ask_again()

    def copy_name(self) -> None:
        """The name of the chosen call, or the selected node's name or title, to the clipboard."""
        graph, call = self._graph, self.aim()
        if graph is not None and call >= 0:
            QGuiApplication.clipboard().setText(graph.calls[call].label)
        elif graph is not None and self.node >= 0:
            QGuiApplication.clipboard().setText(graph.text(self.node, "name") or graph.text(self.node, "title"))

    def request_tensor(self, kind: str, node: int, output: int, cut: Cut) -> None:
        """Ask the paused process; what comes for an older request is passed over."""
        source = self.tensor_source()
        if source is None or self._state is None or self._state.life != "paused":
            self.read_kept(kind, node, output, cut)
            return
        self._asked[kind] = source.request_tensor(
            kind, node, output, plane=cut.plane, rows=cut.side, columns=cut.side, axes=cut.axes
        )

    def kept_known(self, is_kept: Callable[[str, int, int], bool]) -> None:
        """Which tensors of the moment that is shown are in the recording."""
        self._inspector.is_kept = is_kept
        self._inspector.ask_again()

    def kept_read(self, kind: str, node: int, view: TensorView) -> None:
        """One of them was read; passed over where another node is selected by now."""
        if node == self.node:
            self._inspector.set_tensor(kind, view)

    def tensor_told(self, message: Any) -> None:
        """The answer to a request."""
        from gradscope.graph.tensor import TensorView

        for kind, request in self._asked.items():
            if request == message.request:
                self._inspector.set_tensor(kind, TensorView.from_message(message))

    def _chosen_in_outline(self, node: int) -> None:
        self.visit(node)
        self._canvas.ensure_visible(node)

    def _follow(self, node: int) -> None:
        """Where training is held; what the user has narrowed the view to stays."""
        if self.may_reveal(node):
            self._bring(node)
        else:
            self.select(node)

    def _bring(self, node: int) -> None:
        self.select(node)
        if self.node == node >= 0:
            self.reveal(node)
            self._canvas.select(node)
            self._canvas.ensure_visible(node)

    def _take(self, node: int) -> None:
        self.node = node
        if self._path and node not in self._path:
            self._path = []
            self.light([])
        self._asked.clear()
        self._outline.select(node)
        self._canvas.select(node)
        self._inspector.set_node(node)
        self.selected.emit(node)


def _same_nodes(before: GraphSnapshot | None, after: GraphSnapshot | None) -> bool:
    """Node ids mean the same in both; a partial graph only grows into the next one."""
    if before is None or after is None:
        return False
    return before.fingerprint == after.fingerprint or (before.partial and after.partial and len(before) <= len(after))


def _root_of(graph: GraphSnapshot) -> int:
    """The root, which is what one looks at first; else nothing."""
    from gradscope.graph.snapshot import Role

    roots = (graph.nodes["role"] == Role.ROOT).nonzero()[0]
    return int(roots[0]) if len(roots) else -1
