"""How each look is drawn: fill, border, corners and dashes, so that a role is told by colour and by shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPen

from gradscope.layout.looks import DASHES, LOOKS, WORD_COLOURS, Look
from gradscope.palette import ink

from .heat import heat_palette

if TYPE_CHECKING:
    from gradscope.app.theme import Theme

    from .marks import Marks


@dataclass(frozen=True, slots=True)
class CardStyle:
    """``radius`` in scene pixels; ``double``: a second border inside; ``hatch``: drawn over the fill."""

    fill: QColor
    border: QColor
    radius: float
    width: float = 1.5
    dashed: bool = False
    double: bool = False
    hatch: bool = False

    def pen(self, zoom: float) -> QPen:
        """The border at a zoom: thinner when far away, never below a pixel."""
        pen = QPen(self.border, max(1.0, self.width * min(1.25, zoom)))
        if self.dashed:
            pen.setDashPattern(DASHES)
        return pen


class Styles:
    """Everything that painting takes from a theme, made once a theme."""

    def __init__(self, theme: Theme) -> None:
        color = theme.color
        self.theme = theme
        self.cards: dict[int, CardStyle] = {
            look: CardStyle(
                color(row.fill), color(row.border), row.radius, row.width, row.dashed, row.double, row.hatch
            )
            for look, row in LOOKS.items()
        }
        self.inks = {look: QColor(ink(theme, row.border)) for look, row in LOOKS.items()}
        self.canvas = color("canvas")
        self.text, self.muted, self.faint = color("text"), color("muted"), color("faint")
        self.edge, self.untracked_edge = color("edge"), color("input")
        self.bar, self.accent = color("bar"), color("accent")
        self.halo, self.halo_text = color("halo"), color("halo_text")
        self.cut = color("cut")
        self.hint = color("accent_soft")
        self.hatch = QBrush(faded(color("untracked"), 70), Qt.BrushStyle.BDiagPattern)
        self.heat = [*heat_palette(), color("bar"), color("nonfinite")]
        self.ratio = [*heat_palette(around_one=True), color("bar"), color("nonfinite")]
        self.roles = [mixed(style.border, style.fill, 0.25) for _, style in sorted(self.cards.items())]
        self.roles[Look.CLOSED] = color("edge")
        self.map_roles = [self.roles[look] if look < Look.CLOSED else color("faint") for look in Look]
        self.words = {status: color(name) for status, name in WORD_COLOURS.items()}

    def heat_of(self, marks: Marks) -> list[QColor]:
        """One colour a bucket, for the mode that is shown."""
        return self.ratio if marks.around_one else self.heat

    def word_color(self, status: str) -> QColor:
        """The colour of a card's last row."""
        return self.words.get(status, self.muted)


def faded(color: QColor, alpha: int) -> QColor:
    """The same colour, translucent."""
    result = QColor(color)
    result.setAlpha(alpha)
    return result


def mixed(one: QColor, other: QColor, part: float) -> QColor:
    """Opaque, ``part`` of the way from one colour to the other."""
    pairs = zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * part) for a, b in pairs))
