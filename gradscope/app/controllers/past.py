"""An earlier iteration is shown: a line over the canvas says which, with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.app.banner import Banner

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme


class PastFeature(Feature):
    """Follows the recording's own word for it."""

    name = "past"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.banner = Banner(
            desk.pane, desk.window.theme, "halo", "Back to now", "Show where training stands (Alt+End)"
        )
        self.banner.pressed.connect(desk.recording.show_now)
        desk.recording.pastChanged.connect(self._past_changed)

    def set_theme(self, theme: Theme) -> None:
        self.banner.set_theme(theme)

    def _past_changed(self, iteration: int) -> None:
        back = "To the end" if self.desk.recording.is_file else "Back to now"
        self.banner.say(f"showing iteration {iteration}" if iteration >= 0 else "", button=back)
