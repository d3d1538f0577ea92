"""How each item is drawn, as data: fill, border, corners and dashes, so that a role is told by colour and by shape."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Look(IntEnum):
    """How an item is drawn; the first five are those of ``Role``."""

    LEAF = 0
    INTERMEDIATE = 1
    ROOT = 2
    INPUT = 3
    UNTRACKED = 4
    FROZEN = 5
    CLOSED = 6
    OPEN = 7


@dataclass(frozen=True, slots=True)
class LookStyle:
    """``fill`` and ``border`` are fields of ``Palette``, ``radius`` is in scene pixels, ``double`` a second border.

    ``hatch`` is drawn over the fill.
    """

    fill: str
    border: str
    radius: float
    width: float = 1.5
    dashed: bool = False
    double: bool = False
    hatch: bool = False


LOOKS: dict[Look, LookStyle] = {
    Look.LEAF: LookStyle("leaf_fill", "leaf", 20),
    Look.INTERMEDIATE: LookStyle("intermediate_fill", "intermediate", 5),
    Look.ROOT: LookStyle("root_fill", "root", 5, double=True),
    Look.INPUT: LookStyle("input_fill", "input", 6, dashed=True),
    Look.UNTRACKED: LookStyle("input_fill", "untracked", 5, hatch=True),
    Look.FROZEN: LookStyle("input_fill", "input", 20, dashed=True),
    Look.CLOSED: LookStyle("box", "box_border", 8, width=1.2),
    Look.OPEN: LookStyle("box", "box_border", 9, width=1.2),
}
DASHES = (3.2, 2.4)  # of a dashed border, in widths of the border
EDGE_DASHES = (3.6, 2.6)  # of an edge without gradient, in widths of the line
# The colour of a card's last row by the status of its gradient; any other is muted.
WORD_COLOURS: dict[str, str] = {
    "value": "text",
    "nonfinite": "nonfinite_text",
    "old": "halo_text",
    "none": "cut",
    "cut": "cut",
    "undefined": "cut",
}


def bar_span(share: float, around_one: bool) -> tuple[float, float]:
    """Where a bar is filled, of its width: up to the share, or for a ratio from the middle to it."""
    return (min(share, 0.5), max(share, 0.5)) if around_one else (0.0, share)
