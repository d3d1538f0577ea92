"""Without a mouse, and without movement: outputs chosen by key, and scenes that change at once where that is wished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible

from gradscope.graph import fold
from gradscope.graph.outputs import outputs_of
from gradscope.graph.state import RunState
from tests.app.canvas.scenes import canvas_with, marks_of, scene_of, spiral
from tests.graph.test_outputs import splitting

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from gradscope.app.canvas.widget import GraphCanvas


@pytest.fixture
def split(qtbot) -> tuple[GraphCanvas, int]:
    """A canvas with an operation of three outputs, that operation selected."""
    graph = splitting(3).snapshot()
    canvas = canvas_with(qtbot, RunState(graphs={graph.fingerprint: graph}), scene_of(graph))
    node = next(node for node in range(len(graph)) if graph.text(node, "op") == "SplitBackward0")
    canvas.setFocus()
    canvas.select(node)
    return canvas, node


def told(canvas: GraphCanvas) -> str:
    return QAccessible.queryAccessibleInterface(canvas).text(QAccessible.Text.Description)


def picture(canvas: GraphCanvas) -> QImage:
    return canvas.grab().toImage()


def test_each_output_is_reached_by_a_key_and_its_line_followed(qtbot, split) -> None:
    canvas, node = split
    plain, seen, ends = picture(canvas), set(), []
    for _ in range(4):
        qtbot.keyClick(canvas, Qt.Key.Key_P)
        seen.add(next(part for part in told(canvas).split("; ") if ", output " in part))
        ends.append(told(canvas).rpartition("leads to ")[2])
        assert picture(canvas) != plain
    assert {words.partition(", output ")[2] for words in seen} == {"0 of 3", "1 of 3", "2 of 3"}
    assert len(set(ends)) == 2
    qtbot.keyClick(canvas, Qt.Key.Key_P)
    assert picture(canvas) == plain
    assert "leads to" not in told(canvas), "after the last one it is the operation again"
    graph, scene = canvas.scene.graph, canvas.scene
    for presses in (1, 2, 3, 4):
        canvas.select(node)
        for _ in range(presses):
            qtbot.keyClick(canvas, Qt.Key.Key_P)
        wanted = told(canvas).rpartition("leads to ")[2]
        with qtbot.waitSignal(canvas.nodeSelected) as chosen:
            qtbot.keyClick(canvas, Qt.Key.Key_Down)
        assert graph.text(chosen.args[0], "title") == wanted
        assert "leads to" not in told(canvas)
    lines = [line for line, source in enumerate(scene.visible.source) if source == scene.item_of(("node", node))]
    assert len(lines) == 4
    assert {outputs_of(graph, scene.visible, line) for line in lines} == {(0,), (1,), (2,)}


def test_backwards_through_the_outputs(qtbot, split) -> None:
    canvas, _ = split
    qtbot.keyClick(canvas, Qt.Key.Key_P)
    first = told(canvas)
    qtbot.keyClick(canvas, Qt.Key.Key_P)
    qtbot.keyClick(canvas, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    assert told(canvas) == first


def test_the_menu_of_the_selection_comes_by_key_at_the_selection(qtbot) -> None:
    canvas = canvas_with(qtbot, *spiral())
    asked: list[tuple[int, int, QPoint]] = []
    canvas.contextMenuRequested.connect(lambda *what: asked.append(what))
    canvas.select(8)
    qtbot.keyClick(canvas, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    canvas.select_call(1)
    qtbot.keyClick(canvas, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert [what[:2] for what in asked] == [(8, -1), (-1, 1)]
    assert canvas.node_rect(8).contains(canvas.mapFromGlobal(asked[0][2]))
    assert canvas.call_rect(1).contains(canvas.mapFromGlobal(asked[1][2]))


def test_an_operation_with_one_output_has_none_to_choose(qtbot) -> None:
    canvas = canvas_with(qtbot, *spiral())
    canvas.select(8)
    before = told(canvas)
    qtbot.keyClick(canvas, Qt.Key.Key_P)
    assert told(canvas) == before


@pytest.mark.parametrize("animated", [False, True])
def test_without_movement_a_click_and_a_step_show_where_they_end_at_once(qtbot, animated: bool) -> None:
    state, scene = spiral()
    canvas = canvas_with(qtbot, replace(state, pause=replace(state.pause, node=4)), scene)
    canvas.set_animated(animated)
    closed = scene_of(scene.graph, fold.initial(scene.graph).closed(1))
    assert stays_as_it_is(qtbot, canvas, lambda: canvas.set_scene(closed, ("call", 1))) is not animated
    canvas.set_scene(scene, animate=False)
    assert stays_as_it_is(qtbot, canvas, lambda: canvas.set_marks(marks_of(state, scene))) is not animated


def stays_as_it_is(qtbot, canvas: GraphCanvas, change: Callable[[], None]) -> bool:
    """Whether what is drawn right after a change is what is drawn later on."""
    change()
    at_once = picture(canvas)
    qtbot.wait(400)
    return picture(canvas) == at_once
