"""Words on the canvas itself: what an empty one waits for, and a hint that names the next key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

if TYPE_CHECKING:
    from .camera import Insets
    from .styles import Styles
    from .text_cache import TextCache

HINT_HEIGHT = 44  # pixels above what covers the lower side
_TITLE, _DETAIL, _HINT = 17, 13, 13


def draw_empty(painter: QPainter, texts: TextCache, styles: Styles, area: QRect, words: tuple[str, str]) -> None:
    """A title and one explaining paragraph in the middle."""
    title, detail = words
    middle = area.height() * 0.44
    texts.draw(painter, title, (20, middle, area.width() - 40), ("title", _TITLE, styles.text), "center")
    painter.setFont(texts.font("small", _DETAIL))
    painter.setPen(styles.muted)
    wide = min(520, area.width() - 40)
    place = QRect((area.width() - wide) // 2, round(middle + 20), wide, area.height() // 2)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(place, int(flags), detail)


def draw_hint(painter: QPainter, texts: TextCache, styles: Styles, area: QRect, insets: Insets, text: str) -> None:
    """One line in a pill, under the scene, above what covers the lower side and beside what stands in its corner."""
    if not text:
        return
    right = area.width() - insets.corner
    wide = min(texts.width(text, "small", _HINT) + 36, right - 24)
    left = min((area.width() - wide) / 2, right - wide - 12)
    place = QRectF(left, area.height() - insets.bottom - HINT_HEIGHT + 4, wide, 32)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(styles.accent, 1.0))
    painter.setBrush(styles.hint)
    painter.drawRoundedRect(place, 16, 16)
    where = (place.left() + 18, place.center().y(), wide - 32)
    texts.draw(painter, text, where, ("small", _HINT, styles.text), "center")
