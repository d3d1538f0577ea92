"""What the update would do, and what it did: asked of the process at these two pauses while the table is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.app.panels.update import UpdatePanel

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState

_POINTS = ("update", "end")


class UpdateFeature(Feature):
    """Asks once a pause, and again when something was changed in it."""

    name = "update"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._panel = UpdatePanel(desk.window)
        self._live: RunState | None = None
        self._asked: tuple[object, ...] = ()
        self._shown: object = None
        self._panel.parameterRequested.connect(self._go_to)
        self._seen = False  # a panel behind another tab is "visible" to Qt
        desk.window.docks["update"].visibilityChanged.connect(self._see)

    @property
    def panel(self) -> UpdatePanel:
        return self._panel

    def set_theme(self, theme: Theme) -> None:
        self._panel.set_theme(theme)

    def set_live(self, state: RunState) -> None:
        self._live = state
        if state.update is not self._shown:
            self._shown = state.update
            self._panel.set_update(state.update, state)
        self._ask()

    def clear(self) -> None:
        from gradscope.graph.state import RunState

        self._live = self._shown = None
        self._asked = ()
        self._panel.set_update(None, RunState())

    def show(self) -> None:
        """Bring the table."""
        self.desk.window.raise_panel("update")
        self._ask()

    def _see(self, seen: bool) -> None:
        self._seen = seen
        self._ask()

    def _ask(self) -> None:
        live, session = self._live, self.desk.run.session
        if live is None or session is None or live.life != "paused" or live.pause is None:
            return
        wanted = (live.pause, live.answer)
        if not self._seen or live.pause.point not in _POINTS or wanted == self._asked:
            return
        from gradscope.wire.messages import RequestUpdate

        self._asked = wanted
        session.ask(RequestUpdate)

    def _go_to(self, name: str) -> None:
        shown = self.desk.recording.shown
        graph = shown.graph if shown is not None else None
        for node in range(len(graph)) if graph is not None else ():
            if graph is not None and graph.text(node, "name") == name:
                self.desk.selection.go_to(node)
                return
