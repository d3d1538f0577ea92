"""Text in one of the theme's colours and one of the two fonts, and the small controls made of such text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from gradscope.app.painted import painted

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from gradscope.app.theme import Theme


LINK_WIDTH = 190  # px; a longer link is cut
_BREAK = "\u200b"  # a place to wrap that takes no room
ROOMY = 3  # so many dimensions are written with room around the sign


def font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal, mono: bool = False) -> QFont:
    """Inter, or JetBrains Mono, at a size in pixels."""
    made = QFont("JetBrains Mono" if mono else "Inter")
    made.setPixelSize(pixels)
    made.setWeight(weight)
    return made


def spaced_shape(shape: tuple[int, ...]) -> str:
    """Sizes with the sign between them and room around it, where a shape stands alone."""
    sign = " × " if len(shape) <= ROOMY else "×"  # noqa: RUF001 - the sign that shapes take
    return sign.join(map(str, shape)) if shape else "scalar"


class TextLabel(QLabel):
    """A label that knows which colour of the theme it wears. Its text is shown as it is, never as markup."""

    def __init__(
        self,
        pixels: int = 12,
        colour: str = "text",
        weight: QFont.Weight = QFont.Weight.Normal,
        mono: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._colour = colour
        self._theme: Theme | None = None
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(pixels, weight, mono))
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def setWordWrap(self, wraps: bool) -> None:
        """Wrap; a word that is longer than a line does not widen the panel."""
        super().setWordWrap(wraps)
        self.setMinimumWidth(1 if wraps else 0)

    def set_theme(self, theme: Theme) -> None:
        """Take the colour from this theme."""
        self._theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.color(self._colour))
        palette.setColor(QPalette.ColorRole.Text, theme.color(self._colour))
        self.setPalette(palette)

    def set_colour(self, colour: str) -> None:
        """Wear another colour of the theme."""
        self._colour = colour
        if self._theme is not None:
            self.set_theme(self._theme)


class NameLabel(TextLabel):
    """Wrapped text that may break inside a dotted name, so that ``encoder.layers.0.weight`` fits a narrow panel."""

    def __init__(
        self,
        pixels: int = 12,
        colour: str = "text",
        weight: QFont.Weight = QFont.Weight.Normal,
        mono: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(pixels, colour, weight, mono, parent)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)  # what is copied has no breaks in it

    def setText(self, text: str) -> None:
        """Show this text."""
        super().setText(re.sub(r"(\w\.)(?=[^\W\d])", f"\\1{_BREAK}", text))

    def text(self) -> str:
        """The text as it was given."""
        return super().text().replace(_BREAK, "")


class ElidedLabel(TextLabel):
    """One line that gives way where room is short: its middle becomes an ellipsis, its tooltip says it all."""

    def __init__(
        self,
        pixels: int = 12,
        colour: str = "text",
        weight: QFont.Weight = QFont.Weight.Normal,
        mono: bool = False,
        parent: QWidget | None = None,
        least: int = 32,
    ) -> None:
        super().__init__(pixels, colour, weight, mono, parent)
        self._least = least
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)  # a selection would not be seen

    def setText(self, text: str) -> None:
        """Show this line."""
        super().setText(text)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:
        """A few letters wide, or ``least`` pixels."""
        return QSize(min(self._least, super().minimumSizeHint().width()), super().minimumSizeHint().height())

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """The line, as much of it as fits."""
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


class Badge(TextLabel):
    """A word on a rounded ground: a role, a state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(11, "text", QFont.Weight.DemiBold, parent=parent)
        self._ground = "accent_soft"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)

    def wear(self, text: str, colour: str, ground: str) -> None:
        """Say ``text`` in one colour of the theme on another."""
        self.setText(text)
        self._ground = ground
        self.set_colour(colour)

    def set_theme(self, theme: Theme) -> None:
        """Ground and text from this theme."""
        super().set_theme(theme)
        self.setStyleSheet(
            f"background: {getattr(theme, self._ground)}; color: {getattr(theme, self._colour)};"
            " border-radius: 9px; padding: 2px 8px;"
        )


class LinkButton(QPushButton):
    """Text that can be clicked, reached by Tab, and looks like it on hover."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFlat(True)
        self.setFont(font(12))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_link(self, text: str) -> None:
        """Show this text, cut where it is long."""
        self.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, LINK_WIDTH))
        self.setAccessibleName(text)

    def set_theme(self, theme: Theme) -> None:
        """Muted at rest, accented under the mouse or with focus."""
        self.setStyleSheet(
            f"QPushButton {{ border: none; background: transparent; padding: 0; color: {theme.muted}; }}"
            f"QPushButton:hover, QPushButton:focus {{ color: {theme.accent}; text-decoration: underline; }}"
        )
