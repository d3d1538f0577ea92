"""Cards, chips, references and boxes of a picture, with the texts and bars that the canvas gives them at zoom 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gradscope.graph.formats import format_number
from gradscope.graph.visible import ItemKind
from gradscope.layout.describe import lines_of
from gradscope.layout.looks import DASHES, LOOKS, Look, bar_span
from gradscope.layout.sizes import HEADER_HEIGHT
from gradscope.layout.texts import shorter_names
from gradscope.palette import ink

from .svg_pen import SvgPen, number, polyline, width_of, xml_attribute

if TYPE_CHECKING:
    from gradscope.graph.marks import Marks, Words
    from gradscope.layout.scene import Scene
    from gradscope.layout.texts import Card

    from .svg_pen import FontName

Box = tuple[float, float, float, float]
_STEPS = {2: 0.38, 3: 0.285}  # of the card's height, from row to row
_BAR = 4.0
_LEAST_BAR = 14.0
_TRIANGLE = 7.0


def draw_boxes(pen: SvgPen, scene: Scene, marks: Marks | None, items: list[int]) -> None:
    """Open calls, outermost first."""
    for item in items:
        pen.open_group(_identity(scene, item), _told(scene, marks, item))
        style = LOOKS[Look.OPEN]
        stroke = f'fill="{pen.color(style.fill)}" stroke="{pen.color(style.border)}" stroke-width="{style.width}"'
        pen.rect(inner(scene, item), style.radius, stroke)
        pen.close_group()


def draw_headers(pen: SvgPen, scene: Scene, items: list[int]) -> None:
    """Names of open calls, over the edges that pass through them."""
    ground = pen.color(LOOKS[Look.OPEN].fill)
    for item in items:
        x, y, width, _ = scene.rects[item].tolist()
        card = scene.card(item)
        wide = min(width_of(card.title, "title") + width_of(card.side, "small") + 30, width - 16)
        pen.rect((x + 8, y + HEADER_HEIGHT / 2 - 7.5, wide, 15), 0, f'fill="{ground}"')
        _write_call(pen, card, (x + 10, y + HEADER_HEIGHT / 2, width - 20), opened=True)


def draw_cards(pen: SvgPen, scene: Scene, marks: Marks | None, items: list[int]) -> None:
    """Everything that is not an open call, one group each."""
    for item in items:
        kind, look = int(scene.visible.kinds[item]), Look(int(scene.looks[item]))
        box, card = inner(scene, item), scene.card(item)
        pen.open_group(_identity(scene, item), _told(scene, marks, item))
        if kind in (ItemKind.CHIP, ItemKind.REFERENCE):
            _draw_pill(pen, box, look, card, kind)
        else:
            _draw_body(pen, box, look)
            if kind == ItemKind.CLOSED_CALL:
                _write_closed(pen, box, card, marks, item)
            else:
                _write_node(pen, box, look, card, marks, item)
        pen.close_group()


def draw_ring(pen: SvgPen, scene: Scene, item: int, widths: tuple[tuple[float, float], ...]) -> None:
    """Where training is paused: outlines along an item's border, as (width, opacity)."""
    box, look = inner(scene, item), Look(int(scene.looks[item]))
    for width, opacity in widths:
        stroke = f'stroke="{pen.color("halo")}" stroke-width="{number(width)}" stroke-opacity="{number(opacity)}"'
        pen.rect(box, min(LOOKS[look].radius, box[3] / 2), f'fill="none" {stroke}')


def inner(scene: Scene, item: int) -> Box:
    """An item's rectangle, its border's middle half a pixel inside."""
    x, y, width, height = scene.rects[item].tolist()
    return (x + 0.5, y + 0.5, width - 1, height - 1)


def draw_swatch(pen: SvgPen, box: Box, look: Look, radius: float) -> None:
    """Fill, hatch and border of a look."""
    style = LOOKS[look]
    border = f'stroke="{pen.color(style.border)}" stroke-width="{style.width}"'
    if style.dashed:
        border += f' stroke-dasharray="{" ".join(number(dash * style.width) for dash in DASHES)}"'
    pen.rect(box, radius, f'fill="{pen.color(style.fill)}"{"" if style.hatch else " " + border}')
    if style.hatch:
        _hatch(pen, box, pen.color(style.border))
        pen.rect(box, radius, f'fill="none" {border}')
    if style.double:
        x, y, width, height = box
        stroke = f'fill="none" stroke="{pen.color(style.border)}" stroke-width="1"'
        pen.rect((x + 3, y + 3, width - 6, height - 6), max(1.0, radius - 2), stroke)


