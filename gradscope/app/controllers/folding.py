"""Opening and closing calls, one or many at once, and which kinds of nodes are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gradscope.graph import fold_moves
from gradscope.graph.calltree import call_tree
from gradscope.graph.fold import FoldState
from gradscope.graph.repeats import first_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.graph.snapshot import GraphSnapshot

    Change = Callable[[GraphSnapshot, FoldState, int], FoldState]

    from .graph_view import GraphViewController

KINDS = ("chips", "inputs", "untracked", "leaves")


class FoldController(QObject):
    """Each order takes the fold state of the graph that is shown to the next one."""

    kindsChanged = Signal(dict)  # whether chips, inputs, untracked operations and leaves are shown

    def __init__(
        self, view: GraphViewController, canvas: GraphCanvas, shown: dict[str, bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._canvas = canvas
        self._kinds = FoldState(**shown)  # type: ignore[arg-type]  # the four of KINDS, each of them bool
        self._deepest: tuple[object, int] = (None, 0)
        canvas.callToggleRequested.connect(self.toggle_call)
        view.show_kinds(self._kinds)

    @property
    def levels(self) -> int:
        """How many levels of boxes the graph has."""
        graph, fold = self._view.graph, self._view.fold
        if graph is None or fold is None:
            return 0
        if self._deepest[0] is not graph:  # asked at every step, and the same until the graph is another
            self._deepest = (graph, fold_moves.deepest(graph, fold))
        return self._deepest[1]

    def toggle_call(self, call: int) -> None:
        """Open or close a call, its header staying where it is."""
        if call >= 0:
            self._move(fold_moves.toggled, call)

    def toggle(self) -> None:
        """Open or close the chosen call, or the one around the selected node."""
        self.toggle_call(self._view.target_call())

    def open_level(self) -> None:
        """The next level inside the call that is meant, or of the whole graph."""
        self._move(fold_moves.level_opened, self._view.aim)

    def close_level(self) -> None:
        """The innermost level inside the call that is meant, or of the whole graph."""
        self._move(fold_moves.level_closed, self._view.aim)

    def open_below(self) -> None:
        """The call that is meant and everything inside it."""
        self._move(fold_moves.all_below_opened, self._view.target_call())

    def close_below(self) -> None:
        """The call that is meant and everything inside it."""
        self._move(fold_moves.all_below_closed, self._view.target_call())

    def open_alike(self) -> None:
        """Every call of the same type of module."""
        if self._view.target_call() >= 0:
            self._move(fold_moves.all_alike_opened, self._view.target_call())

    def close_alike(self) -> None:
        """Every call of the same type of module."""
        if self._view.target_call() >= 0:
            self._move(fold_moves.all_alike_closed, self._view.target_call())

    @property
    def run(self) -> int:
        """The first of the calls built alike that the one that is meant belongs to; -1 if they are one card already."""
        graph, fold = self._view.graph, self._view.fold
        return -1 if graph is None or fold is None else fold_moves.run_of(graph, fold, self._view.target_call())

    def gather(self) -> None:
        """The call that is meant and those like it beside it as one card."""
        run = self.run
        if run >= 0:
            self._move(fold_moves.gathered, run)

    def open_all(self) -> None:
        """Show every node."""
        self._move(fold_moves.all_below_opened, -1)

    def close_all(self) -> None:
        """Show every call as a card."""
        self._move(fold_moves.to_depth, 0)

    def to_depth(self, depth: int) -> None:
        """So many levels of boxes."""
        self._move(fold_moves.to_depth, depth)

    def outer_call(self) -> int:
        """The call around what is selected that is a box on the canvas; -1 if there is none."""
        graph, fold, aim = self._view.graph, self._view.fold, self._view.aim
        if graph is None or fold is None:
            return -1
        around = call_tree(graph).parent[aim] if aim >= 0 else self._view.target_call()
        return around if around not in fold.frame else -1

    def select_module(self) -> None:
        """Choose the call around what is selected."""
        if self.outer_call() >= 0:
            self._view.select_call(self.outer_call())

    def toggle_inputs(self) -> None:
        """Show or hide tensors that take no gradient."""
        self._toggle_kind("inputs")

    def toggle_untracked(self) -> None:
        """Show or hide operations without a gradient."""
        self._toggle_kind("untracked")

    def toggle_leaves(self) -> None:
        """Show or hide parameters and other leaves."""
        self._toggle_kind("leaves")

    def toggle_bookkeeping(self) -> None:
        """Bookkeeping nodes as chips or as cards."""
        self._toggle_kind("chips")

    def _toggle_kind(self, kind: str) -> None:
        now = self._view.fold or self._kinds
        changes: dict[str, Any] = {kind: not getattr(now, kind)}
        self._kinds = replace(self._kinds.showing_as(now), **changes)
        self._view.show_kinds(self._kinds)
        self.kindsChanged.emit(shown_kinds(self._kinds))

    def _move(self, change: Change, argument: int) -> None:
        graph, fold = self._view.graph, self._view.fold
        if graph is None or fold is None:
            return
        moved = change(graph, fold, argument)
        call = self._view.target_call() if change is fold_moves.to_depth else argument
        if fold.gathered != moved.gathered:
            call = first_of(graph, call)
        self._view.refold(moved, ("call", call) if call >= 0 else None)


def shown_kinds(fold: FoldState) -> dict[str, bool]:
    """Which of the four kinds a state shows."""
    return {kind: bool(getattr(fold, kind)) for kind in KINDS}
