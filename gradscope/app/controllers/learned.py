"""What the model has learned, asked of the training process only while somebody looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer

from gradscope.app.panels.learned import LearnedPanel

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec


SHARE = 45  # percent of the height that inspector and picture have together


class LearnedFeature(Feature):
    """Shows the panel's picture, and tells the probe whether it is wanted."""

    name = "learned"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._panel = LearnedPanel(desk.window)
        self._watching = False
        self._connected = False
        desk.window.docks["learned"].visibilityChanged.connect(self._watch)

    @property
    def panel(self) -> LearnedPanel:
        return self._panel

    def set_theme(self, theme: Theme) -> None:
        self._panel.set_theme(theme)

    def launched(self, _: LaunchSpec) -> None:
        self._watching = self._connected = False
        self._panel.set_learned(None)
        QTimer.singleShot(0, self, self._make_room)

    def set_live(self, state: RunState) -> None:
        connected = state.hello is not None and state.life in ("running", "pausing", "paused")
        if connected != self._connected:
            self._connected = connected
            self._watch(self.desk.window.docks["learned"].isVisible())

    def set_state(self, state: RunState) -> None:
        self._panel.set_learned(state.learned)

    def clear(self) -> None:
        self._watching = self._connected = False
        self._panel.set_learned(None)

    def show(self) -> None:
        """Bring the panel."""
        self.desk.window.raise_panel("learned")

    def _make_room(self) -> None:
        """Beside the inspector the picture has not less than its share."""
        window = self.desk.window
        learned, inspector = window.docks["learned"], window.docks["inspector"]
        both = learned.height() + inspector.height()
        if learned.isVisible() and inspector.isVisible() and learned.height() < both * SHARE // 100:
            heights = [both - both * SHARE // 100, both * SHARE // 100]
            window.resizeDocks([inspector, learned], heights, Qt.Orientation.Vertical)

    def _watch(self, shown: bool) -> None:
        wanted = shown and self._connected
        if wanted == self._watching:
            return
        self._watching = wanted
        session = self.desk.run.session
        if session is not None and self._connected:
            from gradscope.wire.messages import WatchLearned

            session.order(WatchLearned(wanted))