def _identity(scene: Scene, item: int) -> str:
    kind, row = scene.target_of(item)
    further = f"-at-{item}" if scene.visible.kinds[item] == ItemKind.REFERENCE else ""
    look = Look(int(scene.looks[item])).name.lower()
    word = {"open": "call open", "closed": "call closed", "frozen": "input frozen"}.get(look, look)
    return f'id="{kind}-{row}{further}" class="item {word}" data-name={xml_attribute(scene.card(item).title)}'


def _told(scene: Scene, marks: Marks | None, item: int) -> str:
    return "\n".join(line for line in lines_of(scene, marks, item) if line and not line.startswith("double click"))


def _draw_body(pen: SvgPen, box: Box, look: Look) -> None:
    draw_swatch(pen, box, look, min(LOOKS[look].radius, box[3] / 2))


def _hatch(pen: SvgPen, box: Box, color: str) -> None:
    """Lines at 45 degrees, cut at the card's border."""
    x, y, width, height = box
    lines = []
    for place in range(6, math.ceil(width + height), 6):
        start = (x + min(place, width), y + max(0.0, place - width))
        end = (x + max(0.0, place - height), y + min(place, height))
        lines.append(polyline((start, end)))
    pen.path("".join(lines), f'stroke="{color}" stroke-opacity="0.27" stroke-width="1" fill="none"')


def _draw_pill(pen: SvgPen, box: Box, look: Look, card: Card, kind: int) -> None:
    """A bookkeeping node or a further use of a leaf: one word in a pill."""
    draw_swatch(pen, box, look, box[3] / 2)
    x, y, width, height = box
    color, centre = ink(pen.palette, LOOKS[look].border), y + height / 2
    if kind == ItemKind.REFERENCE:
        _write_reference(pen, box, card.title, color)
        return
    pen.write(card.title, (x + 5, centre, width - 10), "small", color, "center")


def _write_reference(pen: SvgPen, box: Box, text: str, color: str) -> None:
    """An arrow and the leaf's name, or its last part where all has no room, or the arrow alone."""
    x, y, width, height = box
    centre, room = y + height / 2, width - 17 - _TRIANGLE
    shown = next((part for part in shorter_names(text) if width_of(part, "small") <= room), "")
    left = x + 8 if shown else x + width / 2 - _TRIANGLE / 2
    low, high, right = centre + _TRIANGLE / 2, centre - _TRIANGLE / 2, left + _TRIANGLE
    arrow = polyline(((left, low), (right, high))) + polyline(
        ((left + _TRIANGLE * 0.4, high), (right, high), (right, centre + _TRIANGLE * 0.1))
    )
    pen.path(arrow, f'fill="none" stroke="{color}" stroke-width="1.4"')
    pen.write(shown, (x + 12 + _TRIANGLE, centre, room), "small", color)


def _write_call(pen: SvgPen, card: Card, place: tuple[float, float, float], opened: bool) -> None:
    x, centre, room = place
    half = _TRIANGLE / 2
    if opened:
        corners = [(x, centre - half * 0.8), (x + _TRIANGLE, centre - half * 0.8), (x + half, centre + half)]
    else:
        corners = [(x + 1, centre - half), (x + 1 + _TRIANGLE * 0.9, centre), (x + 1, centre + half)]
    pen.path(polyline(corners) + "Z", f'fill="{pen.palette.text}"')
    x, room = x + _TRIANGLE + 6, room - _TRIANGLE - 6
    title = next((name for name in shorter_names(card.title) if width_of(name, "title") <= room), card.title)
    used = pen.write(title, (x, centre, room), "title", pen.palette.text) + 8
    if card.side and width_of(card.side, "small") <= room - used:
        pen.write(card.side, (x + used, centre, room - used), "small", pen.palette.muted)


def _rows(box: Box, count: int) -> list[float]:
    """Centres of the rows, together in the middle of the card."""
    _, y, _, height = box
    step = min(height * 0.92 / count, max(13.0, height * _STEPS[count]))
    return [y + height / 2 + step * (row - (count - 1) / 2) for row in range(count)]


