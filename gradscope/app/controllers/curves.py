"""The losses and one-number leaves of the run, as curves; a click goes to an iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.app.panels.curves import CurvesPanel

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState


class CurvesFeature(Feature):
    """Draws only while somebody looks."""

    name = "curves"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._panel = CurvesPanel(desk.window)
        self._shown: RunState | None = None
        self._seen = False  # a panel behind another tab is "visible" to Qt
        self._panel.iterationRequested.connect(desk.recording.show_iteration)
        desk.window.docks["curves"].visibilityChanged.connect(self._see)

    @property
    def panel(self) -> CurvesPanel:
        return self._panel

    def set_theme(self, theme: Theme) -> None:
        self._panel.set_theme(theme)

    def set_state(self, state: RunState) -> None:
        self._shown = state
        if self._seen:
            self._panel.set_state(state)

    def clear(self) -> None:
        from gradscope.graph.state import RunState

        self.set_state(RunState())

    def _see(self, seen: bool) -> None:
        self._seen = seen
        if seen and self._shown is not None:
            self._panel.set_state(self._shown)
