"""Finding nodes as a person does: the bar, the hits on the canvas, the next one, and folded calls that open for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from gradscope.wire import messages as m
from tests.samples import spiral_messages, statistics_table

from .opened import Opened, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from gradscope.app.panels.search_bar import SearchBar

Key = Qt.Key


@pytest.fixture
def spiral(qtbot: QtBot) -> Iterator[Opened]:
    """A run held in backward before ``linear`` (node 3)."""
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        yield window


def find(window: Opened, text: str) -> SearchBar:
    """Press Ctrl+F and type."""
    canvas = window.bench.pane.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    bar = window.bench.ways.bar
    QTest.keyClicks(bar.field, text)
    return bar


def ringed(window: Opened) -> list[str]:
    """Titles of the items with a ring of a hit, as the canvas draws them."""
    canvas = window.bench.pane.canvas
    assert canvas.scene is not None
    scene = canvas.scene
    names = []
    for item in canvas._overlay().hits:
        node, call = int(scene.visible.node[item]), int(scene.visible.call[item])
        names.append(scene.graph.text(node, "title") if node >= 0 else scene.graph.calls[call].label)
    return sorted(names)


def test_ctrl_f_opens_the_bar_and_marks_all_hits(spiral: Opened) -> None:
    bar = find(spiral, "64x16")
    assert bar.isVisible()
    assert bar.field.hasFocus()
    assert ringed(spiral) == ["linear", "relu"]
    assert bar.count.text() == "1 of 2"  # training is held at the first of them
    corner = bar.mapTo(spiral.bench.pane, bar.rect().topRight())
    assert spiral.bench.pane.rect().contains(corner)


def test_next_and_previous_go_round_in_the_order_of_the_forward(spiral: Opened) -> None:
    bar = find(spiral, "op:backward -op:tback")
    seen = []
    for _ in range(6):
        QTest.keyClick(bar.field, Key.Key_Return)
        seen.append((spiral.bench.selection.node, bar.count.text()))
    assert seen == [
        (4, "2 of 5"), (8, "3 of 5"), (9, "4 of 5"), (10, "5 of 5"), (3, "1 of 5"), (4, "2 of 5"),
    ]  # fmt: skip
    QTest.keyClick(bar.field, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert spiral.bench.selection.node == 3
    assert bar.field.hasFocus()  # so that typing goes on
    spiral.bench.selection.select(9)  # by hand
    assert bar.count.text() == "4 of 5"
    spiral.bench.selection.select(3)
    assert "linear" in spiral.bench.inspector.text()


def test_from_a_node_that_is_no_hit_the_next_one_is_behind_it(spiral: Opened) -> None:
    bar = find(spiral, "loss")
    assert bar.count.text() == "1 found"
    spiral.bench.selection.select(8)
    QTest.keyClick(bar.field, Key.Key_F3)
    assert spiral.bench.selection.node == 10
    bar.field.setText("leaf")
    QTest.keyClick(bar.field, Key.Key_F3)
    assert spiral.bench.selection.node in (0, 1)  # round the end
    assert bar.count.text() == "1 of 4"
    spiral.bench.selection.select(4)
    QTest.keyClick(bar.field, Key.Key_F3)
    behind = spiral.bench.selection.node
    spiral.bench.selection.select(4)
    QTest.keyClick(bar.field, Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert spiral.bench.selection.node != behind
    QTest.keyClick(bar.field, Key.Key_F3)
    assert spiral.bench.selection.node == behind, "the one before and the one behind are neighbours"


def test_a_folded_call_opens_for_a_hit(spiral: Opened, qtbot: QtBot) -> None:
    spiral.window.actions_["graph.close_all"].trigger()
    spiral.settle()
    canvas = spiral.bench.pane.canvas
    assert 8 not in canvas.visible_nodes()
    bar = find(spiral, "logits")
    assert ringed(spiral) == ["net.2"]  # the card that holds it
    QTest.keyClick(bar.field, Key.Key_Return)
    spiral.settle()
    qtbot.waitUntil(lambda: 8 in canvas.visible_nodes())
    assert ringed(spiral) == ["logits"]
    assert canvas.rect().contains(canvas.node_rect(8))


def test_a_hit_comes_into_view_below_the_bar(spiral: Opened) -> None:
    canvas = spiral.bench.pane.canvas
    canvas.set_view(5000.0, 5000.0, 2.0)
    bar = find(spiral, "input shape:64")
    QTest.keyClick(bar.field, Key.Key_Return)
    assert canvas.rect().contains(canvas.node_rect(spiral.bench.selection.node))
    for node in range(13):
        spiral.bench.selection.go_to(node)
        assert not canvas.node_rect(node).intersects(bar.geometry())


def test_escape_closes_the_bar_and_takes_the_rings_away(spiral: Opened) -> None:
    bar = find(spiral, "leaf")
    assert len(ringed(spiral)) == 4
    QTest.keyClick(bar.field, Key.Key_Escape)
    assert not bar.isVisible()
    assert ringed(spiral) == []
    assert spiral.bench.pane.canvas.hasFocus()
    QTest.keyClick(spiral.bench.pane.canvas, Key.Key_F3)  # what was looked for last
    assert bar.isVisible()
    assert bar.text() == "leaf"
    assert bar.count.text() == "3 of 4"  # the next behind linear


def test_a_mistake_is_said_and_what_is_not_there_too(spiral: Opened) -> None:
    bar = find(spiral, "zebra")
    assert bar.count.text() == "none"
    bar.field.setText("relu")
    assert ringed(spiral) == ["relu"]
    bar.field.setText("loss>3")
    assert "no figure of a node" in bar.note.text()
    assert bar.note.isVisible()
    assert bar.rect().contains(bar.note.geometry())
    assert ringed(spiral) == []
    bar.field.setText("relu")
    assert not bar.note.isVisible()
    assert ringed(spiral) == ["relu"]


def test_hits_of_a_figure_follow_the_steps(spiral: Opened) -> None:
    bar = find(spiral, "grad>0.1 op:backward")
    assert ringed(spiral) == ["log_softmax", "loss"]
    spiral.play(m.GradientsMeasured(12, 0, statistics_table({0: 0.2, 2: 0.2, 1: 0.001})))
    assert ringed(spiral) == ["T", "log_softmax", "loss"]
    assert bar.count.text() == "3 found"


def test_another_graph_is_searched_anew(spiral: Opened) -> None:
    from tests.samples import SPIRAL_EDGES, SPIRAL_NODES, graph_message

    find(spiral, "relu")
    nodes = [(*row[:4], "rectified" if row[4] == "relu" else row[4], "", -1, *row[7:]) for row in SPIRAL_NODES]
    nodes[9] = (*nodes[9][:4], "relu", *nodes[9][5:])
    other = graph_message(
        [(*row[:2], row[2].replace("Relu", "Gelu"), *row[3:]) for row in nodes], SPIRAL_EDGES, [], "b"
    )
    spiral.play(other, m.PassStarted(13, 0, "backward", "b", "light", "loss", 0.5, b""))
    assert ringed(spiral) == ["relu"]
    assert spiral.bench.ways.find.hits == [9]


def test_the_line_under_the_pointer_is_marked_and_then_the_hits_again(spiral: Opened) -> None:
    from tests.samples import SCRIPT

    find(spiral, "relu")
    spiral.window.source.lineHovered.emit(SCRIPT, 26)
    assert ringed(spiral) == ["x", "y"]
    spiral.window.source.lineHovered.emit(SCRIPT, -1)
    assert ringed(spiral) == ["relu"]


def test_what_can_be_asked_is_a_menu_that_types_it(spiral: Opened) -> None:
    bar = find(spiral, "linear")
    (button,) = [one for one in bar.findChildren(QToolButton) if one.menu() is not None]
    action = next(one for one in button.menu().actions() if one.text().startswith("no-grad\t"))
    action.trigger()
    assert bar.text() == "linear no-grad"
    assert bar.count.text() == "none"


def test_without_a_graph_there_is_nothing_to_find(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradscope.app.dialogs.ask_leaving", lambda *_: "stop")
    with opened(qtbot) as window:
        assert not window.window.actions_["edit.find"].isEnabled()
        window.start()
        window.play(*spiral_messages())
        bar = find(window, "relu")
        window.window.actions_["file.close"].trigger()
        assert not bar.is_open
        assert not window.window.actions_["edit.find"].isEnabled()
