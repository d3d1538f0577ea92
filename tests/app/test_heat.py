"""What colours the canvas, by hand: changes against another iteration, a dragged range, edges, the way of the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from gradscope.app.settings import Settings
from gradscope.wire import messages as m
from tests.layout.graphs import gpt_builder
from tests.samples import ended_iteration, spiral_messages, statistics_table, timed_forward, timed_nodes

from .opened import Opened, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def spiral(qtbot: QtBot) -> Iterator[Opened]:
    """A run held in backward of iteration 12."""
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        yield window


def iteration(window: Opened, number: int, norm: float) -> None:
    """A whole iteration whose gradient at node 9 has this norm."""
    started = m.PassStarted(number, 0, "backward", "spiral", "light", "loss", 0.5)
    measured = m.GradientsMeasured(number, 0, statistics_table({10: 1.0, 9: norm}))
    window.play(m.PhaseEntered(number, "forward", 1.0), started, measured, m.PassEnded(number, 0, 0.01))
    window.play(ended_iteration(number))


def press(window: Opened, text: str) -> None:
    buttons = window.bench.pane.selector.findChildren(QPushButton)
    QTest.mouseClick(next(button for button in buttons if button.text() == text), LEFT)


def said(window: Opened, node: int) -> str:
    canvas = window.bench.pane.canvas
    assert canvas.scene is not None
    assert canvas.marks is not None
    return canvas.marks.words(int(canvas.scene.visible.item_of_node[node])).text


def test_change_is_told_against_the_iteration_before_or_a_pinned_one(spiral: Opened) -> None:
    legend = spiral.bench.pane.heat_legend
    iteration(spiral, 13, 0.25)
    iteration(spiral, 14, 0.5)
    press(spiral, "Change")
    assert legend.caption == "gradient norm against iteration 13"
    assert said(spiral, 9) == "× 2.00"  # noqa: RUF001
    spiral.window.actions_["view.compare_pin"].trigger()
    assert said(spiral, 9) == "same"
    iteration(spiral, 15, 0.125)
    iteration(spiral, 16, 0.0625)
    assert legend.caption == "gradient norm against iteration 14"
    assert said(spiral, 9) == "÷ 8.00"
    spiral.window.actions_["view.compare_before"].trigger()
    assert legend.caption == "gradient norm against iteration 15"
    assert said(spiral, 9) == "÷ 2.00"


def test_time_colours_a_pass_in_detail_and_says_what_is_missing_in_a_light_one(spiral: Opened) -> None:
    pane, inspector = spiral.bench.pane, spiral.bench.inspector
    spiral.play(timed_nodes(12, {10: 1e-3, 9: 2e-3}))
    press(spiral, "Backward time")
    assert (said(spiral, 9), said(spiral, 4)) == ("2.00 ms", "")
    spiral.play(timed_nodes(12, {4: 4e-3}), timed_forward(12, [(4, 0, 5e-3)], {2: 6e-3}))
    assert said(spiral, 4) == "4.00 ms"
    assert "Wall time on the host" in pane.heat_legend.toolTip()
    spiral.bench.selection.select(4)
    assert "time in backward: 4.00 ms" in inspector.text()
    press(spiral, "Forward time")
    assert said(spiral, 4) == "5.00 ms"
    press(spiral, "Backward time")
    iteration(spiral, 13, 0.25)
    assert pane.heat_legend.caption == "time in backward: needs detail"
    assert "step through an iteration" in pane.heat_legend.toolTip()
    assert "time in backward" not in inspector.text()


def test_an_iteration_that_was_not_seen_to_end_is_not_compared_with(spiral: Opened) -> None:
    spiral.play(m.Resumed(), m.PhaseEntered(13, "forward", 1.0))
    started = m.PassStarted(13, 0, "backward", "spiral", "light", "loss", 0.5)
    spiral.play(started, m.GradientsMeasured(13, 0, statistics_table({10: 1.0, 9: 0.25})))
    press(spiral, "Change")
    assert spiral.bench.pane.heat_legend.caption == "no earlier iteration of this graph"


def test_a_dragged_range_stays_until_a_double_click_and_belongs_to_its_mode(spiral: Opened) -> None:
    legend = spiral.bench.pane.heat_legend
    fitting = legend.ends
    handle = legend.handle("low")
    QTest.mousePress(legend, LEFT, pos=handle)
    QTest.mouseMove(legend, handle - QPoint(60, 0))
    QTest.mouseRelease(legend, LEFT, pos=handle - QPoint(60, 0))
    chosen = legend.ends
    assert chosen != fitting
    assert chosen.endswith(fitting.rpartition(" ")[2])
    iteration(spiral, 13, 0.25)
    assert legend.ends == chosen
    press(spiral, "Activation")
    assert legend.ends != chosen
    press(spiral, "Gradient")
    assert legend.ends == chosen
    QTest.mouseDClick(legend, LEFT, pos=handle)
    assert legend.ends != chosen


def test_edges_tell_sizes_or_gradients_and_that_is_remembered(spiral: Opened) -> None:
    actions, canvas = spiral.window.actions_, spiral.bench.pane.canvas
    plain = canvas.grab().toImage()
    actions["view.edges_size"].trigger()
    assert canvas.grab().toImage() != plain
    actions["view.edges_gradient"].trigger()
    assert actions["view.edges_gradient"].isChecked()
    assert not actions["view.edges_size"].isChecked()
    assert Settings().edges == "gradient"
    actions["view.edges_gradient"].trigger()
    assert Settings().edges == "plain"
    assert canvas.grab().toImage() == plain


def test_the_flow_turns_to_the_right_and_the_keys_with_it(spiral: Opened) -> None:
    canvas = spiral.bench.pane.canvas
    spiral.window.actions_["view.flow_right"].trigger()
    spiral.settle()
    assert canvas.node_rect(4).left() > canvas.node_rect(3).right()
    spiral.bench.selection.select(3)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert spiral.bench.selection.node == 4
    assert Settings().flow_right
    spiral.window.actions_["view.flow_right"].trigger()
    spiral.settle()
    assert canvas.node_rect(4).top() > canvas.node_rect(3).bottom()


def test_a_double_click_on_the_card_of_all_blocks_shows_each_and_the_menu_puts_them_back(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        built = gpt_builder(12)
        window.play(
            *spiral_messages()[:2], built.message(), m.PassStarted(0, 0, "backward", "made", "light", "loss", 1.0)
        )
        canvas = window.bench.pane.canvas
        assert window.bench.graph.fold is not None
        (head,) = window.bench.graph.fold.gathered
        card = canvas.call_rect(head)
        calls = [row for row, call in enumerate(built.snapshot().calls) if call.type == "Block"]
        QTest.mouseDClick(canvas, LEFT, pos=card.center())
        window.settle()
        first = canvas.call_rect(calls[0])
        assert first.topLeft() == card.topLeft(), "the first block stands where all of them stood"
        assert len({canvas.call_rect(call).top() for call in calls}) > 3
        canvas.select_call(calls[4])
        canvas.callSelected.emit(calls[4])
        window.window.actions_["graph.gather"].trigger()
        window.settle()
        assert window.bench.graph.fold.gathered == {head}
