"""Every text on the canvas and around it can be read, in both themes: contrast as WCAG has it, measured in pixels.

Drawn four times as large, so that the middle of a letter's stem shows the ink itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor, QImage, QRegion
from PySide6.QtWidgets import QPushButton, QWidget

from gradscope.app.canvas.pane import CanvasPane
from gradscope.app.canvas.text_cache import TextCache
from gradscope.app.theme import DARK, LIGHT
from gradscope.export.picture import picture_of
from gradscope.graph.fold import initial
from gradscope.graph.state import reduce
from gradscope.wire import messages as m
from tests.app.canvas.scenes import marks_of, scene_of
from tests.export.scenes import graph_of, looks
from tests.samples import spiral_state

if TYPE_CHECKING:
    from gradscope.app.theme import Theme

SCALE = 4
LEAST = 4.5


@dataclass
class Written:
    """A text and where it was written, in pixels of the widget that was drawn."""

    text: str
    place: QRectF


@pytest.fixture
def written(monkeypatch) -> list[Written]:
    found: list[Written] = []
    draw = TextCache.draw

    def draw_and_tell(self, painter, text, place, style, align="left") -> float:
        used = draw(self, painter, text, place, style, align)
        x, centre, room = place
        x += {"left": 0.0, "right": room - used, "center": (room - used) / 2}[align]
        if used:
            found.append(Written(text, QRectF(x, centre - style[1] * 0.6, used, style[1] * 1.2)))
        return used

    monkeypatch.setattr(TextCache, "draw", draw_and_tell)
    return found


def drawn(widget: QWidget) -> QImage:
    image = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    widget.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawWindowBackground)
    return image


def contrast(image: QImage, place: QRectF) -> float:
    """Between what most of a place is and the pixel in it that stands out most."""
    box = QRectF(place.topLeft() * SCALE, place.size() * SCALE).toRect().intersected(image.rect())
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    part = rows[box.top() : box.bottom(), box.left() : box.right()]
    colours, counts = np.unique(part, return_counts=True)
    ground = luminance(QColor(int(colours[counts.argmax()])))
    inks = [luminance(QColor(int(colour))) for colour in colours[counts > SCALE]]
    return max((max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) for ink in inks)


def luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def unreadable(widget: QWidget, written: list[Written]) -> dict[str, float]:
    written.clear()
    image = drawn(widget)
    seen = [one for one in written if QRectF(widget.rect()).contains(one.place)]
    assert seen
    return {one.text: found for one in seen if (found := contrast(image, one.place)) < LEAST}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("what", ["every look", "held in backward", "folded", "old and none"])
def test_texts_of_cards_can_be_read(qtbot, written, theme: Theme, what: str) -> None:
    pane = CanvasPane(theme)
    qtbot.addWidget(pane)
    pane.resize(1000, 1300)
    pane.show()
    pane.canvas.set_animated(False)
    if what == "every look":
        _, scene, marks = looks()
    else:
        state = spiral_state()
        graph = graph_of(state)
        if what == "old and none":
            old = (0).to_bytes(4, "little")
            state = reduce(state, m.PassStarted(13, 0, "backward", "spiral", "light", "loss", 0.5, b"", old))
            state = reduce(state, m.PassEnded(13, 0, 0.01)) if theme is DARK else state
        folding = initial(graph, limit=9) if what == "folded" else initial(graph).all_open()
        scene, marks = picture_of(state, graph, folding)
    pane.canvas.set_scene(scene)
    pane.canvas.set_marks(marks)
    x, y, width, height = scene.bounds
    pane.canvas.set_view(x + width / 2, y + height / 2, 1.0)
    assert unreadable(pane.canvas, written) == {}
    for legend in (pane.heat_legend, pane.role_legend):
        assert unreadable(legend, written) == {}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_buttons_of_the_heat_modes_can_be_read(qtbot, theme: Theme) -> None:
    state = spiral_state()
    scene = scene_of(graph_of(state))
    pane = CanvasPane(theme)
    qtbot.addWidget(pane)
    pane.resize(1000, 700)
    pane.show()
    pane.canvas.set_scene(scene)
    pane.canvas.set_marks(marks_of(state, scene))
    for button in (one for one in pane.selector.findChildren(QPushButton) if one.isVisible()):
        image = drawn(button)
        inner = QRectF(button.rect()).adjusted(8, 5, -8, -5)
        assert contrast(image, inner) >= LEAST, button.text()
