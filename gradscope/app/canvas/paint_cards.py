"""Cards with text, for a zoom at which they can be read: as many rows as fit at 11 pixels, never smaller letters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from gradscope.graph.formats import format_number
from gradscope.graph.visible import ItemKind
from gradscope.layout.looks import bar_span
from gradscope.layout.sizes import DETAIL_PIXELS, HEADER_HEIGHT, TITLE_PIXELS

from .scene import Look
from .text_cache import SMALLEST_TEXT
from .texts import shorter_names

if TYPE_CHECKING:
    from gradscope.graph.snapshot import Ints

    from .marks import Marks, Words
    from .scene import Floats2, Scene
    from .styles import Styles
    from .text_cache import FontName, TextCache
    from .texts import Card

_ROW = 13.0  # pixels from row to row at least, for letters of 11 pixels
_TWO_ROWS, _THREE_ROWS = 27.0, 41.0  # pixels of height that so many rows need
_TWO_CALM_ROWS = 30.0  # where the second says nothing that changes, it does not crowd the first
_STEPS = {1: 0.5, 2: 0.38, 3: 0.285}  # of the card's height, from row to row
_ROUNDING = 1.5  # pixels that a card loses to whole pixels; equal cards have equally many rows
_BAR = 4.0
_STRIP = 4.5  # pixels at the lower border of a card that a line takes
_LEAST_BAR = 14.0


@dataclass(frozen=True, slots=True)
class Pencil:
    """What every drawing function needs: where to draw, at which zoom, in which colours."""

    painter: QPainter
    texts: TextCache
    styles: Styles
    zoom: float

    def write(
        self,
        text: str,
        place: tuple[float, float, float],
        font: FontName,
        color: QColor,
        align: Literal["left", "right", "center"] = "left",
    ) -> float:
        """One line centred on a y, at the zoom's size but never below the smallest; returns its width."""
        return self.texts.draw(self.painter, text, place, (font, self.pixels(font), color), align)

    def width(self, text: str, font: FontName) -> float:
        """The width of a line at this zoom."""
        return self.texts.width(text, font, self.pixels(font))

    def fitting(self, names: tuple[str, ...], room: float, font: FontName, pixels: int) -> str:
        """The first of some names that has room, else the first."""
        return next((name for name in names if self.texts.width(name, font, pixels) <= room), names[0])

    def pixels(self, font: FontName) -> int:
        """Letter size at this zoom."""
        return max(SMALLEST_TEXT, round((TITLE_PIXELS if font == "title" else DETAIL_PIXELS) * self.zoom))


def draw_boxes(pencil: Pencil, rects: Floats2) -> None:
    """Open calls, outermost first."""
    zoom, painter = pencil.zoom, pencil.painter
    look = pencil.styles.cards[Look.OPEN]
    painter.setPen(look.pen(zoom))
    painter.setBrush(look.fill)
    for x, y, width, height in rects.tolist():
        painter.drawRoundedRect(crisp(x, y, width, height), look.radius * zoom, look.radius * zoom)


def draw_headers(pencil: Pencil, scene: Scene, items: Ints, rects: Floats2) -> None:
    """Names of open calls, over the edges that pass through them."""
    zoom = pencil.zoom
    if zoom * HEADER_HEIGHT < SMALLEST_TEXT + 1.5:
        return
    ground = pencil.styles.cards[Look.OPEN].fill
    for item, (x, y, width, _) in zip(items.tolist(), rects.tolist(), strict=True):
        card = scene.card(item)
        centre, left = y + HEADER_HEIGHT / 2 * zoom, x + 10 * zoom
        wide = pencil.width(card.title, "title") + pencil.width(card.side, "small") + 30 * zoom
        high = pencil.pixels("title") + 2
        pencil.painter.fillRect(QRectF(left - 2, centre - high / 2, min(wide, width - 16 * zoom), high), ground)
        _write_call(pencil, card, (left, centre, width - 20 * zoom), opened=True)


def draw_cards(pencil: Pencil, scene: Scene, marks: Marks | None, items: Ints, rects: Floats2) -> None:
    """Everything that is not an open call."""
    kinds = scene.visible.kinds[items].tolist()
    looks = scene.looks[items].tolist()
    for item, kind, look, (x, y, width, height) in zip(items.tolist(), kinds, looks, rects.tolist(), strict=True):
        rect = crisp(x, y, width, height)
        card = scene.card(item)
        if kind in (ItemKind.CHIP, ItemKind.REFERENCE):
            _draw_pill(pencil, rect, look, card, kind)
            continue
        _draw_body(pencil, rect, look)
        if kind == ItemKind.CLOSED_CALL:
            _write_closed(pencil, rect, card, marks, item)
        else:
            _write_node(pencil, rect, look, card, marks, item)


