"""The two palettes, by what each colour means: for the window and for the pictures that leave it. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ThemeName = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as ``#rrggbb``."""

    name: ThemeName
    window: str  # menu bar, toolbar, inspector
    panel: str  # strip, outline, status bar
    canvas: str
    raised: str  # buttons, fields
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_text: str
    accent_soft: str  # selected row, badge
    box: str  # open call
    box_border: str
    edge: str
    leaf: str
    leaf_fill: str
    intermediate: str
    intermediate_fill: str
    root: str
    root_fill: str
    input: str
    input_fill: str
    untracked: str
    halo: str  # where training is paused
    halo_soft: str
    halo_text: str
    cut: str
    nonfinite: str
    nonfinite_text: str  # the same as letters
    done: str  # a phase that is over
    bar: str  # the empty part of a bar
    source_line: str
    negative: str
    positive: str


LIGHT = Palette(
    name="light",
    window="#ffffff",
    panel="#f6f7f9",
    canvas="#fbfcfd",
    raised="#ffffff",
    border="#dfe3e8",
    text="#161b22",
    muted="#5b6572",
    faint="#a3abb5",
    accent="#2f6bed",
    accent_text="#ffffff",
    accent_soft="#eaf1fe",
    box="#f2f5f9",
    box_border="#d3dae3",
    edge="#9aa4b0",
    leaf="#1f9d57",
    leaf_fill="#e7f6ee",
    intermediate="#2f6bed",
    intermediate_fill="#eaf1fe",
    root="#d9480f",
    root_fill="#fdeee6",
    input="#7d8691",
    input_fill="#f1f3f5",
    untracked="#7d8691",
    halo="#f5a524",
    halo_soft="#fdf1dc",
    halo_text="#9c5300",
    cut="#c2255c",
    nonfinite="#e6399b",
    nonfinite_text="#b8146e",
    done="#1f9d57",
    bar="#dfe3e8",
    source_line="#eaf1fe",
    negative="#2166ac",
    positive="#b2182b",
)

DARK = Palette(
    name="dark",
    window="#1b2027",
    panel="#14181d",
    canvas="#171b21",
    raised="#20262d",
    border="#2b323b",
    text="#e6eaf0",
    muted="#9aa5b3",
    faint="#5d6875",
    accent="#5b8def",
    accent_text="#0d1117",
    accent_soft="#182338",
    box="#1c222a",
    box_border="#333c47",
    edge="#6b7683",
    leaf="#3ecf86",
    leaf_fill="#15291f",
    intermediate="#6ea0ff",
    intermediate_fill="#182338",
    root="#ff8a50",
    root_fill="#33201a",
    input="#8f99a6",
    input_fill="#20262d",
    untracked="#8f99a6",
    halo="#f5b942",
    halo_soft="#3a2f19",
    halo_text="#f5b942",
    cut="#ff5d8f",
    nonfinite="#ff4fb0",
    nonfinite_text="#ff4fb0",
    done="#3ecf86",
    bar="#2b323b",
    source_line="#182338",
    negative="#5b9bd5",
    positive="#e5656f",
)

PALETTES: dict[ThemeName, Palette] = {"light": LIGHT, "dark": DARK}

# Ten anchors of viridis (van der Walt and Smith, CC0): lightness rises evenly, safe for colour-blind eyes.
HEAT_ANCHORS = ("440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725")
# Blue for less, red for more, grey for the same: told apart by colour-blind eyes too.
RATIO_ANCHORS = ("2166ac", "4393c3", "92a7b5", "d6604d", "b2182b")


INK_SHARE = 0.4  # of the text's colour in a role's ink


def heat_rgb(fraction: float, around_one: bool = False) -> tuple[int, int, int]:
    """Red, green and blue at 0..1 of the heat map, or of the map for ratios."""
    anchors = RATIO_ANCHORS if around_one else HEAT_ANCHORS
    place = min(1.0, max(0.0, fraction)) * (len(anchors) - 1)
    index = min(int(place), len(anchors) - 2)
    return _between(_rgb(anchors[index]), _rgb(anchors[index + 1]), place - index)


def mixed(one: str, other: str, part: float) -> str:
    """``part`` of the way from one colour to the other."""
    return hex_color(_between(_rgb(one.lstrip("#")), _rgb(other.lstrip("#")), part))


def ink(palette: Palette, border: str) -> str:
    """The colour of letters on a card whose border has the palette's colour of this name: that hue, but legible."""
    return mixed(getattr(palette, border), palette.text, INK_SHARE)


def hex_color(color: tuple[int, int, int]) -> str:
    """``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def _between(one: tuple[int, int, int], other: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


# Colours that tell classes apart for every eye, by Okabe and Ito (https://jfly.uni-koeln.de/color/), without their
# yellow, which no light background carries.
CLASSES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#7f7f7f")
