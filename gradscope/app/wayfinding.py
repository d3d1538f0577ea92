"""Finding the way in a graph, put together: search, folding, narrowed views, and places to come back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from .controllers.find import FindController
from .controllers.focus import FocusController
from .controllers.folding import FoldController, shown_kinds
from .controllers.places import PlacesController
from .panels.search_bar import SearchBar

if TYPE_CHECKING:
    from gradscope.graph.fold import FoldState
    from gradscope.graph.state import RunState

    from .canvas.pane import CanvasPane
    from .controllers.graph_view import GraphViewController
    from .controllers.selection import SelectionController
    from .settings import Settings
    from .window import MainWindow

_BAR = 44  # pixels that the search bar takes
_BELOW_BANNER = 44  # pixels that the line about an earlier iteration takes


class Wayfinding(QObject):
    """Wires the controllers to each other and to the views. ``changed`` comes when what can be done may have."""

    changed = Signal()

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        pane: CanvasPane,
        graph: GraphViewController,
        selection: SelectionController,
    ) -> None:
        super().__init__(window)
        self._window, self._pane, self._graph, self._selection = window, pane, graph, selection
        self._said = ""
        canvas = pane.canvas
        self.bar = SearchBar(pane, window.theme)
        self.find = FindController(self.bar, canvas, self)
        self.fold = FoldController(graph, canvas, settings.kinds, self)
        self.focus = FocusController(graph, canvas, self)
        selection.visited.connect(lambda: graph.aim_at(-1))  # before the place is written down
        selection.selected.connect(lambda node: graph.aim_at(-1) if node >= 0 else None)  # as when following
        self.places = PlacesController(graph, canvas, selection, self.focus, self)
        self._leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), canvas, self.focus.leave)
        self._leave.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._leave.setEnabled(False)
        self.find.node = self.focus.node = lambda: selection.node
        self.find.go_to = self._show_hit
        self.bar.opened.connect(lambda: pane.reserve_top(_BAR))
        self.bar.closed.connect(lambda: pane.reserve_top(0))
        selection.aim = lambda: graph.aim
        selection.may_reveal = self.focus.holds
        selection.selected.connect(self.find.set_selected)
        selection.selected.connect(lambda _node: self._say(""))
        window.outline.callSelected.connect(graph.select_call)
        window.outline.nodeSelected.connect(lambda _node: graph.aim_at(-1))
        pane.crumbRequested.connect(self._crumb)
        self.focus.failed.connect(self._say)
        self.focus.trailChanged.connect(self._narrowed)
        self.fold.kindsChanged.connect(lambda shown: setattr(settings, "kinds", shown))
        graph.foldChanged.connect(self._fold_changed)
        for signal in (graph.aimed, graph.foldChanged, self.places.changed, self.focus.trailChanged):
            signal.connect(lambda *_: self.changed.emit())
        self._settings = settings
        graph.directionChanged.connect(self._turned)
        graph.set_flow_right(settings.flow_right)
        self._show_kinds(settings.kinds)

    @property
    def handlers(self) -> dict[str, object]:
        """Controllers by the names that the action table uses."""
        return {"find": self.find, "fold": self.fold, "focus": self.focus, "places": self.places}

    def facts(self) -> dict[str, Any]:
        """What the action table asks for."""
        return {
            "has_call": self._graph.target_call() >= 0,
            "at_call": self._graph.aim >= 0,
            "has_outer": self.fold.outer_call() >= 0,
            "repeated": self.fold.run >= 0,
            "levels": self.fold.levels,
            "narrowed": bool(self.focus.trail),
            "can_go_back": self.places.can_go_back,
            "can_go_forward": self.places.can_go_forward,
        }

    def set_theme(self, theme: Any) -> None:
        """Colours of the theme."""
        self.bar.set_theme(theme)

    def set_state(self, state: RunState) -> None:
        """The state that is shown."""
        self.find.set_state(state)
        self._leave.setEnabled(bool(self.focus.trail))

    def set_past(self, past: bool) -> None:
        """Whether the line about an earlier iteration stands where the bar would."""
        self.bar.set_top(_BELOW_BANNER if past else 0)

    def clear(self) -> None:
        """No run."""
        self.find.clear()
        self.focus.clear()
        self.places.clear()
        self._narrowed()

    def _show_hit(self, node: int) -> None:
        self._selection.go_to(node)
        self._graph.look_at(node)

    def _crumb(self, place: int) -> None:
        """A call: all of the graph; a step inwards: back to it, or, on the last one, out of it."""
        trail = len(self.focus.trail)
        calls = len(self._graph.crumbs)
        if place < calls:
            self.focus.leave_all()
            self._pane.canvas.fit()
        else:
            inner = place - calls + 1
            self.focus.leave_to(inner if inner < trail else trail - 1)

    def _narrowed(self) -> None:
        self._leave.setEnabled(bool(self.focus.trail))
        self._say("")

    def _say(self, sentence: str) -> None:
        if sentence or self._said:
            self._window.status.set_message(sentence)
        self._said = sentence

    def _turned(self, right: bool) -> None:
        self._settings.flow_right = right
        self._window.actions_.set_checked("view.flow_right", right)

    def _fold_changed(self, fold: FoldState) -> None:
        self._show_kinds(shown_kinds(fold))

    def _show_kinds(self, shown: dict[str, bool]) -> None:
        actions = self._window.actions_
        for kind in ("inputs", "untracked", "leaves"):
            actions.set_checked(f"graph.{kind}", shown[kind])
        actions.set_checked("graph.bookkeeping", not shown["chips"])
