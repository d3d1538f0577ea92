"""A line over the canvas while a large picture is being placed, and the way out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from gradscope.app.fonts import text_font

if TYPE_CHECKING:
    from gradscope.app.theme import Theme


class ArrangingBanner(QFrame):
    """Floats at the top of its parent, hidden until it is told how much is placed."""

    cancelRequested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self._label = QLabel(self)
        self._label.setFont(text_font(13, QFont.Weight.DemiBold))
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)  # how long is not known
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(90, 6)
        self._button = QPushButton("Cancel", self)
        self._button.setFont(text_font(12, QFont.Weight.DemiBold))
        self._button.setToolTip("Keep the picture as it was")
        self._button.setCursor(Qt.CursorShape.PointingHandCursor)
        self._button.clicked.connect(self.cancelRequested)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(self._label)
        row.addWidget(self._bar)
        row.addWidget(self._button)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        self.setStyleSheet(
            f"ArrangingBanner {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 8px; }}"
            f"QLabel {{ color: {theme.text}; background: transparent; border: none; }}"
            f"QProgressBar {{ background: {theme.canvas}; border: none; border-radius: 3px; }}"
            f"QProgressBar::chunk {{ background: {theme.accent}; border-radius: 3px; }}"
            f"QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 6px; padding: 4px 10px; }"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def show_count(self, count: int, *, cancellable: bool) -> None:
        """Say how many cards are being placed; ``cancellable`` where there is a picture to go back to."""
        self._label.setText(f"Placing {count:,} cards …")
        self._button.setVisible(cancellable)
        self.show()
        self.place()

    def place(self) -> None:
        """Into the middle of the parent's upper side."""
        self.adjustSize()
        self.move((self._host.width() - self.width()) // 2, 48)
        self.raise_()

    def text(self) -> str:
        """What it says, "" while it is hidden."""
        return "" if self.isHidden() else self._label.text()
