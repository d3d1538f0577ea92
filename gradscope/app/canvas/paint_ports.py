"""Ports: where a line leaves the card of an operation with several outputs, with the number of the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPen

from gradscope.graph.outputs import outputs_of, port_lines, port_text

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from gradscope.graph.snapshot import Ints

    from .camera import Camera
    from .paint_cards import Pencil
    from .scene import Scene
    from .styles import Styles

_RADIUS = 3.4
_CHOSEN = 6.0
_NAMED_ZOOM = 0.7
REACH = 8.0  # pixels around a port in which the pointer means it


def draw_ports(pencil: Pencil, scene: Scene, camera: Camera, edges: Ints) -> None:
    """A dot on the card's border, its number beside the line."""
    lines = port_lines(scene.graph, scene.visible)
    shown = edges[np.isin(edges, lines, kind="sort")] if len(lines) else lines
    if not len(shown):
        return
    painter, styles = pencil.painter, pencil.styles
    radius = max(2.4, _RADIUS * min(1.2, camera.zoom))
    for edge in shown.tolist():
        route = scene.route(edge)
        if len(route) < 2:
            continue
        (x, y), (next_x, next_y) = ((route[:2] - (camera.left, camera.top)) * camera.zoom).tolist()
        painter.setPen(QPen(styles.cards[int(scene.looks[scene.visible.source[edge]])].border, 1.4))
        painter.setBrush(styles.canvas)
        painter.drawEllipse(QPointF(x, y), radius, radius)
        if camera.zoom < _NAMED_ZOOM:
            continue
        text, high = port_text(outputs_of(scene.graph, scene.visible, edge)), pencil.pixels("number")
        wide = pencil.width(text, "number")
        if abs(next_y - y) >= abs(next_x - x):  # beside a line that goes down, above one that goes sideways
            left, middle = x + radius + 2, y + radius + high / 2
        else:
            left, middle = (x + radius + 1 if next_x > x else x - radius - 1 - wide), y - high / 2 - 2
        pencil.write(text, (left, middle, wide + high), "number", styles.muted)


def draw_chosen_port(painter: QPainter, scene: Scene, camera: Camera, styles: Styles, line: int) -> None:
    """A filled dot in a ring, as large at every zoom."""
    middle = place_of(scene, camera, line)
    painter.setPen(QPen(styles.accent, 2.0))
    painter.setBrush(styles.canvas)
    painter.drawEllipse(middle, _CHOSEN, _CHOSEN)
    painter.setBrush(styles.accent)
    painter.drawEllipse(middle, _RADIUS - 1, _RADIUS - 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def place_of(scene: Scene, camera: Camera, line: int) -> QPointF:
    """The widget pixel where a line leaves its card."""
    x, y = scene.route(line)[0].tolist()
    return QPointF(*camera.to_screen(x, y))


def next_port(scene: Scene, item: int, line: int, step: int) -> int:
    """The line of the port after (or before) ``line`` on a card; -1 after the last, and where there are no ports."""
    lines = port_lines(scene.graph, scene.visible)
    own = [-1, *lines[scene.visible.source[lines] == item].tolist()]
    return int(own[(own.index(line) + step) % len(own)])


def port_at(scene: Scene, camera: Camera, x: float, y: float) -> int:
    """The line whose port is under a pixel; -1 if none is."""
    lines = port_lines(scene.graph, scene.visible)
    lines = lines[scene.layout.start[lines + 1] > scene.layout.start[lines] + 1]
    if not len(lines):
        return -1
    begins = scene.layout.points[scene.layout.start[lines]]
    distance = np.abs(begins - camera.to_scene(x, y)).max(axis=1) * camera.zoom
    nearest = int(np.argmin(distance))
    return int(lines[nearest]) if distance[nearest] <= REACH else -1
