"""Stepping back: what is shown is a node that has run already, while the training process stays where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradscope.app.banner import Banner

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState


class MomentFeature(Feature):
    """Puts itself between the live state and the views. Any step of the process brings them back to now."""

    name = "moment"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._steps = 0
        self._live: RunState | None = None
        self._pause: object = None
        self._banner = Banner(
            desk.pane, desk.window.theme, "halo", "Back to now", "Show where training stands (Alt+End)"
        )
        self._banner.pressed.connect(self.now)
        desk.recording.as_seen = self._as_seen

    def facts(self) -> dict[str, Any]:
        return {"can_step_back": self._can_step_back(), "looks_back": self._steps > 0}

    def set_theme(self, theme: Theme) -> None:
        self._banner.set_theme(theme)

    def set_live(self, state: RunState) -> None:
        self._live = state

    def clear(self) -> None:
        self._live = self._pause = None
        self._steps = 0
        self._banner.say("")

    def banner_text(self) -> str:
        """What it says, "" while now is shown."""
        return self._banner.text()

    def back(self) -> None:
        """To the node before the one that is shown."""
        if self._can_step_back():
            self._move(self._steps + 1)

    def ahead(self) -> None:
        """One node nearer to now."""
        if self._steps:
            self._move(self._steps - 1)

    def now(self) -> None:
        """Where the process stands."""
        if self._steps:
            self._move(0)

    def _move(self, steps: int) -> None:
        self._steps = steps
        self.desk.recording.show_live()
        self.changed.emit()

    def _as_seen(self, state: RunState) -> RunState:
        from gradscope.graph.back import stepped_back, words

        if state.pause is not self._pause:
            self._pause, self._steps = state.pause, 0
        self._live = state
        seen = stepped_back(state, self._steps) if self._steps else None
        if seen is None:
            self._steps = 0
        self._banner.say(words(state, seen) if seen is not None else "")
        return seen or state

    def _can_step_back(self) -> bool:
        from gradscope.graph.back import stands_at

        state = self._live
        if state is None or state.life != "paused" or self.desk.recording.past >= 0:
            return False
        return stands_at(state) - self._steps > 0
