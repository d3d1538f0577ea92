"""A line that floats over the canvas and says one thing, with one button; several stand below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from .fonts import text_font
from .panels.labels import ElidedLabel

if TYPE_CHECKING:
    from .theme import Theme

Tone: TypeAlias = Literal["halo", "fault", "plain"]
TOP, GAP, SIDE, WIDEST = 48, 6, 24, 900  # px
# Ground, border and text, as names of the theme's colours.
_TONES: dict[Tone, tuple[str, str, str]] = {
    "halo": ("halo_soft", "halo", "halo_text"),
    "fault": ("raised", "nonfinite", "nonfinite"),
    "plain": ("raised", "border", "text"),
}


class Banner(QFrame):
    """Hidden until it is told what to say. ``pressed`` is the button."""

    pressed = Signal()

    def __init__(self, host: QWidget, theme: Theme, tone: Tone, button: str, tip: str = "") -> None:
        super().__init__(host)
        self._host, self._tone = host, tone
        self._label = ElidedLabel()
        self._label.setFont(text_font(13, QFont.Weight.DemiBold))
        self.button = QPushButton(button, self)
        self.button.setFont(text_font(12, QFont.Weight.DemiBold))
        self.button.setToolTip(tip)
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.clicked.connect(self.pressed)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(14, 6, 8, 6)
        self.row.setSpacing(14)
        self.row.addWidget(self._label, 1)
        self.row.addWidget(self.button)
        self.set_theme(theme)
        self.hide()
        host.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        ground, border, text = (getattr(theme, name) for name in _TONES[self._tone])
        self._label.set_ink(theme.color(_TONES[self._tone][2]))
        self.setStyleSheet(
            f"Banner {{ background: {ground}; border: 1px solid {border}; border-radius: 8px; color: {text}; }}"
            f"QProgressBar {{ background: {theme.canvas}; border: none; border-radius: 3px; }}"
            f"QProgressBar::chunk {{ background: {theme.accent}; border-radius: 3px; }}"
            f"QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 6px; padding: 4px 10px; }"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def say(self, text: str, tip: str = "", button: str = "") -> None:
        """Say it, cut where it is longer than the canvas is wide; "" hides the banner.

        Args:
            text: one line.
            tip: what the mouse brings up over it; the whole line if left out.
            button: another text for the button.
        """
        self._label.setText(text)
        self._label.setToolTip(tip or text)
        if button:
            self.button.setText(button)
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
        """All that are seen, in the middle and from the top."""
        top = TOP
        for banner in self._host.findChildren(Banner, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if not banner.isHidden():
                wide = max(120, min(banner.sizeHint().width(), WIDEST, self._host.width() - 2 * SIDE))
                banner.resize(wide, banner.sizeHint().height())
                banner.move((self._host.width() - wide) // 2, top)
                banner.raise_()
                top += banner.height() + GAP
