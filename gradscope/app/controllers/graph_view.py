"""From a run state to what the canvas draws: which calls are open, where items stand, and what each step changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.background import Background
    from gradscope.app.canvas.marks import HeatMode
    from gradscope.app.canvas.pane import CanvasPane
    from gradscope.app.canvas.scene import Scene
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.graph.visible import VisibleGraph
    from gradscope.layout.client import LayoutClient
    from gradscope.layout.geometry import Layout

Anchor = tuple[Literal["node", "call"], int] | None
FOLDS_KEPT = 16


class GraphViewController(QObject):
    """Owns the fold state of each graph; asks for layouts and takes only the newest."""

    foldChanged = Signal(object)  # FoldState
    sceneShown = Signal()

    def __init__(
        self,
        pane: CanvasPane,
        layouts: LayoutClient,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._pane, self._canvas = pane, pane.canvas
        self._layouts, self._background = layouts, background
        self.selected: Callable[[], int] = lambda: -1
        self._state: RunState | None = None
        self._graph: GraphSnapshot | None = None
        self._fold: FoldState | None = None
        self._first: FoldState | None = None  # what the graph was opened to at first sight
        self._folds: dict[str, tuple[FoldState, FoldState | None]] = {}  # with what each was at first sight
        self._scene: Scene | None = None
        self._heat: HeatMode = "gradient"
        self._ticket = 0
        self._running: Any = None
        self._bring = -1
        self._call = -1
        self._canvas.callSelected.connect(self.aim_at)
        self._canvas.nodeSelected.connect(lambda _node: self.aim_at(-1))
        self._canvas.callToggleRequested.connect(self.toggle_call)
        pane.heatRequested.connect(self.set_heat)
        pane.crumbRequested.connect(lambda _level: self._canvas.fit())
        pane.set_heat(self._heat)

    @property
    def scene(self) -> Scene | None:
        """What is drawn."""
        return self._scene

    @property
    def settled(self) -> bool:
        """Whether the scene of the newest graph and fold stands."""
        return self._running is None

    def set_state(self, state: RunState) -> None:
        """The state that is shown."""
        self._state = state
        graph = state.graph
        if graph is not None and len(graph) == 0:
            graph = None
        if graph is not self._graph:
            self._take_graph(graph)
        self._mark()

    def clear(self) -> None:
        """No run: an empty canvas."""
        self._state = self._graph = self._fold = self._first = self._scene = None
        self._folds.clear()
        self._ticket += 1
        self._running = None
        self._canvas.set_scene(None)
        self._pane.set_breadcrumb(())

    # -- orders of the user

    def toggle_call(self, call: int) -> None:
        """Open or close a call, its header staying where it is."""
        if self._fold is not None:
            self._refold(self._fold.toggled(call), ("call", call))

    def aim_at(self, call: int) -> None:
        """The call that is meant from now on; -1: the one around the selected node."""
        self._call = call

    def toggle_selected(self) -> None:
        """Open or close the selected call, or the one around the selected node."""
        if self._call >= 0:
            self.toggle_call(self._call)
            return
        node = self.selected()
        if self._graph is not None and 0 <= node < len(self._graph):
            call = int(self._graph.nodes["call"][node])
            if call >= 0:
                self.toggle_call(call)

    def reveal(self, node: int) -> None:
        """Open what hides a node, and bring it into sight when it stands."""
        from gradscope.graph.fold import revealing

        if self._graph is None or self._fold is None or not 0 <= node < len(self._graph):
            return
        opened = revealing(self._graph, self._fold, node)
        if opened != self._fold:
            self._bring = node
            self._refold(opened, None)

    def open_all(self) -> None:
        """Show every node."""
        if self._fold is not None:
            self._refold(self._fold.all_open(), None)

    def fold_to_fit(self) -> None:
        """Close calls until the graph fits the screen."""
        if self._graph is not None:
            self._first = self._first_sight(self._graph)
            self._refold(self._first, None, fit=True)

    def toggle_inputs(self) -> None:
        """Show or hide what takes no gradient."""
        from dataclasses import replace

        if self._fold is not None:
            shown = not self._fold.inputs
            self._refold(replace(self._fold, inputs=shown, untracked=shown), None)

    def toggle_bookkeeping(self) -> None:
        """Bookkeeping nodes as chips or as cards."""
        from dataclasses import replace

        if self._fold is not None:
            self._refold(replace(self._fold, chips=not self._fold.chips), None)

    def set_heat(self, mode: HeatMode) -> None:
        """What colours the cards."""
        self._heat = mode
        self._pane.set_heat(mode)
        self._mark()

    def fit(self) -> None:
        """The whole graph."""
        self._canvas.fit()

    def fit_selection(self) -> None:
        """The selected node."""
        self._canvas.fit_selection()

    def zoom_in(self) -> None:
        """Nearer."""
        self._canvas.zoom_by(1.25)

    def zoom_out(self) -> None:
        """Farther."""
        self._canvas.zoom_by(0.8)

    # -- from graph to scene

    def _take_graph(self, graph: GraphSnapshot | None) -> None:
        from gradscope.graph.fold import breadcrumb, transferred

        old, self._graph = self._graph, graph
        if graph is None:
            self._fold = self._first = self._scene = None
            self._ticket += 1
            self._running = None
            self._canvas.set_scene(None)
            self._pane.set_breadcrumb(())
            return
        known = None if graph.partial else self._folds.get(graph.fingerprint)
        if known is not None:
            self._fold, self._first = known
        else:
            before, self._first = self._first, self._first_sight(graph)
            if old is not None and self._fold is not None and before is not None:
                self._fold = transferred(self._fold, old, graph, (before, self._first))
            else:
                self._fold = self._first
        self._pane.set_breadcrumb(breadcrumb(graph, self._fold))
        self._remember()
        self._lay_out(None, fit=False)

    def _first_sight(self, graph: GraphSnapshot) -> FoldState:
        from gradscope.layout.first_sight import first_sight

        return first_sight(graph, self._canvas.room)

    def _refold(self, fold: FoldState, anchor: Anchor, *, fit: bool = False) -> None:
        from gradscope.graph.fold import breadcrumb

        if self._graph is None or fold == self._fold:
            return
        self._fold = fold
        self._remember()
        self._pane.set_breadcrumb(breadcrumb(self._graph, fold))
        self._lay_out(anchor, fit=fit)

    def _remember(self) -> None:
        graph, fold = self._graph, self._fold
        if graph is None or fold is None:
            return
        if not graph.partial:
            self._folds.pop(graph.fingerprint, None)
            self._folds[graph.fingerprint] = (fold, self._first)
            while len(self._folds) > FOLDS_KEPT:
                del self._folds[next(iter(self._folds))]
        self.foldChanged.emit(fold)

    def _lay_out(self, anchor: Anchor, *, fit: bool) -> None:
        from gradscope.graph.fold import visible_graph
        from gradscope.layout.engine import LayoutRequest
        from gradscope.layout.sizes import item_sizes

        graph, fold = self._graph, self._fold
        if graph is None or fold is None:
            return
        visible = visible_graph(graph, fold)
        sizes, room = item_sizes(graph, visible), self._canvas.room
        request = LayoutRequest(sizes, visible.source, visible.target, visible.parent, room=room)
        self._ticket += 1
        ticket = self._ticket

        def laid(layout: Layout) -> None:
            self._background.post(lambda: self._stand(ticket, graph, visible, layout, anchor, fit))

        if self._running is not None:
            self._layouts.cancel(self._running)
        self._running = self._layouts.submit(request, laid)

    def _stand(
        self,
        ticket: int,
        graph: GraphSnapshot,
        visible: VisibleGraph,
        layout: Layout,
        anchor: Anchor,
        fit: bool,
    ) -> None:
        from gradscope.app.canvas.scene import build_scene

        if ticket != self._ticket:
            return
        self._running = None
        self._scene = build_scene(graph, visible, layout)
        self._canvas.set_scene(self._scene, anchor_item=anchor)
        self._mark()
        self._canvas.select(self.selected())
        if fit:
            self._canvas.fit()
        if self._bring >= 0:
            self._canvas.ensure_visible(self._bring)
            self._bring = -1
        self.sceneShown.emit()

    def _mark(self) -> None:
        from gradscope.app.canvas.marks import build_marks

        scene, state = self._scene, self._state
        if scene is not None and state is not None and state.graph is scene.graph:
            self._canvas.set_marks(build_marks(state, scene.graph, scene.visible, self._heat))
