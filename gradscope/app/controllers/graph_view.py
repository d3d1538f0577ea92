"""From a run state to what the canvas draws: which calls are open, where items stand, and what each step changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from gradscope.graph.heat import HeatChoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.background import Background
    from gradscope.app.canvas.pane import CanvasPane
    from gradscope.app.canvas.scene import Scene
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.layout.client import LayoutClient
    from gradscope.layout.engine import Direction
    from gradscope.layout.geometry import Layout

Anchor = tuple[Literal["node", "call"], int] | None
Where = tuple[float, float, float] | None  # the scene point in the middle of the view, and the zoom
FOLDS_KEPT = 16
SLOW_MS = 300  # a layout that takes longer says so
LOOK_ZOOM = 0.8  # where all rows of a card are drawn


class GraphViewController(QObject):
    """Owns the fold state of each graph; asks for layouts and takes only the newest."""

    foldChanged = Signal(object)  # FoldState
    aimed = Signal()
    sceneShown = Signal()
    directionChanged = Signal(bool)  # whether the flow goes to the right

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
        self.heat: Callable[[], HeatChoice] = HeatChoice
        self.narrowed: Callable[[], tuple[str, ...]] = lambda: ()  # what the view is narrowed to, in words
        self._showing: FoldState | None = None
        self._state: RunState | None = None
        self._graph: GraphSnapshot | None = None
        self._fold: FoldState | None = None
        self._first: FoldState | None = None  # what the graph was opened to at first sight
        self._folds: dict[str, tuple[FoldState, FoldState | None]] = {}  # with what each was at first sight
        self._scene: Scene | None = None
        self._direction: Direction = "down"
        self._ticket = 0
        self._running: Any = None
        self._stood: FoldState | None = None  # the fold of the scene that is drawn
        self._asked = 0  # items of the layout under way
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._say_slow)
        pane.arranging.pressed.connect(self.cancel)
        self._bring = self._near = -1
        self._call = -1
        self._canvas.callSelected.connect(self.aim_at)
        self._canvas.nodeSelected.connect(lambda _node: self.aim_at(-1))

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
        self.mark()

    def clear(self) -> None:
        """No run: an empty canvas."""
        self._state = self._graph = self._fold = self._first = self._scene = None
        self._folds.clear()
        self._ticket += 1
        self._rest()
        self._canvas.set_scene(None)
        self._pane.set_breadcrumb(())

    # -- what is meant, and how much of it is shown

    @property
    def graph(self) -> GraphSnapshot | None:
        """What the canvas shows, or is about to."""
        return self._graph

    @property
    def fold(self) -> FoldState | None:
        """What of the graph is open and shown."""
        return self._fold

    @property
    def crumbs(self) -> tuple[str, ...]:
        """Names of the calls around everything, the outermost first."""
        from gradscope.graph.fold import breadcrumb

        return breadcrumb(self._graph, self._fold) if self._graph is not None and self._fold is not None else ()

    @property
    def aim(self) -> int:
        """The call that was chosen last; -1 while it is a node."""
        return self._call

    @property
    def aimed_calls(self) -> tuple[int, ...]:
        """That call, with those that its card stands for."""
        scene, call = self._scene, self._call
        item = scene.item_of(("call", call)) if scene is not None and call >= 0 else -1
        together = tuple(scene.visible.calls_of(item)) if scene is not None and item >= 0 else ()
        return together if call in together else (call,) if call >= 0 else ()

    def aim_at(self, call: int) -> None:
        """The call that is meant from now on; -1: the one around the selected node."""
        if call != self._call or call >= 0:
            self._call = call
            self.aimed.emit()

    def target_call(self) -> int:
        """The call that an order means: the chosen one, the closed one that holds the selected node, or its own."""
        from gradscope.graph.calltree import call_tree

        graph, scene, node = self._graph, self._scene, self.selected()
        if self._call >= 0 or graph is None or not 0 <= node < len(graph):
            return self._call
        if scene is not None and scene.graph is graph:
            item = scene.item_of(("node", node))
            if item >= 0 and scene.visible.call[item] >= 0:
                return int(scene.visible.call[item])
        tree = call_tree(graph)
        home = int(tree.home[node])
        home = tree.parent[home] if home in tree.bare else home
        return -1 if self._fold is not None and home in self._fold.frame else home

    def select_call(self, call: int) -> None:
        """Choose a call, open what is around it, and bring it into sight."""
        if self._graph is None or self._fold is None or not 0 <= call < len(self._graph.calls):
            return
        self.aim_at(call)
        self._canvas.select_call(call)
        self.refold(self._fold.revealed(call), ("call", call))
        self._canvas.ensure_call_visible(call)

    def reveal(self, node: int) -> None:
        """Open what hides a node, and bring it into sight when it stands."""
        from gradscope.graph.fold import revealing

        if self._graph is None or self._fold is None or not 0 <= node < len(self._graph):
            return
        opened = revealing(self._graph, self._fold, node)
        if opened != self._fold:
            self._bring = node
            self.refold(opened)

    def look_at(self, node: int) -> None:
        """Bring a node so near that it can be read, as soon as it stands."""
        self._near = node
        if self.settled:
            self._come_near()

    def refold(self, fold: FoldState, anchor: Anchor = None, *, fit: bool = False, camera: Where = None) -> None:
        """Show other parts of the graph: the anchor stays in its place, or the view is fitted, or put over a point."""
        if self._graph is None:
            return
        if fold == self._fold:
            if camera is not None:
                self._canvas.set_view(*camera)
            return
        self._fold = fold
        self._remember()
        self._tell_crumbs()
        self._lay_out(anchor, fit=fit, camera=camera)

    def fold_to_fit(self) -> None:
        """Open as much as can be read on the canvas as large as it is now."""
        if self._graph is not None and self._fold is not None:
            self._first = self._first_sight(self._graph)
            self.refold(replace(self._fold, open=self._first.open, gathered=self._first.gathered), fit=True)

    def show_kinds(self, like: FoldState) -> None:
        """Show chips, inputs, untracked operations and leaves as ``like`` does, here and in every other graph."""
        self._showing = like
        if self._fold is not None:
            self.refold(self._fold.showing_as(like))

    def cancel(self) -> None:
        """Give up a layout that takes long: the picture stays as it is drawn."""
        if self._running is None or not self._can_cancel() or self._scene is None:
            return
        self._layouts.cancel(self._running)
        self._ticket += 1
        self._rest()
        self._fold = self._stood
        self._remember()
        self._tell_crumbs()
        if self._direction != self._scene.direction:
            self._direction = self._scene.direction
            self.directionChanged.emit(self._direction == "right")

    # -- looking

    def set_flow_right(self, on: bool) -> None:
        """Lay the forward out from left to right, or downwards."""
        if on != (self._direction == "right"):
            self._direction = "right" if on else "down"
            self.directionChanged.emit(on)
            self._lay_out(None, fit=True)

    def turn(self) -> None:
        """The other way of the flow."""
        self.set_flow_right(self._direction == "down")

    def toggle_map(self) -> None:
        """The map of the graph in its corner, or a button there."""
        self._pane.corners.toggle_map()

    def fit(self) -> None:
        """The whole graph."""
        self._canvas.fit()

    def fit_selection(self) -> None:
        """The selected node."""
        self._canvas.fit_selection()

    def actual_size(self) -> None:
        """One scene pixel for one of the screen."""
        self._canvas.zoom_by(1 / self._canvas.camera.zoom)

    def zoom_in(self) -> None:
        """Nearer."""
        self._canvas.zoom_by(1.25)

    def zoom_out(self) -> None:
        """Farther."""
        self._canvas.zoom_by(0.8)

    # -- from graph to scene

    def _take_graph(self, graph: GraphSnapshot | None) -> None:
        from gradscope.graph.fold import transferred

        old, self._graph = self._graph, graph
        if graph is None:
            self._fold = self._first = self._scene = None
            self._ticket += 1
            self._rest()
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
        if self._showing is not None:
            self._fold = self._fold.showing_as(self._showing)
        self.aim_at(-1)
        self._remember()
        self._tell_crumbs()
        self._lay_out(None, fit=False)

    def _first_sight(self, graph: GraphSnapshot) -> FoldState:
        from gradscope.layout.first_sight import first_sight

        return first_sight(graph, self._canvas.room, self._direction)

    def _tell_crumbs(self) -> None:
        if self._graph is not None:
            self._pane.set_breadcrumb(self.crumbs, self.narrowed())

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

    def _lay_out(self, anchor: Anchor, *, fit: bool, camera: Where = None) -> None:
        from gradscope.app.canvas.scene import build_scene
        from gradscope.graph.fold import visible_graph
        from gradscope.layout.engine import LayoutRequest
        from gradscope.layout.sizes import item_sizes

        graph, fold = self._graph, self._fold
        if graph is None or fold is None:
            return
        visible = visible_graph(graph, fold)
        sizes, room = item_sizes(graph, visible), self._canvas.room
        direction = self._direction
        request = LayoutRequest(sizes, visible.source, visible.target, visible.parent, direction, room)
        self._ticket += 1
        ticket = self._ticket

        def placed(layout: Layout) -> None:
            if ticket == self._ticket:
                self._stood = fold
                self._stand(build_scene(graph, visible, layout, direction), anchor, fit, camera)

        def laid(layout: Layout) -> None:
            self._background.post(lambda: placed(layout))

        if self._running is not None:
            self._layouts.cancel(self._running)
        self._running = self._layouts.submit(request, laid)
        self._asked = len(visible)
        if not self._slow.isActive():
            self._slow.start()

    def _say_slow(self) -> None:
        self._pane.arranging.show_count(self._asked, cancellable=self._can_cancel())

    def _can_cancel(self) -> bool:
        return self._scene is not None and self._scene.graph is self._graph and self._stood is not None

    def _rest(self) -> None:
        self._running = None
        self._slow.stop()
        self._pane.arranging.say("")

    def _stand(self, scene: Scene, anchor: Anchor, fit: bool, camera: Where) -> None:
        self._rest()
        self._scene = scene
        self._canvas.set_scene(scene, anchor_item=anchor)
        self.mark()
        if self._call >= 0 and scene.item_of(("call", self._call)) >= 0:
            self._canvas.select_call(self._call)
        else:
            self._canvas.select(self.selected())
        if fit:
            self._canvas.fit()
        if camera is not None:
            self._canvas.set_view(*camera)
        if self._bring >= 0:
            self._canvas.ensure_visible(self._bring)
            self._bring = -1
        self._come_near()
        self.sceneShown.emit()

    def _come_near(self) -> None:
        from gradscope.app.canvas.camera import LEGIBLE_ZOOM

        node, self._near = self._near, -1
        scene = self._scene
        item = scene.item_of(("node", node)) if scene is not None and node >= 0 else -1
        if scene is None or item < 0:
            return
        if self._canvas.camera.zoom < LEGIBLE_ZOOM:
            x, y, width, height = scene.rects[item].tolist()
            self._canvas.set_view(x + width / 2, y + height / 2, LOOK_ZOOM)
        self._canvas.ensure_visible(node)

    def mark(self) -> None:
        """Draw the figures of the state that is shown, in the colours that are chosen now."""
        from gradscope.app.canvas.marks import build_marks
        from gradscope.graph.heat_figures import offered_modes

        scene, state = self._scene, self._state
        if scene is not None and state is not None and state.graph is scene.graph:
            self._pane.set_heat_offered(offered_modes(state, scene.graph))
            self._canvas.set_marks(build_marks(state, scene.graph, scene.visible, self.heat()))
