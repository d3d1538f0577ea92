"""A line over the canvas while a large picture is being placed, and the way out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar, QWidget

from gradscope.app.banner import Banner

if TYPE_CHECKING:
    from gradscope.app.theme import Theme


class ArrangingBanner(Banner):
    """Its button gives the placing up."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, theme, "plain", "Cancel", "Keep the picture as it was")
        bar = QProgressBar(self)
        bar.setRange(0, 0)  # how long is not known
        bar.setTextVisible(False)
        bar.setFixedSize(90, 6)
        self.row.insertWidget(1, bar)

    def show_count(self, count: int, *, cancellable: bool) -> None:
        """Say how many cards are being placed; ``cancellable`` where there is a picture to go back to."""
        self.button.setVisible(cancellable)
        self.say(f"Placing {count:,} cards …")
