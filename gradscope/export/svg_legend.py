"""What stands around the graph in a picture: whose it is above, what colours and shapes mean below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.heat import BUCKETS
from gradscope.layout.looks import LOOKS, Look

from .svg_cards import draw_swatch
from .svg_edges import draw_cut
from .svg_pen import SvgPen, heat_hex, polyline, width_of

if TYPE_CHECKING:
    from gradscope.graph.marks import Marks

HEADING = 36.0
ROW = 34.0
LEAST_WIDTH = 470.0
MARGIN = 16.0
_ROLES = ((Look.LEAF, "leaf"), (Look.INTERMEDIATE, "intermediate"), (Look.ROOT, "root"), (Look.INPUT, "input"))
_CUT = "cut"
_SWATCH = (20.0, 13.0)
_BAR = (120.0, 7.0)


def legend_height(width: float, marks: Marks | None) -> float:
    """One row, or two where the page is narrow."""
    return ROW * (2 if _has_scale(marks) and _roles_width() + _scale_width(marks) + 3 * MARGIN > width else 1)


def draw_heading(pen: SvgPen, width: float, title: str, detail: str) -> None:
    """Name and circumstances in one line."""
    _band(pen, 0, width, HEADING)
    used = pen.write(title, (MARGIN, HEADING / 2, width - 2 * MARGIN), "title", pen.palette.text)
    left = MARGIN + used + 12
    pen.write(detail, (left, HEADING / 2, width - MARGIN - left), "small", pen.palette.muted)


def draw_legend(pen: SvgPen, top: float, width: float, marks: Marks | None) -> None:
    """Each role with its colour, its shape and its word; the heat scale with its numbers."""
    _band(pen, top, width, legend_height(width, marks))
    _draw_roles(pen, MARGIN, top + ROW / 2)
    if marks is None or not _has_scale(marks):
        return
    if legend_height(width, marks) > ROW:
        _draw_scale(pen, MARGIN, top + ROW * 1.4, marks)
    else:
        _draw_scale(pen, width - MARGIN - _scale_width(marks), top + ROW / 2, marks)


def _band(pen: SvgPen, top: float, width: float, height: float) -> None:
    pen.rect((0, top, width, height), 0, f'fill="{pen.palette.canvas}"')


def _draw_roles(pen: SvgPen, x: float, middle: float) -> None:
    wide, high = _SWATCH
    for look, word in _ROLES:
        radius = min(LOOKS[look].radius, high / 2) if look == Look.LEAF else 3.0
        draw_swatch(pen, (x, middle - high / 2, wide, high), look, radius)
        x += wide + 6
        x += pen.write(word, (x, middle, 120), "small", pen.palette.muted) + 16
    pen.path(polyline(((x, middle), (x + wide, middle))), f'stroke="{pen.palette.edge}" stroke-width="1.5" fill="none"')
    draw_cut(pen, (x + wide / 2, middle), ((x, middle), (x + wide, middle)))
    pen.write(_CUT, (x + wide + 6, middle, 60), "small", pen.palette.muted)


def _draw_scale(pen: SvgPen, x: float, middle: float, marks: Marks) -> None:
    x += pen.write(marks.caption, (x, middle, 240), "small", pen.palette.muted) + 10
    low, high = marks.ends
    x += pen.write(low, (x, middle, 80), "number", pen.palette.muted) + 6
    wide, tall = _BAR
    step = wide / BUCKETS
    for bucket in range(BUCKETS):
        box = (x + bucket * step, middle - tall / 2, step + (0.6 if bucket < BUCKETS - 1 else 0), tall)
        pen.rect(box, 0, f'fill="{heat_hex(bucket, marks.around_one)}"')
    x += wide + 6
    x += pen.write(high, (x, middle, 80), "number", pen.palette.muted) + 14
    pen.rect((x, middle - 4.5, 9, 9), 2, f'fill="{pen.palette.nonfinite}"')
    pen.write("NaN / Inf", (x + 14, middle, 80), "small", pen.palette.muted)


def _has_scale(marks: Marks | None) -> bool:
    return marks is not None and marks.scale.known and marks.mode != "role"


def _roles_width() -> float:
    return sum(width_of(word, "small") for word in (*(word for _, word in _ROLES), _CUT)) + 5 * 42.0


def _scale_width(marks: Marks | None) -> float:
    if marks is None:
        return 0.0
    low, high = marks.ends
    texts = width_of(marks.caption, "small") + width_of(low, "number") + width_of(high, "number")
    return texts + width_of("NaN / Inf", "small") + _BAR[0] + 10 + 6 + 6 + 14 + 14
