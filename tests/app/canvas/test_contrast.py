"""Every text on the canvas and around it can be read, in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QPushButton

from gradscope.app.canvas.pane import CanvasPane
from gradscope.app.theme import DARK, LIGHT
from gradscope.export.picture import picture_of
from gradscope.graph.fold import initial
from gradscope.graph.state import reduce
from gradscope.wire import messages as m
from tests.app.canvas.contrast import LEAST, Written, contrast, drawn, texts_written, unreadable
from tests.app.canvas.scenes import marks_of, scene_of
from tests.export.scenes import graph_of, looks
from tests.samples import spiral_state

if TYPE_CHECKING:
    from gradscope.app.theme import Theme


@pytest.fixture
def written(monkeypatch) -> list[Written]:
    return texts_written(monkeypatch)


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
