"""What a user sees: colours and lengths of pixels around a node."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage

from gradscope.app.canvas.heat import heat_color
from gradscope.app.canvas.widget import GraphCanvas
from gradscope.app.theme import DARK, LIGHT
from gradscope.graph import fold
from gradscope.graph.repeats import repeats
from gradscope.graph.state import RunState, reduce
from gradscope.wire.messages import PassStarted
from tests.app.canvas.contrast import texts_written
from tests.app.canvas.scenes import LINE_EDGES, LINE_NODES, canvas_with, giant, line_state, marks_of, scene_of, spiral
from tests.layout.graphs import lstm
from tests.samples import SPIRAL_NODES, graph_message, with_cut

if TYPE_CHECKING:
    from PySide6.QtGui import QColor


def image_of(canvas: GraphCanvas) -> QImage:
    return canvas.grab().toImage()


def close(one: QColor, other: QColor, slack: int = 24) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True))


def count(image: QImage, area: QRect, color: QColor, slack: int = 24) -> int:
    """Pixels of a colour, or nearly, in an area."""
    part = image.copy(area.intersected(image.rect())).convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(part.constBits(), np.uint8).reshape(part.height(), -1, 4)[:, : part.width(), :3]
    wanted = (color.blue(), color.green(), color.red())
    return int((np.abs(pixels.astype(int) - wanted).max(axis=2) <= slack).sum()) if pixels.size else 0


def bar_length(image: QImage, card: QRect, color: QColor) -> int:
    """Pixels of the longest row of one colour inside a card."""
    inner = card.adjusted(6, 6, -6, -6)
    return max(
        count(image, QRect(inner.left(), y, inner.width(), 1), color, 30) for y in range(inner.top(), inner.bottom())
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_halo_surrounds_the_node_about_to_run_and_no_other(qtbot, theme) -> None:
    canvas = canvas_with(qtbot, *spiral())
    canvas.set_theme(theme)
    image, halo = image_of(canvas), theme.color("halo")
    for node, expected in ((3, True), (4, False), (8, False)):
        rect = canvas.node_rect(node)
        left = QRect(rect.left() - 2, rect.top() + 12, 6, 1)
        right = QRect(rect.right() - 3, rect.top() + 12, 6, 1)
        assert (count(image, left, halo) > 0) is expected, node
        assert (count(image, right, halo) > 0) is expected, node


def test_the_gradient_bar_is_as_long_as_its_logarithm_and_takes_its_heat(qtbot) -> None:
    state, scene = spiral()
    canvas = canvas_with(qtbot, state, scene)
    image = image_of(canvas)
    assert canvas.marks is not None
    lengths = {}
    for node in (4, 10):
        bucket = int(canvas.marks.buckets[scene.item_of(("node", node))])
        lengths[node] = bar_length(image, canvas.node_rect(node), heat_color((bucket + 0.5) / 48))
    assert lengths[10] > 0
    assert 0.5 < lengths[4] / lengths[10] < 1.0


def test_an_unreached_node_has_no_bar_and_an_input_is_dashed(qtbot) -> None:
    canvas = canvas_with(qtbot, *spiral())
    image = image_of(canvas)
    assert count(image, canvas.node_rect(0).adjusted(8, 8, -8, -8), LIGHT.color("bar"), 4) == 0

    def gaps(node: int, name: str) -> int:
        rect = canvas.node_rect(node)
        row = [
            any(close(image.pixelColor(x, rect.top() + dy), LIGHT.color(name), 70) for dy in (0, 1))
            for x in range(rect.left() + 12, rect.right() - 12)
        ]
        return sum(here and not after for here, after in pairwise(row))

    assert gaps(11, "input") > 5, "an input's border is broken into dashes"
    assert gaps(8, "intermediate") <= 1, "an intermediate's is not"


def test_the_root_has_two_borders(qtbot) -> None:
    canvas = canvas_with(qtbot, *spiral())
    image = image_of(canvas)

    def borders(node: int, name: str) -> int:
        rect = canvas.node_rect(node)
        y = rect.center().y() - 2
        row = [close(image.pixelColor(x, y), LIGHT.color(name), 90) for x in range(rect.left() - 1, rect.left() + 7)]
        return sum(here and not before for before, here in zip([False, *row], row, strict=False))

    assert borders(10, "root") == 2
    assert borders(8, "intermediate") == 1


def test_a_leaf_has_round_ends_and_an_intermediate_corners(qtbot) -> None:
    canvas = canvas_with(qtbot, *spiral())
    image = image_of(canvas)
    leaf, plain = canvas.node_rect(5), canvas.node_rect(8)
    assert not close(image.pixelColor(leaf.topLeft() + QPoint(5, 4)), LIGHT.color("leaf_fill"), 3)
    assert close(image.pixelColor(plain.topLeft() + QPoint(5, 4)), LIGHT.color("intermediate_fill"), 3)


def test_the_edge_that_the_gradient_came_along_is_lit(qtbot) -> None:
    state, scene = spiral()
    canvas = canvas_with(qtbot, state, scene)
    tip = canvas.node_rect(3).center().x(), canvas.node_rect(3).bottom()
    below = QRect(canvas.node_rect(3).left(), tip[1] + 10, canvas.node_rect(3).width(), 6)
    assert count(image_of(canvas), below, LIGHT.color("halo"), 60) >= 6
    canvas.set_marks(marks_of(replace(state, pause=None), scene))
    assert count(image_of(canvas), below, LIGHT.color("halo"), 60) == 0


def test_nan_is_magenta(qtbot) -> None:
    state = line_state({1: {"norm": float("nan"), "v0": float("nan"), "nan": 1.0}, 2: {"norm": 1.0, "v0": 1.0}})
    assert state.graph is not None
    canvas = canvas_with(qtbot, state, scene_of(state.graph))
    image, magenta = image_of(canvas), LIGHT.color("nonfinite")
    assert count(image, canvas.node_rect(1), magenta) > 20
    assert count(image, canvas.node_rect(2), magenta) == 0
    canvas.set_view(canvas.camera.cx, canvas.camera.cy, 0.2)
    assert close(image_of(canvas).pixelColor(canvas.node_rect(1).center()), magenta)


def test_far_away_boxes_take_the_heat_of_their_gradient(qtbot) -> None:
    state, scene = spiral()
    canvas = canvas_with(qtbot, state, scene, zoom=0.2)
    image = image_of(canvas)
    assert close(image.pixelColor(canvas.node_rect(10).center()), heat_color(1.0))
    canvas.set_marks(marks_of(state, scene, "role"))
    assert not close(image_of(canvas).pixelColor(canvas.node_rect(10).center()), heat_color(1.0), 60)


def test_selection_hits_and_hover_are_drawn_around_the_node(qtbot) -> None:
    canvas = canvas_with(qtbot, *spiral())
    rect = canvas.node_rect(8)
    outside = QRect(rect.left() - 7, rect.top() + 10, 6, 4)
    accent = LIGHT.color("accent")
    assert count(image_of(canvas), outside, accent) == 0
    canvas.select(8)
    assert count(image_of(canvas), outside, accent) > 0
    canvas.select(-1)
    canvas.highlight([8])
    bare = LIGHT.color("box")
    ringed = QRect(rect.left() - 2, rect.top() + 10, 2, 4)
    assert count(image_of(canvas), ringed, bare, 6) == 0


def test_closed_calls_are_cards_and_keep_their_text(qtbot) -> None:
    state, _ = spiral()
    assert state.graph is not None
    scene = scene_of(state.graph, fold.initial(state.graph).closed(3))
    canvas = canvas_with(qtbot, state, scene)
    rect = canvas.call_rect(3)
    image = image_of(canvas)
    assert rect.height() > 30
    assert count(image, rect, LIGHT.color("text"), 60) > 100, "name, type and number"
    assert canvas.node_rect(8) == rect, "a hidden node is where its closed call is"


def test_an_empty_canvas_says_what_would_fill_it(qtbot) -> None:
    canvas = GraphCanvas(LIGHT)
    qtbot.addWidget(canvas)
    canvas.resize(700, 400)
    blank = image_of(canvas)
    assert count(blank, blank.rect(), LIGHT.color("text"), 80) == 0
    canvas.set_empty_text("No graph yet", "Press F10 to run the forward pass.")
    assert count(image_of(canvas), blank.rect(), LIGHT.color("text"), 80) > 100


@pytest.mark.parametrize("nodes", [10_000, 100_000])
def test_giants_are_drawn_at_every_level(qtbot, nodes: int) -> None:
    state, scene = giant(nodes)
    canvas = canvas_with(qtbot, state, scene)
    for zoom in (1.0, 0.5, 0.3, 0.1):
        canvas.set_view(canvas.camera.cx, canvas.camera.cy, zoom)
        image = image_of(canvas)
        seen = {image.pixelColor(x, y).name() for x in range(0, 1000, 7) for y in range(0, 1300, 7)}
        assert len(seen) > 4, zoom
    canvas.fit()
    assert len(canvas.visible_nodes()) == nodes
    image = image_of(canvas)
    low, high = (canvas.node_rect(node).adjusted(-1, -1, 1, 1) for node in (nodes // 100, nodes - 1))
    assert count(image, high, heat_color(1.0), 60) > 0, "the largest gradient is bright"
    assert count(image, low, heat_color(1.0), 60) == 0


def test_a_picture_of_twice_the_size_is_drawn_sharp(qtbot) -> None:
    canvas = canvas_with(qtbot, *spiral())
    canvas.grab()
    image = QImage(canvas.size() * 2, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(2)
    canvas.render(image)
    coarse = canvas.grab().toImage().scaled(image.size())
    rect = canvas.node_rect(8)
    area = QRect(rect.topLeft() * 2, rect.size() * 2)
    text = LIGHT.color("text")
    assert count(image, area, text, 12) > 0
    pairs = [
        (image.pixelColor(x, y), coarse.pixelColor(x, y))
        for x in range(area.left(), area.right())
        for y in range(area.top(), area.top() + 30)
    ]
    assert sum(not close(fine, rough, 40) for fine, rough in pairs) > 100, "letters are drawn anew, not enlarged"


def test_leaves_alone_carry_the_hint_that_names_the_next_key(qtbot) -> None:
    captured = graph_message(SPIRAL_NODES[:2], [], [("", 0, "Net", -1), ("net.0", 0, "Linear", 0)], "", partial=True)
    state = reduce(RunState(), captured)
    assert state.graph is not None
    canvas = GraphCanvas(LIGHT)
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    canvas.set_scene(scene_of(state.graph))
    bare = count(image_of(canvas), canvas.rect(), LIGHT.color("accent_soft"), 2)
    canvas.set_empty_text("The leaves exist.", "The forward pass will build the rest: press F10")
    assert count(image_of(canvas), canvas.rect(), LIGHT.color("accent_soft"), 2) > bare + 4000
    assert canvas.visible_nodes() == [0, 1]


def test_new_figures_change_colours_far_away_and_leave_the_edges(qtbot) -> None:
    state, scene = giant(2000)
    canvas = canvas_with(qtbot, state, scene, "role", zoom=0.25)
    before = image_of(canvas)
    canvas.set_marks(marks_of(state, scene, "gradient"))
    after = image_of(canvas)
    fresh = canvas_with(qtbot, state, scene, "gradient", zoom=0.25)
    assert before != after
    assert image_of(fresh) == after


def test_an_untracked_operation_is_hatched_and_its_edge_carries_a_cut_mark(qtbot) -> None:
    nodes = [*LINE_NODES, (3, 4, "", "t", "t", "detach", -1, 4, "<module>", "4", "float32")]
    edges = [*LINE_EDGES, (1, 0, 4, 0, 0), (4, 0, 2, 1, 0)]
    state = reduce(RunState(), with_cut(graph_message(nodes, edges, [], "cut"), (1, 4), "detach", 4))
    state = reduce(state, PassStarted(0, 0, "backward", "cut", "detail"))
    assert state.graph is not None
    canvas = canvas_with(qtbot, state, scene_of(state.graph))
    image, cut = image_of(canvas), LIGHT.color("cut")
    card = canvas.node_rect(4)
    fill = count(image, card, LIGHT.color("input_fill"), 2)
    assert 0.2 < fill / (card.width() * card.height()) < 0.95, "lines across the fill"
    assert count(image, image.rect(), cut, 60) - count(image, card, cut, 60) >= 12
    assert count(image, card, cut, 60) > 0, "the card says where"
    for node in range(4):
        assert count(image, canvas.node_rect(node), cut, 60) == 0


def test_far_away_from_everything_the_canvas_is_empty_and_whole(qtbot, caplog) -> None:
    state, scene = spiral()
    canvas = canvas_with(qtbot, state, scene)
    for zoom in (1.0, 0.3, 0.05):
        canvas.set_view(1e5, 1e5, zoom)
        image = canvas.grab().toImage()
        assert image.pixelColor(image.width() // 2, image.height() // 2) == LIGHT.color("canvas")
    assert caplog.records == []


def test_of_what_is_inside_a_narrow_card_says_a_whole_part_or_nothing(qtbot, monkeypatch) -> None:
    graph = lstm(200)
    state = reduce(RunState(graphs={graph.fingerprint: graph}), PassStarted(0, 0, "backward", "made", "light"))
    written = texts_written(monkeypatch)
    scene = scene_of(graph, fold.initial(graph, gathered=frozenset(repeats(graph).runs)))
    (card,) = (item for item in range(len(scene)) if scene.card(item).title == "200 × LSTMCell")  # noqa: RUF001
    whole = scene.card(card).detail
    assert whole.startswith("3,")
    for zoom in (1.0, 0.8, 0.7, 0.6):
        canvas = canvas_with(qtbot, state, scene, zoom=zoom)
        x, y, width, height = scene.rects[card].tolist()
        canvas.set_view(x + width / 2, y + height / 2, zoom)
        written.clear()
        canvas.grab()
        begun = [one.text for one in written if whole.startswith(one.text)]
        assert set(begun) <= {whole, *whole.split(", ")}, zoom
