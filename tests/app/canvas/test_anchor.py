"""Opening and closing calls: the header under the pointer moves by no pixel, and one graph makes one picture."""

from __future__ import annotations

import random

import numpy as np

from gradscope.app.canvas.widget import GraphCanvas
from gradscope.app.theme import LIGHT
from gradscope.graph import fold
from tests.app.canvas.scenes import scene_of
from tests.layout import graphs


def test_the_header_of_what_is_opened_or_closed_stays_to_the_pixel(qtbot) -> None:
    graph = graphs.gpt(6)
    canvas = GraphCanvas(LIGHT)
    qtbot.addWidget(canvas)
    canvas.resize(1000, 800)
    canvas.set_animated(False)
    canvas.show()
    state = fold.initial(graph)
    canvas.set_scene(scene_of(graph, state))
    chance = random.Random(2)
    for turn in range(16):
        assert canvas.scene is not None
        calls = [call for call in canvas.scene.visible.call.tolist() if call >= 0]
        call = chance.choice(calls)
        x, y, width, _ = canvas.scene.rects[canvas.scene.item_of(("call", call))].tolist()
        canvas.set_view(x + width / 2 + turn * 1.37, y + 50.3, chance.uniform(0.4, 1.3))
        before = canvas.call_rect(call).topLeft()
        state = state.toggled(call)
        canvas.set_scene(scene_of(graph, state), anchor_item=("call", call))
        assert canvas.call_rect(call).topLeft() == before


def test_a_graph_that_comes_again_stands_where_it_stood() -> None:
    one, other = (scene_of(graphs.gpt(4)) for _ in range(2))
    assert np.array_equal(one.rects, other.rects)
    assert np.array_equal(one.layout.points, other.layout.points)
