"""The first time of all that a training is held in this window, the keys that matter stand beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.app.panels.key_card import KeyCard

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState


class FirstKeysFeature(Feature):
    """Shown until it is dismissed, and then never again."""

    name = "first_keys"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.card = KeyCard(desk.pane, desk.window.theme)
        self.card.dismissed.connect(self._read)

    def set_theme(self, theme: Theme) -> None:
        self.card.set_theme(theme)

    def set_live(self, state: RunState) -> None:
        if state.life == "paused" and not self.desk.settings.keys_read and self.card.isHidden():
            self.card.appear()

    def clear(self) -> None:
        self.card.hide()

    def _read(self) -> None:
        self.desk.settings.keys_read = True
        self.card.hide()
