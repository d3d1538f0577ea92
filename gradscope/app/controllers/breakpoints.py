"""Breakpoints in the window: F9 and the panel on one side, the training process and the settings file on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradscope.app import launching
from gradscope.app.panels.breakpoints import BreakpointsPanel
from gradscope.wire.breaks import Breakpoint

from .breakpoint_list import BreakpointList
from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec

_CONSOLE_INK, _CONSOLE_PLAIN = "\x1b[35m", "\x1b[39m"


class BreakpointsFeature(Feature):
    """Keeps list, panel, marks on the canvas, settings and training process in step."""

    name = "breakpoints"
    answers = ("BreakpointHit",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.list = BreakpointList(self)
        self._panel = BreakpointsPanel(desk.window)
        self._script = ""
        self._left = ("", "")  # the script that was started last, and its breakpoints when it was let go
        self._given: tuple[Breakpoint, ...] = ()  # what its command line asked for, once
        self._state: RunState | None = None
        self._marked: tuple[object, ...] = ()
        desk.run.breakpoints = lambda: self.list.all
        self.list.edited.connect(self._edited)
        self.list.added.connect(self._panel.select)
        panel = self._panel
        panel.addRequested.connect(self._add)
        panel.editRequested.connect(self.list.edit)
        panel.enableRequested.connect(self.list.enable)
        panel.removeRequested.connect(self.list.remove)
        panel.removeAllRequested.connect(self.list.remove_all)
        panel.chosen.connect(self._go_to)
        desk.window.source.breakRequested.connect(self.list.toggle_line)

    @property
    def panel(self) -> BreakpointsPanel:
        return self._panel

    def set_theme(self, theme: Theme) -> None:
        self._panel.set_theme(theme)

    def launched(self, spec: LaunchSpec) -> None:
        self._script, given = _key(spec), spec.breakpoints
        if self._script == self._left[0]:  # started again: what was edited since then holds
            self.list.load(self._left[1], [one for one in given if one not in self._given])
        else:
            self._given = given
            self.list.load(self.desk.settings.breakpoints(self._script), given)
        self._show()

    def set_live(self, state: RunState) -> None:
        before, self._state = self._state, state
        if before is None or before.breaks is not state.breaks or before.graph is not state.graph:
            self.list.set_state(state)
            self._show()

    def set_state(self, state: RunState) -> None:
        self.list.set_graph(state.graph)
        self._mark()

    def answered(self, message: Any) -> None:
        if not message.held:
            line = f"iteration {message.iteration}: {message.text}"
            self.desk.window.console.append("stdout", f"{_CONSOLE_INK}[breakpoint] {line}{_CONSOLE_PLAIN}\n")

    def clear(self) -> None:
        if self._script:
            self._left = (self._script, self.list.text())
        self._state, self._script = None, ""
        self.list.load("")
        self._show()

    # -- actions

    def toggle(self) -> None:
        """On the selected module call or node; away if it has one."""
        aim = self.desk.graph.aim
        self.list.toggle(-1 if aim >= 0 else self.desk.selection.node, aim)

    def toggle_operation(self) -> None:
        """On every node of the selected one's operation."""
        self.list.toggle_operation(self.desk.selection.node)

    def toggle_function(self) -> None:
        """On every call of the function that made the selected node."""
        self.list.toggle_function(self.desk.selection.node)

    def toggle_nonfinite(self) -> None:
        """At the first gradient, or loss, that is NaN or Inf."""
        self.list.toggle_nonfinite()
        self.show()

    def show(self) -> None:
        """Bring the panel."""
        self.desk.window.raise_panel("breakpoints")

    # -- what follows from a change

    def _add(self, fields: dict[str, Any]) -> None:
        self.list.add(Breakpoint(0, **fields))

    def _edited(self) -> None:
        from gradscope.wire.messages import SetBreakpoints

        if self._script:
            self.desk.settings.set_breakpoints(self._script, self.list.text())
        session = self.desk.run.session
        if session is not None:
            session.order(SetBreakpoints(self.list.all))
        self._show()

    def _show(self) -> None:
        from gradscope.graph import break_words
        from gradscope.graph.breaks import BreaksSeen

        state = self._state
        seen = state.breaks if state is not None else BreaksSeen()
        shown = [one.fingerprint for one in state.passes] if state is not None else []
        words = [break_words.state_words(one, seen, shown) for one in self.list.all]
        self._panel.set_breakpoints(self.list.all, words)
        self._mark()

    def _mark(self) -> None:
        marked = (self.list.graph, self.list.all)
        if len(self._marked) != len(marked) or any(a is not b for a, b in zip(self._marked, marked, strict=True)):
            self._marked = marked
            self.desk.pane.canvas.set_stops(self.list.targets())
            self.desk.window.source.set_stops(self.list.lines())

    def _go_to(self, number: int) -> None:
        """Show where the selected one stands, if it is a node of the graph that is shown."""
        from gradscope.graph import places

        one = next((one for one in self.list.all if one.number == number), None)
        graph = self.list.graph
        if one is not None and one.kind == "line":
            self.desk.source.go_to_source(one.name, one.occurrence)
            return
        found = places.nodes(graph, one) if one is not None and graph is not None else []
        if len(found) == 1 and found[0] != self.desk.selection.node:
            self.desk.selection.go_to(found[0])


def _key(spec: LaunchSpec) -> str:
    """What breakpoints are kept under: the script's path, or the command's first words."""
    script = launching.script_of(spec)
    return str(script) if script is not None else " ".join(spec.command[:2])
