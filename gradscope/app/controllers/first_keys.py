"""The first time of all that a training is held, the keys that matter stand beside it; a lesson's tour needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.app import launching
from gradscope.app.panels.key_card import KeyCard

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec


KNOWN_AFTER = 3  # iterations: who came so far has found the keys


class FirstKeysFeature(Feature):
    """Shown until it is dismissed, or a few iterations were run, and then never again."""

    name = "first_keys"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.card = KeyCard(desk.pane, desk.window.theme)
        self.card.dismissed.connect(self._read)
        self._wanted = False
        self._since = 0

    def set_theme(self, theme: Theme) -> None:
        self.card.set_theme(theme)

    def launched(self, spec: LaunchSpec) -> None:
        self._wanted = not launching.lesson_of(spec) and not self.desk.settings.keys_read

    def set_live(self, state: RunState) -> None:
        if self._wanted and state.life == "paused" and self.card.isHidden():
            self._since = state.iteration
            self.card.appear()
        elif not self.card.isHidden() and state.iteration >= self._since + KNOWN_AFTER:
            self._read()

    def clear(self) -> None:
        self.card.hide()

    def _read(self) -> None:
        self.desk.settings.keys_read = True
        self._wanted = False
        self.card.hide()