def _write_closed(pen: SvgPen, box: Box, card: Card, marks: Marks | None, item: int) -> None:
    left, room = box[0] + 11, box[2] - 22
    rows = _rows(box, 2)
    _write_call(pen, card, (left, rows[0], room), opened=False)
    words = marks.words(item) if marks is not None else None
    if marks is None or words is None or not words.text:
        pen.write(card.detail, (left, rows[1], room), "small", pen.palette.muted)
        return
    font: FontName = "number" if words.status == "value" else "small"
    wide = pen.write(words.text, (left, rows[1], room), font, pen.word_color(words.status), "right")
    pen.write(card.detail, (left, rows[1], room - wide - 8), "small", pen.palette.muted)
    if not math.isnan(float(marks.fractions[item])) or marks.nonfinite[item]:
        strip = (box[0] + 11, box[1] + box[3] - 4.5, box[2] - 22, 3.0)
        _draw_bar(pen, strip, marks, item, Look.CLOSED)


def _write_node(pen: SvgPen, box: Box, look: Look, card: Card, marks: Marks | None, item: int) -> None:
    pad = 14 if look in (Look.LEAF, Look.FROZEN) else 11
    left, room = box[0] + pad, box[2] - 2 * pad
    words = marks.words(item) if marks is not None else None
    rows = _rows(box, 3 if words is not None and words.text else 2)
    _write_title(pen, (left, rows[0], room), card, marks.title(item, card.title) if marks else card.title)
    used = _draw_lock(pen, left, rows[1]) if look == Look.FROZEN else 0.0
    pen.write(card.detail, (left + used, rows[1], room - used), "small", pen.palette.muted)
    if marks is not None and words is not None and words.text:
        _write_words(pen, (left, rows[-1], room), words, marks, item, look)


def _write_title(pen: SvgPen, place: tuple[float, float, float], card: Card, valued: str) -> None:
    """Title at left, shape at right; the value in the title and then the shape give way when there is no room."""
    left, centre, room = place
    shorter = (valued, *shorter_names(card.title))
    title = next((text for text in shorter if width_of(text, "title") <= room), card.title)
    free = room - width_of(title, "title") - 8
    if card.side and width_of(card.side, "number") <= free:
        pen.write(card.side, (left, centre, room), "number", pen.palette.muted, "right")
    pen.write(title, (left, centre, room), "title", pen.palette.text)


def _write_words(
    pen: SvgPen, place: tuple[float, float, float], words: Words, marks: Marks, item: int, look: Look
) -> None:
    """The gradient's number with a bar in what is left of the row, or the words why there is none."""
    left, centre, room = place
    font: FontName = "number" if words.status in ("value", "nonfinite") else "small"
    text = words.text
    if words.status == "value" and width_of(text, font) > room:
        text = format_number(float(marks.values[item]))  # a list that has no room gives way to its norm
    wide = pen.write(text, (left, centre, room), font, pen.word_color(words.status), "right")
    bar = room - wide - 12
    if words.status in ("value", "nonfinite", "zero") and bar >= _LEAST_BAR:
        _draw_bar(pen, (left, centre - _BAR / 2, bar, _BAR), marks, item, look)


def _draw_bar(pen: SvgPen, box: Box, marks: Marks, item: int, look: Look) -> None:
    x, y, width, height = box
    pen.rect(box, height / 2, f'fill="{pen.palette.bar}"')
    bad = bool(marks.nonfinite[item])
    share = 1.0 if bad else float(marks.fractions[item])
    if math.isnan(share) or (share == 0 and marks.values[item] == 0):
        return
    if bad:
        color = pen.palette.nonfinite
    else:
        color = (
            pen.role_color(look) if marks.mode == "role" else pen.heat_color(int(marks.buckets[item]), marks.around_one)
        )
    begin, end = bar_span(share, marks.around_one)
    wide = max(height, width * (end - begin))
    pen.rect((min(x + width * begin, x + width - wide), y, wide, height), height / 2, f'fill="{color}"')


def _draw_lock(pen: SvgPen, x: float, centre: float) -> float:
    """A padlock; returns the width it took."""
    left, right, top = number(x + 1.6), number(x + 6.4), number(centre - 1.6)
    shackle = f"M{left} {top}V{number(centre - 2.8)}A2.4 2.4 0 0 1 {right} {number(centre - 2.8)}V{top}"
    pen.path(shackle, f'fill="none" stroke="{pen.palette.muted}" stroke-width="1.2"')
    pen.rect((x, centre - 1.6, 8, 5.6), 1.5, f'fill="{pen.palette.muted}"')
    return 12.0
