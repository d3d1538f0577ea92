"""SVG elements as text, in the colours of one palette; widths come from the table that the cards were sized by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape, quoteattr

from gradscope.graph.heat import BUCKETS
from gradscope.layout.looks import LOOKS, WORD_COLOURS, Look
from gradscope.layout.sizes import DETAIL_PIXELS, TITLE_PIXELS, text_width
from gradscope.palette import heat_rgb, hex_color, mixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gradscope.palette import Palette

FontName = Literal["title", "small", "number"]
CAPITALS = 0.364  # half the height of a capital, of the font size: from the middle of a line down to its baseline
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FONTS: dict[FontName, str] = {
    "title": f' font-size="{TITLE_PIXELS}" font-weight="600"',
    "small": "",
    "number": ' font-family="JetBrains Mono, monospace"',
}
_ANCHORS = {"left": "", "right": ' text-anchor="end"', "center": ' text-anchor="middle"'}


@dataclass(slots=True)
class SvgPen:
    """Collects elements. ``parts`` is the document so far."""

    palette: Palette
    parts: list[str] = field(default_factory=list)

    def color(self, name: str) -> str:
        """A colour of the palette by its field."""
        text: str = getattr(self.palette, name)
        return text

    def word_color(self, status: str) -> str:
        """The colour of a card's last row."""
        return self.color(WORD_COLOURS.get(status, "muted"))

    def role_color(self, look: int) -> str:
        """A bar's colour where heat is off."""
        if look == Look.CLOSED:
            return self.palette.edge
        style = LOOKS[Look(look)]
        return mixed(self.color(style.border), self.color(style.fill), 0.25)

    def heat_color(self, bucket: int, around_one: bool = False) -> str:
        """The colour of a bucket of the heat scale."""
        return heat_hex(bucket, around_one) if bucket < BUCKETS else self.palette.bar

    def add(self, text: str) -> None:
        """An element that is text already."""
        self.parts.append(text)

    def open_group(self, attributes: str, title: str = "") -> None:
        """Begin a group; its title is what a viewer shows on hovering."""
        self.parts.append(f"<g {attributes}>")
        if title:
            self.parts.append(f"<title>{xml_text(title)}</title>")

    def close_group(self) -> None:
        """End the innermost group."""
        self.parts.append("</g>")

    def rect(self, box: Sequence[float], radius: float, attributes: str) -> None:
        """A rounded rectangle at (x, y, width, height)."""
        x, y, width, height = (number(value) for value in box)
        corners = f' rx="{number(radius)}"' if radius else ""
        self.parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}"{corners} {attributes}/>')

    def path(self, commands: str, attributes: str = "") -> None:
        """A path."""
        self.parts.append(f'<path d="{commands}"{" " if attributes else ""}{attributes}/>')

    def write(
        self,
        text: str,
        place: tuple[float, float, float],
        font: FontName,
        color: str,
        align: Literal["left", "right", "center"] = "left",
    ) -> float:
        """One line centred on a y in (x, centre, room), shortened to the room; returns its width."""
        x, centre, room = place
        shown = shortened(text, font, room)
        if not shown:
            return 0.0
        wide = width_of(shown, font)
        x += {"left": 0.0, "right": room, "center": room / 2}[align]
        baseline = centre + CAPITALS * pixels_of(font)
        style = f'{_FONTS[font]}{_ANCHORS[align]} fill="{color}"'
        self.parts.append(f'<text x="{number(x)}" y="{number(baseline)}"{style}>{xml_text(shown)}</text>')
        return wide


def heat_hex(bucket: int, around_one: bool = False) -> str:
    """The heat map's colour in the middle of a bucket, or that of the map for ratios."""
    return hex_color(heat_rgb((bucket + 0.5) / BUCKETS, around_one))


def pixels_of(font: FontName) -> int:
    """Letter size."""
    return TITLE_PIXELS if font == "title" else DETAIL_PIXELS


def width_of(text: str, font: FontName) -> float:
    """Width of a line by the table of the bundled fonts."""
    return text_width(text, pixels_of(font), bold=font == "title", mono=font == "number")


def shortened(text: str, font: FontName, room: float) -> str:
    """As much of a text as fits, with an ellipsis where some of it had to go; "" if not even that fits."""
    if width_of(text, font) <= room:
        return text
    for length in range(len(text) - 1, 0, -1):
        shown = f"{text[:length].rstrip()}…"
        if width_of(shown, font) <= room:
            return shown
    return ""


def number(value: float) -> str:
    """At most two decimals, none where they are zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def xml_text(text: str) -> str:
    """Escaped, without the characters that XML has no way to write."""
    return escape(_NOT_XML.sub("\ufffd", text))


def xml_attribute(text: str) -> str:
    """Escaped and quoted."""
    return quoteattr(_NOT_XML.sub("\ufffd", text))


def polyline(points: Iterable[Sequence[float]]) -> str:
    """Path commands through points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
