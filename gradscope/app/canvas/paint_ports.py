"""Ports: where a line leaves the card of an operation with several outputs, with the number of the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPen

from gradscope.graph.outputs import port_text, ports

if TYPE_CHECKING:
    from gradscope.graph.snapshot import Ints

    from .camera import Camera
    from .paint_cards import Pencil
    from .scene import Scene

_RADIUS = 3.4
_NAMED_ZOOM = 0.7
REACH = 8.0  # pixels around a port in which the pointer means it


def draw_ports(pencil: Pencil, scene: Scene, camera: Camera, edges: Ints) -> None:
    """A dot on the card's border, its number beside the line."""
    known = ports(scene.graph, scene.visible)
    if not known:
        return
    painter, styles = pencil.painter, pencil.styles
    radius = max(2.4, _RADIUS * min(1.2, camera.zoom))
    for edge in edges.tolist():
        outputs = known.get(edge)
        route = scene.route(edge)
        if outputs is None or len(route) < 2:
            continue
        (x, y), (next_x, next_y) = ((route[:2] - (camera.left, camera.top)) * camera.zoom).tolist()
        painter.setPen(QPen(styles.cards[int(scene.looks[scene.visible.source[edge]])].border, 1.4))
        painter.setBrush(styles.canvas)
        painter.drawEllipse(QPointF(x, y), radius, radius)
        if camera.zoom < _NAMED_ZOOM:
            continue
        text, high = port_text(outputs), pencil.pixels("number")
        wide = pencil.width(text, "number")
        if abs(next_y - y) >= abs(next_x - x):  # beside a line that goes down, above one that goes sideways
            left, middle = x + radius + 2, y + radius + high / 2
        else:
            left, middle = (x + radius + 1 if next_x > x else x - radius - 1 - wide), y - high / 2 - 2
        pencil.write(text, (left, middle, wide + high), "number", styles.muted)


def port_at(scene: Scene, camera: Camera, x: float, y: float) -> int:
    """The line whose port is under a pixel; -1 if none is."""
    near, found = REACH, -1
    for edge in ports(scene.graph, scene.visible):
        route = scene.route(edge)
        if len(route) < 2:
            continue
        at_x, at_y = camera.to_screen(*route[0].tolist())
        distance = max(abs(at_x - x), abs(at_y - y))
        if distance <= near:
            near, found = distance, edge
    return found
