"""Narrowing the view to what a node depends on, to what depends on it, or to a path; and the way back out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gradscope.graph.calltree import call_tree
from gradscope.graph.queries import ancestors, descendants, path_to_root

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot

    from .graph_view import GraphViewController, Where

MOST_OPENED = 60  # nodes of a narrowed view up to which the calls around them are opened at once
_LONGEST_TITLE = 24


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One step inwards: its words, the nodes that are left, and what was shown before it."""

    words: str
    nodes: frozenset[int]
    before: FoldState
    camera: Where


class FocusController(QObject):
    """Keeps the steps inwards of each graph; the breadcrumb shows them, Esc takes back the last one."""

    changing = Signal()  # before the view is narrowed or widened
    changed = Signal()
    trailChanged = Signal()  # what the breadcrumb says of it is another
    failed = Signal(str)  # a sentence

    def __init__(self, view: GraphViewController, canvas: GraphCanvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._canvas = view, canvas
        self._trails: dict[str, tuple[Narrowing, ...]] = {}
        self.node: Callable[[], int] = lambda: -1
        view.narrowed = lambda: tuple(step.words for step in self.trail)
        view.foldChanged.connect(self._fold_changed)

    @property
    def trail(self) -> tuple[Narrowing, ...]:
        """The steps inwards, the outermost first; () while all of the graph is shown."""
        graph = self._view.graph
        return self._trails.get(graph.fingerprint, ()) if graph is not None else ()

    def holds(self, node: int) -> bool:
        """Whether a node is inside the view as it is narrowed now."""
        fold = self._view.fold
        return fold is None or fold.only is None or node in fold.only

    def clear(self) -> None:
        """No run."""
        self._trails.clear()

    def ancestors(self) -> None:
        """Only the selection and what flows into it."""
        graph, nodes = self._view.graph, self._subjects()
        if graph is not None and nodes:
            found = ancestors(graph, *nodes, tracked_only=False)
            self._narrow(f"what flows into {self._title(graph)}", found.union(nodes))

    def descendants(self) -> None:
        """Only the selection and what it flows into."""
        graph, nodes = self._view.graph, self._subjects()
        if graph is not None and nodes:
            found = descendants(graph, *nodes, tracked_only=False)
            self._narrow(f"what {self._title(graph)} flows into", found.union(nodes))

    def path(self) -> None:
        """Only the shortest way that a gradient takes from the root to the selected node."""
        graph, node = self._view.graph, self.node()
        if graph is None or node < 0:
            return
        path = path_to_root(graph, node)
        if not path:
            self.failed.emit(f"No gradient flows from the root to {self._title(graph)}: there is no path to focus on.")
            return
        self._narrow(f"{_short(graph, node)} → {_short(graph, path[-1])}", path)

    def leave(self) -> None:
        """One step outwards: what was shown before is shown again."""
        self.leave_to(len(self.trail) - 1)

    def leave_all(self) -> None:
        """All of the graph again, and all of it in view."""
        self.leave_to(0, fit=True)

    def leave_to(self, steps: int, *, fit: bool = False) -> None:
        """Outwards until only so many steps are left; to where the view stood then, unless all is to be in view."""
        trail, fold = self.trail, self._view.fold
        if fold is None or not 0 <= steps < len(trail):
            return
        self.changing.emit()
        out = trail[steps]
        self.restore(trail[:steps])
        self._view.refold(out.before.showing_as(fold), fit=fit, camera=None if fit else out.camera)
        self.changed.emit()

    def restore(self, trail: tuple[Narrowing, ...]) -> None:
        """Say what the view that is about to be shown is narrowed to."""
        graph = self._view.graph
        if graph is None:
            return
        if trail:
            self._trails[graph.fingerprint] = trail
        else:
            self._trails.pop(graph.fingerprint, None)
        self.trailChanged.emit()

    def _narrow(self, words: str, nodes: Collection[int]) -> None:
        graph, fold = self._view.graph, self._view.fold
        if graph is None or fold is None:
            return
        only = frozenset(nodes) if fold.only is None else fold.only.intersection(nodes)
        if only == fold.only or (fold.only is None and len(only) == len(graph)):
            self.failed.emit("That is all that is shown already.")
            return
        self.changing.emit()
        camera = self._canvas.camera
        self.restore((*self.trail, Narrowing(words, only, fold, (camera.cx, camera.cy, camera.zoom))))
        self._view.refold(_narrowed(graph, fold, only), fit=True)
        if self.node() in only and self._view.aim < 0:
            self._view.look_at(self.node())  # a long view fits only where nothing can be read
        self._canvas.setFocus()
        self.changed.emit()

    def _subjects(self) -> list[int]:
        """The selected node, or all nodes of the chosen call."""
        graph, call, node = self._view.graph, self._view.aim, self.node()
        if graph is None:
            return []
        if call >= 0:
            return [int(member) for member in call_tree(graph).members(call)]
        return [node] if 0 <= node < len(graph) else []

    def _title(self, graph: GraphSnapshot) -> str:
        call = self._view.aim
        return graph.calls[call].label if call >= 0 else _short(graph, self.node())

    def _fold_changed(self, fold: FoldState) -> None:
        if fold.only is None and self.trail:
            self.restore(())


def _narrowed(graph: GraphSnapshot, fold: FoldState, only: frozenset[int]) -> FoldState:
    """A small view is opened wherever it leads; a large one keeps what is open."""
    made = replace(fold, only=only)
    if len(only) <= MOST_OPENED:
        tree = call_tree(graph)
        for call in {int(tree.home[node]) for node in only}:
            made = made.opened(call)
    return made


def _short(graph: GraphSnapshot, node: int) -> str:
    title = graph.text(node, "title") or graph.text(node, "op")
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"
