"""A line over the canvas that says that something of the past is shown, with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from .fonts import text_font

if TYPE_CHECKING:
    from .theme import Theme


class PastBanner(QFrame):
    """Floats at the top of ``host``; hidden while now is shown."""

    backRequested = Signal()

    def __init__(self, host: QWidget, theme: Theme) -> None:
        super().__init__(host)
        self._host = host
        self._label = QLabel(self)
        self._label.setFont(text_font(13, QFont.Weight.DemiBold))
        self._button = QPushButton("Back to now", self)
        self._button.setFont(text_font(12, QFont.Weight.DemiBold))
        self._button.setToolTip("Show where training stands (Alt+End)")
        self._button.setCursor(Qt.CursorShape.PointingHandCursor)
        self._button.clicked.connect(self.backRequested)
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
            f"PastBanner {{ background: {theme.halo_soft}; border: 1px solid {theme.halo}; border-radius: 8px; }}"
            f"QLabel {{ color: {theme.halo_text}; background: transparent; }}"
            f"QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 6px; padding: 4px 10px; }"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def set_iteration(self, iteration: int, back: str) -> None:
        """Say which iteration is shown; -1 hides the banner. ``back`` names what lies behind the button."""
        self.set_text(f"showing iteration {iteration}" if iteration >= 0 else "", back)

    def set_text(self, text: str, back: str) -> None:
        """Say what of the past is shown; "" hides the banner."""
        self._label.setText(text)
        self._button.setText(back)
        self.setVisible(bool(text))
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
