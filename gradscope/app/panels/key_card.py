"""A card over the canvas with the keys that matter, for somebody who holds a training for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gradscope.app.first_keys import FIRST_KEYS
from gradscope.app.fonts import mono_font, text_font

if TYPE_CHECKING:
    from gradscope.app.theme import Theme

_LEFT, _BOTTOM = 15, 84  # pixels from the host's corner: above the legends


class KeyCard(QFrame):
    """Floats in the lower left of ``host``; tells when it was read."""

    dismissed = Signal()

    def __init__(self, host: QWidget, theme: Theme) -> None:
        super().__init__(host)
        self._host = host
        self.setAccessibleName("The keys that matter")
        self.setAccessibleDescription("; ".join(f"{key}: {words}" for key, words in FIRST_KEYS))
        title = QLabel("Five keys are enough", self)
        title.setFont(text_font(13, QFont.Weight.DemiBold))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        for row, (key, words) in enumerate(FIRST_KEYS):
            name, detail = QLabel(key, self), QLabel(words.partition(":")[0], self)
            name.setFont(mono_font(12))
            detail.setFont(text_font(12))
            detail.setObjectName("detail")
            grid.addWidget(name, row, 0)
            grid.addWidget(detail, row, 1)
        grid.setColumnStretch(1, 1)
        self.button = QPushButton("Got it", self)
        self.button.setFont(text_font(12, QFont.Weight.DemiBold))
        self.button.setToolTip("Do not show this again; Help > Keys lists all keys")
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.clicked.connect(self.dismissed)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 10)
        column.setSpacing(9)
        column.addWidget(title)
        column.addLayout(grid)
        column.addLayout(foot)
        self.set_theme(theme)
        self.hide()
        host.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        self.setStyleSheet(
            f"KeyCard {{ background: {theme.raised}; border: 1px solid {theme.accent}; border-radius: 8px; }}"
            f"QLabel {{ color: {theme.text}; background: transparent; }} QLabel#detail {{ color: {theme.muted}; }}"
            f"QPushButton {{ background: {theme.accent}; color: {theme.accent_text}; border: 1px solid {theme.accent};"
            " border-radius: 6px; padding: 4px 12px; }"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.text}; }}"
        )

    def appear(self) -> None:
        """Show it."""
        self.show()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        self.adjustSize()
        self.move(_LEFT, max(self._host.height() - self.height() - _BOTTOM, 0))
        self.raise_()
