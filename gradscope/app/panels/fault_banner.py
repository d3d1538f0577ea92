"""A line over the canvas: the exception that the script is held at, in one sentence, with the way to all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from gradscope.app.fonts import text_font

from .labels import ElidedLabel

if TYPE_CHECKING:
    from gradscope.app.theme import Theme

_MARGIN, _TOP, _WIDEST = 24, 48, 900


class FaultBanner(QFrame):
    """Floats at the top of ``host``; hidden while there is nothing to say."""

    detailsRequested = Signal()

    def __init__(self, host: QWidget, theme: Theme) -> None:
        super().__init__(host)
        self._host = host
        self._label = ElidedLabel()
        self._label.setFont(text_font(13, QFont.Weight.DemiBold))
        self._button = QPushButton("Show", self)
        self._button.setFont(text_font(12, QFont.Weight.DemiBold))
        self._button.setToolTip("Show the explanation in Problems")
        self._button.setCursor(Qt.CursorShape.PointingHandCursor)
        self._button.clicked.connect(self.detailsRequested)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.setSpacing(14)
        row.addWidget(self._label, 1)
        row.addWidget(self._button)
        self.set_theme(theme)
        self.hide()
        host.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        self._label.set_ink(theme.color("nonfinite"))
        self.setStyleSheet(
            f"FaultBanner {{ background: {theme.raised}; border: 1px solid {theme.nonfinite}; border-radius: 8px; }}"
            f"QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 6px; padding: 4px 10px; }"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def set_text(self, text: str, tip: str = "") -> None:
        """Say it; "" hides the banner."""
        self._label.setText(text)
        self.setToolTip(tip)
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
        wanted = self._label.fontMetrics().horizontalAdvance(self._label.text()) + 130
        width = max(120, min(wanted, _WIDEST, self._host.width() - 2 * _MARGIN))
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((self._host.width() - self.width()) // 2, _TOP)
        self.raise_()
