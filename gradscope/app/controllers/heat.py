"""What colours the canvas: the mode, the range of its scale, what changes are measured against, and the edges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from gradscope.graph.heat import HeatChoice
from gradscope.graph.heat_figures import offered_modes
from gradscope.graph.words import pass_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.canvas.pane import CanvasPane
    from gradscope.graph.heat import EdgeMode, HeatMode
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

    from .graph_view import GraphViewController

    Read = Callable[[int, Callable[[RunState | None], None]], None]

_GRAPHS_KEPT = 8
_STATES_KEPT = 3


class HeatController(QObject):
    """Keeps one range a mode. Changes are measured against the iteration before, or against one that is pinned."""

    edgesChanged = Signal(str)
    pinChanged = Signal(int)  # the iteration that is pinned, -1: none

    def __init__(
        self, view: GraphViewController, pane: CanvasPane, edges: EdgeMode, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._view, self._pane = view, pane
        self._choice = HeatChoice(edges=edges)
        self._limits: dict[HeatMode, tuple[float, float]] = {}
        self._state: RunState | None = None
        self._pinned: RunState | None = None
        self._whole: dict[str, dict[int, RunState]] = {}  # by fingerprint and iteration: passes that were seen to end
        self._asked: tuple[str, int] = ("", -1)
        self.read: Read = lambda _iteration, _done: None
        pane.heatRequested.connect(self.set_mode)
        pane.rangeRequested.connect(self.set_range)
        view.heat = lambda: self._choice
        pane.set_heat(self._choice.mode)

    @property
    def pinned(self) -> int:
        """The iteration that is pinned; -1 if none is."""
        return _iteration(self._pinned) if self._pinned is not None else -1

    def set_mode(self, mode: HeatMode) -> None:
        """What colours the cards."""
        self._pane.set_heat(mode)
        self._put(replace(self._choice, mode=mode, limits=self._limits.get(mode)))
        self._find_reference()

    def next_mode(self) -> None:
        """The next of the modes that there are figures for."""
        self._turn(1)

    def previous_mode(self) -> None:
        """The one before."""
        self._turn(-1)

    def take_range(self) -> None:
        """The keyboard on the scale, whose ends are moved by arrows."""
        if self._choice.mode == "role":
            self.set_mode("gradient")
        self._pane.heat_legend.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _turn(self, step: int) -> None:
        state = self._state
        if state is None or state.graph is None:
            return
        offered, mode = offered_modes(state, state.graph), self._choice.mode
        at = offered.index(mode) + step if mode in offered else 0
        self.set_mode(offered[at % len(offered)])

    def set_range(self, limits: tuple[float, float] | None) -> None:
        """From which to which decade the colours reach; None: as far as the figures do."""
        mode = self._choice.mode
        if limits is None:
            self._limits.pop(mode, None)
        else:
            self._limits[mode] = limits
        self._put(replace(self._choice, limits=limits))

    def edges_by_size(self) -> None:
        """Edges as wide as the tensors that flow along them are large, or plain again."""
        self._set_edges("size")

    def edges_by_gradient(self) -> None:
        """Edges as wide and as bright as the gradients that flow along them, or plain again."""
        self._set_edges("gradient")

    def pin(self) -> None:
        """Measure changes against the iteration that is shown now, whatever comes after it."""
        self._pinned = self._state
        self.pinChanged.emit(self.pinned)
        self.set_mode("change")

    def unpin(self) -> None:
        """Measure changes against the iteration before, again."""
        self._pinned = None
        self.pinChanged.emit(-1)
        self.set_mode("change")

    def clear(self) -> None:
        """No run: nothing to measure changes against."""
        self._state = self._pinned = None
        self._whole.clear()
        self._asked = ("", -1)
        self._choice = replace(self._choice, reference=None)
        self.pinChanged.emit(-1)

    def set_state(self, state: RunState) -> None:
        """The state that is about to be shown."""
        self._state = state
        current = pass_of(state, state.graph) if state.graph is not None else None
        if current is not None and current.ended:
            self._keep(state)
        self._find_reference()

    def _keep(self, state: RunState) -> None:
        """A state to compare with; a few of each graph, and a few graphs."""
        graph = state.graph
        if graph is None:
            return
        kept = self._whole.pop(graph.fingerprint, {})
        kept[_iteration(state)] = state
        while len(kept) > _STATES_KEPT:
            del kept[min(kept)]
        self._whole[graph.fingerprint] = kept
        while len(self._whole) > _GRAPHS_KEPT:
            del self._whole[next(iter(self._whole))]

    def _find_reference(self) -> None:
        """The pinned iteration, else the newest that is known before the one shown; at rest exactly the one before."""
        state = self._state
        graph = state.graph if state is not None else None
        if state is None or graph is None or self._choice.mode != "change":
            return
        if self._pinned is not None:
            self._refer(self._pinned)
            return
        wanted = _iteration_before(state, graph)
        known = {number: one for number, one in self._whole.get(graph.fingerprint, {}).items() if number <= wanted}
        self._refer(known[max(known)] if known else None)
        if (
            wanted >= 0
            and wanted not in known
            and state.life != "running"
            and self._asked != (graph.fingerprint, wanted)
        ):
            self._asked = (graph.fingerprint, wanted)
            self.read(wanted, self._told)

    def _told(self, state: RunState | None) -> None:
        if state is not None and _iteration(state) == self._asked[1]:
            self._keep(state)
            self._find_reference()

    def _refer(self, state: RunState | None) -> None:
        if state is not self._choice.reference:
            self._put(replace(self._choice, reference=state))

    def _set_edges(self, mode: EdgeMode) -> None:
        chosen: EdgeMode = "plain" if self._choice.edges == mode else mode
        self._put(replace(self._choice, edges=chosen))
        self.edgesChanged.emit(chosen)

    def _put(self, choice: HeatChoice) -> None:
        self._choice = choice
        self._view.mark()


def _iteration(state: RunState) -> int:
    """The iteration of the pass whose figures a state shows; -1 if it shows none."""
    current = pass_of(state, state.graph) if state.graph is not None else None
    return current.iteration if current is not None else -1


def _iteration_before(state: RunState, graph: GraphSnapshot) -> int:
    """The last iteration before the one that is shown whose graph was the same; -1 if there was none."""
    shown = _iteration(state)
    earlier = (record.iteration for record in reversed(state.history) if record.fingerprint == graph.fingerprint)
    return next((iteration for iteration in earlier if iteration < shown), -1)
