"""One frame of the scene, at the level of detail that its zoom allows: cards, flat boxes, or a splat of pixels.

``draw_scene`` is what changes with camera, scene and marks; ``draw_overlay`` what changes with the mouse and with each
tick of an animation, so that hovering never draws the scene again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gradscope.graph.visible import ItemKind

from . import paint_edges
from .paint_cards import Pencil, corner, crisp, draw_boxes, draw_cards, draw_headers
from .paint_cuts import draw_cuts
from .paint_far import draw_flat_cards, draw_names
from .paint_ports import draw_chosen_port, draw_ports
from .styles import faded

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from .camera import Camera
    from .marks import Marks
    from .paint_far import FarGround
    from .scene import Scene
    from .styles import Styles
    from .text_cache import TextCache

CARD_ZOOM = 0.45
_MOST_CARDS = 1500
_MOST_ROUTES = 500
_MOST_RECTS = 20_000
_LEAST_OVERLAY = 6.0  # pixels a side, so that a halo is seen at any zoom


class Detail(IntEnum):
    """How much of an item is drawn."""

    SPLAT = 0
    FLAT = 1
    CARDS = 2


@dataclass(frozen=True, slots=True)
class Overlay:
    """What lies over the scene. Items, -1 for none; ``travel`` 0..1 is the dot's way, None when it rests."""

    hovered: int = -1
    selected: int = -1
    hits: tuple[int, ...] = ()
    travel: float | None = None
    stops: tuple[int, ...] = ()  # items with a breakpoint
    port: int = -1  # the line whose port is chosen


def detail_of(camera: Camera, cards: int) -> Detail:
    """The level for so many cards in view."""
    if camera.zoom >= CARD_ZOOM and cards <= _MOST_CARDS:
        return Detail.CARDS
    return Detail.FLAT if cards <= _MOST_RECTS else Detail.SPLAT


def draw_scene(
    painter: QPainter,
    scene: Scene,
    marks: Marks | None,
    camera: Camera,
    styles: Styles,
    texts: TextCache,
    ground: FarGround,
    edge_opacity: float = 1.0,
) -> None:
    """Boxes, edges and cards in view; edges fade in while the items are still moving."""
    still = edge_opacity >= 1.0
    area = camera.scene_rect
    boxes, cards = scene.items_in(area, scene.boxes), scene.items_in(area, scene.cards)
    box_rects, card_rects = camera.screen_rects(scene.rects[boxes]), camera.screen_rects(scene.rects[cards])
    detail = detail_of(camera, len(cards))
    pencil = Pencil(painter, texts, styles, camera.zoom)
    if detail is not Detail.CARDS:
        ground.draw(painter, scene, camera, styles, box_rects, still)
        draw_flat_cards(painter, scene, marks, camera, styles, cards, card_rects, splatted=detail is Detail.SPLAT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if marks is not None and still:
            paint_edges.draw_lit(painter, scene, marks, camera, styles)
        draw_names(pencil, scene, boxes, box_rects)
        _draw_glow(painter, scene, marks, camera, styles)
        _draw_halo(painter, scene, marks, camera, styles)
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_boxes(pencil, box_rects)
    edges = scene.edges_in(area)
    if len(edges) <= _MOST_ROUTES:
        painter.setOpacity(edge_opacity)
        paint_edges.draw_routes(pencil, scene, camera, edges, marks)
        painter.setOpacity(1.0)
    elif still:
        paint_edges.draw_segments(painter, scene, camera, styles, edges)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_glow(painter, scene, marks, camera, styles)
    if marks is not None and still:
        paint_edges.draw_lit(painter, scene, marks, camera, styles)
    draw_headers(pencil, scene, boxes, box_rects)
    draw_cards(pencil, scene, marks, cards, card_rects)
    if still:
        draw_cuts(pencil, scene, camera, edges.tolist() if len(edges) <= _MOST_ROUTES else (), cards.tolist())
        draw_ports(pencil, scene, camera, edges)
    _draw_halo(painter, scene, marks, camera, styles)
    if marks is not None and marks.derivatives and still and camera.zoom >= 0.7:
        paint_edges.draw_derivatives(pencil, scene, marks, camera, edges)


def draw_overlay(
    painter: QPainter, scene: Scene, marks: Marks | None, camera: Camera, styles: Styles, overlay: Overlay
) -> None:
    """Search hits, hover, selection, breakpoints, and the gradient on its way."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for item in overlay.hits:
        _ring(painter, scene, item, camera, styles, (styles.accent, 5.0, 90))
    if overlay.hovered >= 0 and overlay.hovered != overlay.selected:
        _ring(painter, scene, overlay.hovered, camera, styles, (styles.accent, 2.0, 110))
    halo = marks.halo if marks is not None else -1
    if overlay.selected >= 0 and overlay.selected != halo:  # one ring is enough: while stepping the halo is selected
        _ring(painter, scene, overlay.selected, camera, styles, (styles.accent, 2.0, 255), gap=3.5)
    for item in overlay.stops:
        _draw_stop(painter, item_rect(scene, item, camera), styles)
    if overlay.port >= 0:
        draw_chosen_port(painter, scene, camera, styles, overlay.port)
    if marks is not None and overlay.travel is not None:
        paint_edges.draw_travelling(painter, scene, marks, camera, styles, overlay.travel)


def item_rect(scene: Scene, item: int, camera: Camera) -> QRectF:
    """An item in widget pixels, as its border is drawn."""
    x, y, width, height = camera.screen_rects(scene.rects[item : item + 1])[0].tolist()
    return crisp(x, y, width, height)


def _draw_stop(painter: QPainter, rect: QRectF, styles: Styles) -> None:
    """A dot on the upper left corner, as large at every zoom."""
    painter.setPen(QPen(styles.canvas, 1.5))
    painter.setBrush(styles.cut)
    painter.drawEllipse(rect.topLeft(), 5.5, 5.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _draw_glow(painter: QPainter, scene: Scene, marks: Marks | None, camera: Camera, styles: Styles) -> None:
    if marks is None or marks.halo < 0:
        return
    strength = min(1.25, max(0.7, camera.zoom))
    for width, alpha in ((12.0, 40), (8.0, 65), (5.0, 100)):
        _ring(painter, scene, marks.halo, camera, styles, (styles.halo, width * strength, alpha))


def _draw_halo(painter: QPainter, scene: Scene, marks: Marks | None, camera: Camera, styles: Styles) -> None:
    if marks is not None and marks.halo >= 0:
        width = 2.4 * min(1.25, max(0.7, camera.zoom))
        _ring(painter, scene, marks.halo, camera, styles, (styles.halo, width, 255))


def _ring(
    painter: QPainter,
    scene: Scene,
    item: int,
    camera: Camera,
    styles: Styles,
    ink: tuple[QColor, float, int],
    gap: float = 0.0,
) -> None:
    """An outline along an item's border, ``gap`` pixels outside of it."""
    rect = item_rect(scene, item, camera)
    grow_x = max(gap, (_LEAST_OVERLAY - rect.width()) / 2)
    grow_y = max(gap, (_LEAST_OVERLAY - rect.height()) / 2)
    radius = corner(int(scene.looks[item]), rect, camera.zoom, styles)
    if scene.visible.kinds[item] in (ItemKind.REFERENCE, ItemKind.CHIP):
        radius = rect.height() / 2
    rect.adjust(-grow_x, -grow_y, grow_x, grow_y)
    color, width, alpha = ink
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(faded(color, alpha), width))
    painter.drawRoundedRect(rect, radius + gap, radius + gap)
