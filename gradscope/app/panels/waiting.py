"""A line over the canvas: a pause was asked for, and where the script is meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from gradscope.app.fonts import text_font

if TYPE_CHECKING:
    from gradscope.app.theme import Theme


class WaitingBanner(QFrame):
    """Floats at the top of ``host``, hidden until it is told a place."""

    placeRequested = Signal()

    def __init__(self, host: QWidget, theme: Theme) -> None:
        super().__init__(host)
        self._host = host
        self._label = QLabel(self)
        self._label.setFont(text_font(13, QFont.Weight.DemiBold))
        self._button = QPushButton("Show the line", self)
        self._button.setFont(text_font(12, QFont.Weight.DemiBold))
        self._button.setCursor(Qt.CursorShape.PointingHandCursor)
        self._button.clicked.connect(self.placeRequested)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.setSpacing(14)
        row.addWidget(self._label)
        row.addWidget(self._button)
        self.set_theme(theme)
        self.hide()
        host.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        self.setStyleSheet(
            f"WaitingBanner {{ background: {theme.halo_soft}; border: 1px solid {theme.halo}; border-radius: 8px; }}"
            f"QLabel {{ color: {theme.halo_text}; background: transparent; }}"
            f"QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 6px; padding: 4px 10px; }"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def show_place(self, sentence: str, stack: str) -> None:
        """Say where the script is; ``stack`` is the whole Python stack, one frame a line."""
        self._label.setText(sentence)
        self.setToolTip(stack)
        self._button.setVisible(bool(stack))
        self.show()
        self._place()

    def text(self) -> str:
        """What it says, "" while it is hidden."""
        return "" if self.isHidden() else self._label.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        self.adjustSize()
        self.move((self._host.width() - self.width()) // 2, 48)
        self.raise_()