def crisp(x: float, y: float, width: float, height: float) -> QRectF:
    """A rectangle whose border falls on whole pixels; moved by a pixel it keeps its size (``round`` is to even)."""
    left, top, right, bottom = (math.floor(edge + 0.500001) for edge in (x, y, x + width, y + height))
    return QRectF(left + 0.5, top + 0.5, max(1, right - left - 1), max(1, bottom - top - 1))


def corner(look: int, rect: QRectF, zoom: float, styles: Styles) -> float:
    """Corner radius of a card in pixels."""
    return min(styles.cards[look].radius * zoom, rect.height() / 2)


def _draw_body(pencil: Pencil, rect: QRectF, look: int) -> None:
    painter, style = pencil.painter, pencil.styles.cards[look]
    radius = corner(look, rect, pencil.zoom, pencil.styles)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(style.fill)
    painter.drawRoundedRect(rect, radius, radius)
    if style.hatch:
        painter.setBrush(pencil.styles.hatch)
        painter.drawRoundedRect(rect, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(style.pen(pencil.zoom))
    painter.drawRoundedRect(rect, radius, radius)
    if style.double:
        inner = rect.adjusted(3, 3, -3, -3)
        painter.setPen(QPen(style.border, 1.0))
        painter.drawRoundedRect(inner, max(1.0, radius - 2), max(1.0, radius - 2))


def _draw_pill(pencil: Pencil, rect: QRectF, look: int, card: Card, kind: int) -> None:
    """A bookkeeping node or a further use of a leaf: one word in a pill."""
    painter, style = pencil.painter, pencil.styles.cards[look]
    radius = rect.height() / 2
    pen = style.pen(pencil.zoom)
    painter.setPen(pen)
    painter.setBrush(style.fill)
    painter.drawRoundedRect(rect, radius, radius)
    if rect.height() < SMALLEST_TEXT + 1:
        return
    text, centre, room = card.title, rect.center().y(), rect.width() - 6
    if kind == ItemKind.REFERENCE:
        _write_reference(pencil, rect, text, pencil.styles.inks[Look(look)])
        return
    if pencil.width(text, "small") > room:
        return  # one letter of it would be a riddle; the tooltip says it
    pencil.write(text, (rect.left() + 3, centre, room), "small", pencil.styles.inks[Look(look)], "center")


def _write_reference(pencil: Pencil, rect: QRectF, text: str, color: QColor) -> None:
    """An arrow and the leaf's name, its last part where all has no room, the arrow alone where that has none."""
    size, centre = 7 * max(0.8, pencil.zoom), rect.center().y()
    room = rect.width() - 17 - size
    shown = next((part for part in shorter_names(text) if pencil.width(part, "small") <= room), "")
    if not shown:
        _draw_return_arrow(pencil, QPointF(rect.center().x() - size / 2, centre), size, color)
        return
    _draw_return_arrow(pencil, QPointF(rect.left() + 8, centre), size, color)
    pencil.write(shown, (rect.left() + 12 + size, centre, room), "small", color)


def _draw_return_arrow(pencil: Pencil, start: QPointF, size: float, color: QColor) -> None:
    """A bent arrow: "this leaf is drawn elsewhere"."""
    x, y, half = start.x(), start.y(), size / 2
    path = QPainterPath(QPointF(x, y + half))
    path.lineTo(x + size, y - half)
    path.moveTo(x + size * 0.4, y - half)
    path.lineTo(x + size, y - half)
    path.lineTo(x + size, y + half * 0.2)
    pencil.painter.setPen(QPen(color, 1.4))
    pencil.painter.setBrush(Qt.BrushStyle.NoBrush)
    pencil.painter.drawPath(path)


def _write_call(pencil: Pencil, card: Card, place: tuple[float, float, float], opened: bool) -> None:
    x, centre, room = place
    size = max(6.0, 7 * pencil.zoom)
    _draw_triangle(pencil, x, centre, size, opened)
    x, room = x + size + 6 * pencil.zoom, room - size - 6 * pencil.zoom
    title = pencil.fitting(shorter_names(card.title), room, "title", pencil.pixels("title"))
    used = pencil.write(title, (x, centre, room), "title", pencil.styles.text) + 8 * pencil.zoom
    if pencil.width(card.side, "small") <= room - used:
        pencil.write(card.side, (x + used, centre, room - used), "small", pencil.styles.muted)


def _draw_triangle(pencil: Pencil, x: float, centre: float, size: float, opened: bool) -> None:
    half = size / 2
    if opened:
        points = [
            QPointF(x, centre - half * 0.8),
            QPointF(x + size, centre - half * 0.8),
            QPointF(x + half, centre + half),
        ]
    else:
        points = [QPointF(x + 1, centre - half), QPointF(x + 1 + size * 0.9, centre), QPointF(x + 1, centre + half)]
    pencil.painter.setPen(Qt.PenStyle.NoPen)
    pencil.painter.setBrush(pencil.styles.text)
    pencil.painter.drawPolygon(QPolygonF(points))


def _row_centres(rect: QRectF, wanted: int) -> list[float]:
    """Centres of the rows that fit, together in the middle of the card."""
    height = rect.height() + _ROUNDING
    count = min(wanted, 3 if height >= _THREE_ROWS else 2 if height >= _TWO_ROWS else 1)
    step = min(rect.height() * 0.92 / count, max(_ROW, rect.height() * _STEPS[count]))
    return [rect.center().y() + step * (row - (count - 1) / 2) for row in range(count)]


def _write_closed(pencil: Pencil, rect: QRectF, card: Card, marks: Marks | None, item: int) -> None:
    pad = max(6.0, 11 * pencil.zoom)
    left, room = rect.left() + pad, rect.width() - 2 * pad
    rows = _row_centres(rect.adjusted(0, 0, 0, -_STRIP if _has_strip(marks, item) else 0), 2)
    words = marks.words(item) if marks is not None else None
    if len(rows) < 2:
        used = _write_beside(pencil, (left, rows[0], room), card.title, words)
        _write_call(pencil, card, (left, rows[0], room - used), opened=False)
        _draw_strip(pencil, rect, marks, item)
        return
    _write_call(pencil, card, (left, rows[0], room), opened=False)
    if words is None or not words.text:
        pencil.write(card.detail, (left, rows[1], room), "small", pencil.styles.muted)
        return
    font: FontName = "number" if words.status == "value" else "small"
    wide = pencil.width(words.text, font)
    pencil.write(words.text, (left, rows[1], room), font, pencil.styles.word_color(words.status), "right")
    free = room - wide - 8
    shown = next(
        (part for part in (card.detail, card.detail.split(", ")[0]) if pencil.width(part, "small") <= free), ""
    )
    pencil.write(shown, (left, rows[1], free), "small", pencil.styles.muted)
    _draw_strip(pencil, rect, marks, item)


def _write_beside(pencil: Pencil, place: tuple[float, float, float], title: str, words: Words | None) -> float:
    """A number at the right of a call's only row, where the name leaves room for it; returns the width it took."""
    left, centre, room = place
    if words is None or words.status != "value":
        return 0.0
    wide = pencil.width(words.text, "number") + 8
    if pencil.width(title, "title") + max(6.0, 13 * pencil.zoom) + wide > room:
        return 0.0
    pencil.write(words.text, (left, centre, room), "number", pencil.styles.word_color(words.status), "right")
    return wide


def _write_node(pencil: Pencil, rect: QRectF, look: int, card: Card, marks: Marks | None, item: int) -> None:
    styles = pencil.styles
    pad = max(6.0, (14 if look in (Look.LEAF, Look.FROZEN) else 11) * pencil.zoom)
    left, room = rect.left() + pad, rect.width() - 2 * pad
    words = marks.words(item) if marks is not None else None
    has_words = words is not None and bool(words.text)
    rows = _row_centres(rect, 3 if has_words else 2 if rect.height() >= _TWO_CALM_ROWS else 1)
    _write_title(pencil, (left, rows[0], room), card, marks.title(item, card.title) if marks else card.title)
    if len(rows) == 3 or (len(rows) == 2 and not has_words):
        used = 0.0
        if look == Look.FROZEN:
            used = _draw_lock(pencil, left, rows[1], styles.muted)
        pencil.write(card.detail, (left + used, rows[1], room - used), "small", styles.muted)
    if marks is None or words is None:
        return
    if has_words and len(rows) > 1:
        _write_words(pencil, (left, rows[-1], room), words, marks, item, look)
    elif has_words:
        _draw_strip(pencil, rect, marks, item)


def _write_title(pencil: Pencil, place: tuple[float, float, float], card: Card, valued: str) -> None:
    """Title at left, shape at right; the value in the title and then the shape give way when there is no room."""
    left, centre, room = place
    gap, side = 8 * pencil.zoom, pencil.width(card.side, "number")
    whole = (valued,) if pencil.width(valued, "title") <= room else ()
    title = pencil.fitting((*whole, *shorter_names(card.title)), room, "title", pencil.pixels("title"))
    free = room - pencil.width(title, "title") - gap
    if card.side and side <= free:
        pencil.write(card.side, (left, centre, room), "number", pencil.styles.muted, "right")
    pencil.write(title, (left, centre, room), "title", pencil.styles.text)


def _write_words(
    pencil: Pencil, place: tuple[float, float, float], words: Words, marks: Marks, item: int, look: int
) -> None:
    """The gradient's number with a bar in what is left of the row, or the words why there is none."""
    left, centre, room = place
    font: FontName = "number" if words.status in ("value", "nonfinite") else "small"
    text, color = words.text, pencil.styles.word_color(words.status)
    if words.status == "value" and pencil.width(text, font) > room:
        text = format_number(float(marks.values[item]))  # a list that has no room gives way to its norm
    pencil.write(text, (left, centre, room), font, color, "right")
    bar = room - pencil.width(text, font) - 12 * pencil.zoom
    if words.status not in ("value", "nonfinite", "zero") or bar < _LEAST_BAR:
        return
    height = max(3.0, _BAR * pencil.zoom)
    _draw_bar(pencil, QRectF(left, centre - height / 2, bar, height), marks, item, look)


def _draw_bar(pencil: Pencil, rect: QRectF, marks: Marks, item: int, look: int) -> None:
    painter, radius = pencil.painter, rect.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(pencil.styles.bar)
    painter.drawRoundedRect(rect, radius, radius)
    share = 1.0 if marks.nonfinite[item] else float(marks.fractions[item])
    if np.isnan(share) or (share == 0 and marks.values[item] == 0):
        return
    painter.setBrush(bar_color(pencil.styles, marks, item, look))
    filled = QRectF(rect)
    begin, end = bar_span(share, marks.around_one)
    filled.setWidth(max(rect.height(), rect.width() * (end - begin)))
    filled.moveLeft(min(rect.left() + rect.width() * begin, rect.right() - filled.width()))
    painter.drawRoundedRect(filled, radius, radius)


def bar_color(styles: Styles, marks: Marks, item: int, look: int) -> QColor:
    """Heat, or the role's own colour where heat is off; the non-finite never blend in."""
    if marks.nonfinite[item]:
        return styles.heat[-1]
    return styles.roles[look] if marks.mode == "role" else styles.heat_of(marks)[int(marks.buckets[item])]


def _has_strip(marks: Marks | None, item: int) -> bool:
    return marks is not None and bool(marks.nonfinite[item] or not np.isnan(marks.fractions[item]))


def _draw_strip(pencil: Pencil, rect: QRectF, marks: Marks | None, item: int) -> None:
    """What is left of the bar on a card too small for it: a line along its lower border."""
    if marks is None or not _has_strip(marks, item):
        return
    inset = max(5.0, min(11 * pencil.zoom, rect.height() * 0.45))
    strip = QRectF(rect.left() + inset, rect.bottom() - _STRIP, rect.width() - 2 * inset, _STRIP - 1.5)
    _draw_bar(pencil, strip, marks, item, Look.CLOSED if marks.mode == "role" else 0)


def _draw_lock(pencil: Pencil, x: float, centre: float, color: QColor) -> float:
    """A padlock; returns the width it took."""
    size = max(7.0, 8 * pencil.zoom)
    painter = pencil.painter
    painter.setPen(QPen(color, max(1.0, 1.2 * pencil.zoom)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shackle = QRectF(x + size * 0.2, centre - size * 0.65, size * 0.6, size * 0.9)
    painter.drawArc(shackle, 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(x, centre - size * 0.2, size, size * 0.7), 1.5, 1.5)
    return size + 4 * pencil.zoom
