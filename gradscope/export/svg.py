"""A graph as an SVG document, written without Qt: the same cards, words, bars and edges that the canvas shows.

Every item on screen is a group with a title, which a viewer shows on hovering and a reader reads out. The fonts travel
inside the file, once, as subsets for Latin and Greek (70 kB together).
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gradscope.palette import PALETTES
from gradscope.resources import resource

from .svg_cards import draw_boxes, draw_cards, draw_headers, draw_ring
from .svg_edges import draw_cuts, draw_derivatives, draw_lit, draw_ports, draw_routes
from .svg_legend import HEADING, LEAST_WIDTH, draw_heading, draw_legend, legend_height
from .svg_pen import SvgPen, number, xml_text

if TYPE_CHECKING:
    from gradscope.graph.marks import Marks
    from gradscope.layout.scene import Scene
    from gradscope.palette import ThemeName

MARGIN = 24.0
_FACES = (
    ("Inter", 400, "Inter-Regular.woff2"),
    ("Inter", 600, "Inter-SemiBold.woff2"),
    ("JetBrains Mono", 400, "JetBrainsMono-Regular.woff2"),
)
_GLOW = ((12.0, 0.16), (8.0, 0.25), (5.0, 0.39))
_HALO = ((2.4, 1.0),)


@dataclass(frozen=True, slots=True)
class PictureStyle:
    """``title`` and ``detail`` stand above the graph. ``view`` is the part of the scene that is wanted (x, y, width,
    height; None: all of it), drawn at ``zoom``.
    """

    theme: ThemeName = "light"
    title: str = ""
    detail: str = ""
    view: tuple[float, float, float, float] | None = None
    zoom: float = 1.0


@dataclass(frozen=True, slots=True)
class SvgPicture:
    """``width`` and ``height`` in pixels at scale 1."""

    text: str
    width: float
    height: float


def svg_picture(scene: Scene, marks: Marks | None, style: PictureStyle) -> SvgPicture:
    """The document."""
    pen = SvgPen(PALETTES[style.theme])
    x, y, width, height = style.view if style.view is not None else _grown(scene.bounds)
    page = max(LEAST_WIDTH, width * style.zoom)
    left = (page - width * style.zoom) / 2
    bottom = HEADING + height * style.zoom
    total = bottom + legend_height(page, marks)
    pen.rect((0, 0, page, total), 0, f'fill="{pen.palette.canvas}"')
    # What reaches out of a view is covered by the bands above and below, and ends at the document's sides.
    places = f"translate({number(left)} {number(HEADING)}) scale({style.zoom:.6g}) translate({number(-x)} {number(-y)})"
    area = (x - left / style.zoom, y, page / style.zoom, height)
    pen.open_group(f'class="graph" transform="{places}"')
    _draw_graph(pen, scene, marks, area)
    pen.close_group()
    draw_heading(pen, page, style.title, style.detail)
    draw_legend(pen, bottom, page, marks)
    return SvgPicture(_document(pen, style, page, total), page, total)


def _draw_graph(pen: SvgPen, scene: Scene, marks: Marks | None, area: tuple[float, float, float, float]) -> None:
    boxes = scene.items_in(area, scene.boxes).tolist()
    cards = scene.items_in(area, scene.cards).tolist()
    edges = scene.edges_in(area).tolist()
    draw_boxes(pen, scene, marks, boxes)
    draw_routes(pen, scene, marks, edges)
    halo = marks.halo if marks is not None else -1
    if halo >= 0:
        draw_ring(pen, scene, halo, _GLOW)
    if marks is not None:
        draw_lit(pen, scene, marks)
    draw_headers(pen, scene, boxes)
    draw_cards(pen, scene, marks, cards)
    draw_cuts(pen, scene, edges, cards)
    draw_ports(pen, scene, set(edges))
    if halo >= 0:
        draw_ring(pen, scene, halo, _HALO)
    if marks is not None:
        draw_derivatives(pen, scene, marks, set(edges))


def _grown(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    x, y, width, height = bounds
    return (x - MARGIN, y - MARGIN / 2, width + 2 * MARGIN, height + 1.5 * MARGIN)


def _document(pen: SvgPen, style: PictureStyle, width: float, height: float) -> str:
    wide, high = number(width), number(height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
        ' font-family="Inter, sans-serif" font-size="11">'
    )
    title = " ".join(text for text in (style.title, style.detail) if text) or "autograd graph"
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            head,
            f"<title>{xml_text(title)}</title>",
            f"<style>{_font_faces()}</style>",
            *pen.parts,
            "</svg>\n",
        ]
    )


@cache
def _font_faces() -> str:
    faces = []
    for family, weight, name in _FACES:
        data = base64.b64encode(resource("fonts", "picture", name).read_bytes()).decode()
        source = f'url(data:font/woff2;base64,{data}) format("woff2")'
        faces.append(f'@font-face{{font-family:"{family}";font-weight:{weight};src:{source}}}')
    return "".join(faces)
