"""Edges of a picture: rounded orthogonal routes, arrows at the root's side, cuts, and the lit ones of a pause."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from gradscope.graph.heat import NONFINITE_BUCKET, UNKNOWN_BUCKET
from gradscope.graph.outputs import outputs_of, port_lines, port_text
from gradscope.layout.cut_signs import cut_signs
from gradscope.layout.looks import EDGE_DASHES, LOOKS, Look

from .svg_pen import SvgPen, number, polyline, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.graph.marks import Marks
    from gradscope.layout.scene import Scene

Point = tuple[float, float]
_WIDTH = 1.5
_LIT = 2.6
_PORT = 3.4
_CORNER = 6.0
_ARROW_LENGTH, _ARROW_HALF = 7.0, 3.4
_CUT_HALF, _CUT_GAP = 5.5, 2.0
_WORD_HEIGHT = 15.0


def draw_routes(pen: SvgPen, scene: Scene, marks: Marks | None, edges: list[int]) -> None:
    """All routes; lit edges are left to ``draw_lit``."""
    lit = set(marks.lit.tolist()) if marks is not None else set()
    tracked: list[list[Point]] = []
    dashed: list[list[Point]] = []
    for edge in edges:
        points = _route(scene, edge)
        if len(points) < 2 or edge in lit:
            continue
        if marks is not None and marks.edge_widths is not None and scene.visible.tracked[edge]:
            _draw_told(pen, marks, edge, points)
            continue
        (tracked if scene.visible.tracked[edge] else dashed).append(points)
    dashes = " ".join(number(dash * _WIDTH) for dash in EDGE_DASHES)
    for name, routes, color, more in (
        ("edges", tracked, pen.palette.edge, ""),
        ("edges untracked", dashed, pen.palette.input, f' stroke-dasharray="{dashes}"'),
    ):
        if not routes:
            continue
        pen.open_group(f'class="{name}" fill="none" stroke="{color}" stroke-width="{_WIDTH}"{more}')
        for points in routes:
            pen.path(rounded(points, _CORNER))
        pen.close_group()
        pen.path("".join(arrow_head(points[-2], points[-1]) for points in routes), f'fill="{color}"')


def draw_ports(pen: SvgPen, scene: Scene, edges: set[int]) -> None:
    """Where lines leave the card of an operation with several outputs: a dot, and the number of the output."""
    for edge in port_lines(scene.graph, scene.visible).tolist():
        points = _route(scene, edge)
        if len(points) < 2 or edge not in edges:
            continue
        (x, y), (next_x, next_y) = points[:2]
        border = pen.color(LOOKS[Look(int(scene.looks[scene.visible.source[edge]]))].border)
        dot = f'fill="{pen.palette.canvas}" stroke="{border}" stroke-width="1.4"'
        pen.rect((x - _PORT, y - _PORT, 2 * _PORT, 2 * _PORT), _PORT, f'class="port" {dot}')
        text = port_text(outputs_of(scene.graph, scene.visible, edge))
        wide = width_of(text, "number")
        if abs(next_y - y) >= abs(next_x - x):  # beside a line that goes down, above one that goes sideways
            left, middle = x + _PORT + 2, y + _PORT + 5.5
        else:
            left, middle = (x + _PORT + 1 if next_x > x else x - _PORT - 1 - wide), y - 7.5
        pen.write(text, (left, middle, wide + 1), "number", pen.palette.muted)


def _draw_told(pen: SvgPen, marks: Marks, edge: int, points: list[Point]) -> None:
    """An edge whose width tells how much flows along it, and its colour how large a gradient."""
    width = float(marks.edge_widths[edge]) if marks.edge_widths is not None else _WIDTH
    color, bucket = pen.palette.edge, UNKNOWN_BUCKET
    if marks.edge_buckets is not None:
        bucket = int(marks.edge_buckets[edge])
    if bucket != UNKNOWN_BUCKET:
        color = pen.palette.nonfinite if bucket == NONFINITE_BUCKET else pen.heat_color(bucket)
    pen.path(rounded(points, _CORNER), f'fill="none" stroke="{color}" stroke-width="{number(width)}"')
    pen.path(arrow_head(points[-2], points[-1], max(1.0, width / 2.2)), f'fill="{color}"')


def draw_lit(pen: SvgPen, scene: Scene, marks: Marks) -> None:
    """The edges that the gradient of the halo's node came along, their arrow at the leaf's side."""
    for edge in marks.lit.tolist():
        points = _route(scene, edge)[::-1]
        if len(points) >= 2:
            stroke = f'fill="none" stroke="{pen.palette.halo}" stroke-width="{_LIT}"'
            pen.path(rounded(points, _CORNER), stroke)
            pen.path(arrow_head(points[-2], points[-1], 1.25), f'fill="{pen.palette.halo}"')


def draw_derivatives(pen: SvgPen, scene: Scene, marks: Marks, edges: set[int]) -> None:
    """The local derivative beside each edge between one-element nodes."""
    for edge, value in marks.derivatives.items():
        points = _route(scene, edge)
        if len(points) < 2 or edge not in edges:
            continue
        (x, y), (end_x, end_y) = max(pairwise(points), key=lambda ends: _distance(*ends))
        upright = abs(end_x - x) < abs(end_y - y)
        text = f"×({value:.3g})" if value < 0 else f"×{value:.3g}"  # noqa: RUF001 - the sign of multiplication
        wide, high = width_of(text, "number") + 6, 14.0
        left = (x + end_x) / 2 + (5 if upright else -wide / 2)  # beside the line, never on it
        top = (y + end_y) / 2 - high / 2 - (0 if upright else high / 2 + 3)
        pen.rect((left, top, wide, high), 4, f'fill="{pen.palette.canvas}" fill-opacity="0.84"')
        pen.write(text, (left + 3, top + high / 2, wide), "number", pen.palette.halo_text)


def draw_cut(pen: SvgPen, middle: Point, way: tuple[Point, Point]) -> None:
    """Two bars across a straight piece of an edge, the gap between them open: here the gradient ends."""
    (x, y), (start, end) = middle, way
    length = _distance(start, end) or 1.0
    along_x, along_y = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    gap = polyline(
        (
            (x - along_x * _CUT_GAP, y - along_y * _CUT_GAP),
            (x + along_x * _CUT_GAP, y + along_y * _CUT_GAP),
        )
    )
    pen.path(gap, f'stroke="{pen.palette.canvas}" stroke-width="2.4"')
    bars = []
    for side in (-_CUT_GAP, _CUT_GAP):
        at_x, at_y = x + along_x * side, y + along_y * side
        across_x, across_y = -along_y * _CUT_HALF, along_x * _CUT_HALF
        bars.append(polyline(((at_x - across_x, at_y - across_y), (at_x + across_x, at_y + across_y))))
    pen.path("".join(bars), f'class="cut" stroke="{pen.palette.cut}" stroke-width="1.8" fill="none"')


def draw_cuts(pen: SvgPen, scene: Scene, edges: list[int], items: list[int]) -> None:
    """Marks of lines that are cut and of items after which gradient ends, reason and line beside each."""

    def measure(text: str) -> tuple[float, float]:
        return width_of(text, "small") + 6, _WORD_HEIGHT

    for sign in cut_signs(scene, edges, items, measure):
        if sign.edge < 0:
            pen.path(polyline(sign.way), f'stroke="{pen.palette.input}" stroke-width="{_WIDTH}" fill="none"')
        draw_cut(pen, sign.at, sign.way)
        if sign.plate is not None:
            left, top, wide, high = sign.plate
            pen.rect(sign.plate, 3, f'fill="{pen.palette.canvas}" fill-opacity="0.88"')
            pen.write(sign.text, (left + 3, top + high / 2, wide), "small", pen.palette.cut)


def rounded(points: Sequence[Point], radius: float) -> str:
    """Path commands of a polyline whose corners are arcs of at most ``radius``."""
    commands = [f"M{_at(points[0])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        back = _towards(here, before, min(radius, _distance(before, here) / 2))
        ahead = _towards(here, after, min(radius, _distance(here, after) / 2))
        commands.append(f"L{_at(back)}Q{_at(here)} {_at(ahead)}")
    commands.append(f"L{_at(points[-1])}")
    return "".join(commands)


def arrow_head(before: Point, tip: Point, size: float = 1.0) -> str:
    """Path commands of a triangle whose tip is at ``tip``, coming from ``before``."""
    base = _towards(tip, before, _ARROW_LENGTH * size)
    distance = _distance(before, tip) or 1.0
    half = _ARROW_HALF * size
    across_x, across_y = (before[1] - tip[1]) / distance * half, (tip[0] - before[0]) / distance * half
    left, right = (base[0] + across_x, base[1] + across_y), (base[0] - across_x, base[1] - across_y)
    return polyline((tip, left, right)) + "Z"


def _route(scene: Scene, edge: int) -> list[Point]:
    return [(x, y) for x, y in scene.route(edge).tolist()]


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _distance(a: Point, b: Point) -> float:
    return math.hypot(a[0] - b[0], a[1] - b[1])


def _towards(start: Point, end: Point, length: float) -> Point:
    distance = _distance(start, end) or 1.0
    return (
        start[0] + (end[0] - start[0]) / distance * length,
        start[1] + (end[1] - start[1]) / distance * length,
    )
