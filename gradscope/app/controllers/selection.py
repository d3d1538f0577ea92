"""One selected node, shared by outline, canvas and inspector; and the tensors that the inspector asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.app.panels.inspector import InspectorPanel
    from gradscope.app.panels.outline import OutlinePanel
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState


class TensorSource(Protocol):
    """Where tensors are asked for."""

    def request_tensor(
        self, kind: str, node: int = -1, output: int = 0, name: str = "", plane: tuple[int, ...] = ()
    ) -> int: ...


class SelectionController(QObject):
    """Moves the selection to all views at once, and follows the node where training is paused."""

    selected = Signal(int)  # node, -1: none
    followChanged = Signal(bool)

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
        self.tensor_source: Callable[[], TensorSource | None] = lambda: None
        self.reveal: Callable[[int], None] = lambda _node: None
        self.node = -1
        self._state: RunState | None = None
        self._graph: GraphSnapshot | None = None
        self._halo: tuple[int, int, int] | None = None
        self._asked: dict[str, int] = {}
        outline.nodeSelected.connect(self.select)
        outline.nodeActivated.connect(self.go_to)
        outline.callSelected.connect(canvas.select_call)
        canvas.nodeSelected.connect(self.select)
        inspector.nodeRequested.connect(self.go_to)
        inspector.tensorRequested.connect(self.request_tensor)

    def set_state(self, state: RunState) -> None:
        """The state that is shown: another graph drops the selection, a pause at a node may take it."""
        before, self._state = self._graph, state
        self._graph = state.graph
        self._inspector.set_state(state)
        self._outline.set_state(state)
        if self._graph is not before and not _same_nodes(before, self._graph):
            self._take(-1)
        pause = state.pause
        halo = None
        if pause is not None and pause.point == "node" and state.life == "paused":
            halo = (pause.iteration, pause.pass_index, pause.node)
        if halo is not None and halo != self._halo and self.follow:
            self.go_to(halo[2])
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

    def go_to(self, node: int) -> None:
        """Select a node and bring it into sight, opening the calls around it."""
        self.select(node)
        if self.node == node >= 0:
            self.reveal(node)
            self._canvas.select(node)
            self._canvas.ensure_visible(node)

    def select_halo(self) -> None:
        """The node where training is paused."""
        if self._halo is not None:
            self.go_to(self._halo[2])

    def toggle_follow(self) -> None:
        """Follow the paused node, or stay where the user is."""
        self.follow = not self.follow
        self.followChanged.emit(self.follow)
        if self.follow:
            self.select_halo()

    def find(self) -> None:
        """The outline's search field."""
        self._outline.focus_search()

    def copy_name(self) -> None:
        """The selected node's name, or its title, to the clipboard."""
        if self._graph is not None and self.node >= 0:
            graph = self._graph
            QGuiApplication.clipboard().setText(graph.text(self.node, "name") or graph.text(self.node, "title"))

    def request_tensor(self, kind: str, node: int, output: int, plane: object) -> None:
        """Ask the paused process; what comes for an older request is passed over."""
        source = self.tensor_source()
        if source is None or self._state is None or self._state.life != "paused":
            return
        indices = tuple(plane) if isinstance(plane, (tuple, list)) else ()
        self._asked[kind] = source.request_tensor(kind, node=node, output=output, plane=indices)

    def tensor_told(self, message: Any) -> None:
        """The answer to a request."""
        from gradscope.graph.tensor import TensorView

        for kind, request in self._asked.items():
            if request == message.request:
                self._inspector.set_tensor(kind, TensorView.from_message(message))

    def _take(self, node: int) -> None:
        self.node = node
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
