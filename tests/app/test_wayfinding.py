"""Finding the way: folding from the menu, a view narrowed and left again, places to come back to, the context menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolButton

from gradscope.app.settings import Settings
from gradscope.wire import messages as m
from tests.samples import spiral_messages

from .opened import Opened, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

OPERATIONS = [3, 4, 8, 9, 10]


@pytest.fixture
def spiral(qtbot: QtBot) -> Iterator[Opened]:
    """A run held in backward before ``linear`` (node 3)."""
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        yield window


def do(window: Opened, action: str) -> None:
    assert window.window.actions_[action].isEnabled(), action
    window.window.actions_[action].trigger()
    window.settle()


def seen(window: Opened) -> list[int]:
    """Nodes with a card of their own, wherever the view stands."""
    window.bench.pane.canvas.fit()
    return window.bench.pane.canvas.visible_nodes()


def crumbs(window: Opened) -> list[QToolButton]:
    return [one for one in window.bench.pane.breadcrumb.findChildren(QToolButton) if one.isVisible()]


def test_modules_are_folded_from_the_menu(spiral: Opened) -> None:
    do(spiral, "graph.close_all")
    assert seen(spiral) == [4, 9, 10, 11, 12]
    do(spiral, "graph.depth_1")
    assert {3, 8} <= set(seen(spiral))
    assert not spiral.window.actions_["graph.depth_2"].isEnabled()  # there is no second level
    do(spiral, "graph.close_level")
    assert seen(spiral) == [4, 9, 10, 11, 12]
    do(spiral, "graph.open_level")
    assert 8 in seen(spiral)
    spiral.bench.selection.select(3)
    do(spiral, "graph.toggle")
    assert 3 not in seen(spiral)
    assert 8 in seen(spiral)
    do(spiral, "graph.close_alike")
    assert 8 not in seen(spiral)
    do(spiral, "graph.open_alike")
    assert {3, 8} <= set(seen(spiral))
    do(spiral, "graph.close_below")
    assert 3 not in seen(spiral)
    do(spiral, "graph.fold")
    assert {3, 8} <= set(seen(spiral))


def test_a_graph_without_modules_offers_nothing_to_fold(qtbot: QtBot) -> None:
    from tests.samples import SPIRAL_EDGES, SPIRAL_NODES, graph_message

    flat = graph_message([(*row[:6], -1, *row[7:]) for row in SPIRAL_NODES], SPIRAL_EDGES, [])
    with opened(qtbot) as window:
        window.start()
        window.play(*(flat if isinstance(one, m.GraphCaptured) else one for one in spiral_messages()))
        actions = window.window.actions_
        for name in ("toggle", "open_level", "open_below", "open_alike", "depth_1", "close_all", "select_module"):
            assert not actions[f"graph.{name}"].isEnabled(), name
        assert actions["graph.ancestors"].isEnabled()


def test_kinds_of_nodes_are_hidden_and_that_is_remembered(spiral: Opened) -> None:
    do(spiral, "graph.leaves")
    assert not spiral.window.actions_["graph.leaves"].isChecked()
    assert seen(spiral) == [*OPERATIONS, 11, 12]
    do(spiral, "graph.inputs")
    assert seen(spiral) == OPERATIONS
    do(spiral, "view.flow_right")
    assert Settings().flow_right
    assert spiral.window.actions_["view.flow_right"].isChecked()
    do(spiral, "view.flow_right")
    assert not Settings().flow_right
    assert Settings().kinds == {"chips": True, "inputs": False, "untracked": True, "leaves": False}
    spiral.bench.selection.go_to(0)  # going to a leaf shows it
    spiral.settle()
    assert 0 in seen(spiral)
    assert spiral.window.actions_["graph.leaves"].isChecked()


def test_what_was_hidden_is_hidden_in_the_next_window(qtbot: QtBot) -> None:
    Settings().kinds = {"chips": False, "inputs": True, "untracked": True, "leaves": False}
    with opened(qtbot) as window:
        assert not window.window.actions_["graph.leaves"].isChecked()
        assert window.window.actions_["graph.bookkeeping"].isChecked()
        window.start()
        window.play(*spiral_messages())
        assert seen(window) == [*OPERATIONS, 11, 12]


def test_focus_hides_the_rest_and_escape_brings_it_back(spiral: Opened) -> None:
    canvas = spiral.bench.pane.canvas
    everything = seen(spiral)
    spiral.bench.selection.select(4)
    canvas.set_view(120.0, 80.0, 1.1)
    do(spiral, "graph.ancestors")
    crumb = crumbs(spiral)[-1]
    assert crumb.text() == "what flows into relu  ×"  # noqa: RUF001 - the sign for taking away
    assert seen(spiral) == [0, 1, 2, 3, 4, 11]
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    spiral.settle()
    assert (canvas.camera.cx, canvas.camera.cy, canvas.camera.zoom) == (120.0, 80.0, 1.1)
    assert spiral.bench.selection.node == 4
    assert seen(spiral) == everything
    assert not spiral.window.actions_["graph.leave"].isEnabled()
    QTest.keyClick(canvas, Qt.Key.Key_Escape)  # without a focus it selects nothing
    assert spiral.bench.selection.node == -1


def test_focus_in_focus_is_left_step_by_step_or_by_its_crumb(spiral: Opened) -> None:
    spiral.bench.selection.select(4)
    do(spiral, "graph.descendants")
    assert seen(spiral) == [4, 8, 9, 10]
    spiral.bench.selection.select(9)
    do(spiral, "graph.ancestors")
    assert seen(spiral) == [4, 8, 9]
    texts = [one.text() for one in crumbs(spiral)][-2:]
    assert texts[0] == "what relu flows into"
    crumbs(spiral)[-2].click()
    spiral.settle()
    assert seen(spiral) == [4, 8, 9, 10]
    crumbs(spiral)[-1].click()  # the last one takes itself away
    spiral.settle()
    assert len(seen(spiral)) == 13
    spiral.bench.selection.select(4)
    spiral.bench.pane.canvas.set_view(5000.0, 5000.0, 2.0)
    do(spiral, "graph.descendants")
    crumbs(spiral)[0].click()  # the model: all of it
    spiral.settle()
    assert len(spiral.bench.pane.canvas.visible_nodes()) == 13


def test_the_path_of_a_parameter_opens_what_is_on_it(spiral: Opened) -> None:
    do(spiral, "graph.close_all")
    spiral.bench.selection.select(0)
    do(spiral, "graph.path")
    assert set(seen(spiral)) == {0, 2, 3, 4, 8, 9, 10}
    do(spiral, "graph.leave")
    assert seen(spiral) == [4, 9, 10, 11, 12]
    spiral.bench.selection.select(12)
    do(spiral, "graph.path")
    assert "no path" in spiral.window.status.text()
    assert seen(spiral) == [4, 9, 10, 11, 12]
    spiral.bench.selection.select(9)
    assert "no path" not in spiral.window.status.text()


def test_following_the_paused_node_keeps_the_focus_and_going_somewhere_leaves_it(spiral: Opened) -> None:
    spiral.bench.selection.select(8)
    do(spiral, "graph.descendants")
    spiral.play(m.Paused("node", 12, "backward", 0, "spiral", 1, 9, 11))
    assert spiral.bench.selection.node == 1
    assert seen(spiral) == [8, 9, 10]
    spiral.bench.selection.go_to(4)
    spiral.settle()
    assert len(seen(spiral)) == 13
    assert [one.text() for one in crumbs(spiral)] == ["SpiralNet", "net"]


def test_back_and_forward_through_places(spiral: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    canvas, selection = spiral.bench.pane.canvas, spiral.bench.selection
    assert not spiral.window.actions_["graph.back"].isEnabled()
    do(spiral, "graph.close_all")
    canvas.set_view(33.0, 44.0, 0.9)
    selection.go_to(8)  # opens net.2
    spiral.settle()
    selection.go_to(0)
    spiral.settle()
    assert {0, 8} <= set(seen(spiral))
    do(spiral, "graph.back")
    assert selection.node == 8
    do(spiral, "graph.back")
    assert selection.node == 3
    assert (canvas.camera.cx, canvas.camera.cy, canvas.camera.zoom) == (33.0, 44.0, 0.9)
    assert seen(spiral) == [4, 9, 10, 11, 12]
    assert not spiral.window.actions_["graph.back"].isEnabled()
    do(spiral, "graph.forward")
    assert selection.node == 8
    assert 8 in seen(spiral)
    selection.go_to(10)
    assert not spiral.window.actions_["graph.forward"].isEnabled()
    assert spiral.window.actions_["graph.back"].isEnabled()
    monkeypatch.setattr("gradscope.app.dialogs.ask_leaving", lambda *_: "stop")
    spiral.window.actions_["file.close"].trigger()
    assert not spiral.window.actions_["graph.back"].isEnabled()


def test_a_walk_by_arrow_keys_is_one_place(spiral: Opened) -> None:
    canvas, selection = spiral.bench.pane.canvas, spiral.bench.selection
    now = [100.0]
    spiral.bench.ways.places.clock = lambda: now[0]
    selection.go_to(4)
    canvas.setFocus()
    now[0] += 9
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Down)
        now[0] += 0.1
    assert selection.node == 10
    do(spiral, "graph.back")
    assert selection.node == 4


def test_focus_is_a_place_too(spiral: Opened) -> None:
    spiral.bench.selection.go_to(4)
    do(spiral, "graph.ancestors")
    do(spiral, "graph.back")
    assert len(seen(spiral)) == 13
    assert [one.text() for one in crumbs(spiral)] == ["SpiralNet", "net"]
    do(spiral, "graph.forward")
    assert seen(spiral) == [0, 1, 2, 3, 4, 11]
    assert "relu" in crumbs(spiral)[-1].text()


def test_the_module_around_a_node_is_chosen_and_named(spiral: Opened) -> None:
    canvas = spiral.bench.pane.canvas
    spiral.bench.selection.select(3)
    do(spiral, "graph.select_module")
    assert "net.0" in canvas.accessibleDescription() or "Linear" in canvas.accessibleDescription()
    assert not spiral.window.actions_["run.node"].isEnabled()  # a module is chosen, no node
    do(spiral, "edit.copy_name")
    assert QGuiApplication.clipboard().text() == "net.0"
    do(spiral, "graph.toggle")
    assert 3 not in seen(spiral)
    spiral.bench.selection.go_to(8)
    assert spiral.window.actions_["run.node"].isEnabled()


def test_the_outline_chooses_a_module_on_the_canvas(spiral: Opened) -> None:
    spiral.window.outline.callSelected.emit(3)
    assert spiral.bench.graph.target_call() == 3
    assert spiral.bench.pane.canvas.call_rect(3).isValid()
    spiral.window.outline.nodeSelected.emit(4)
    assert spiral.bench.graph.target_call() == -1  # relu stands in what the breadcrumb names


def test_the_context_menu_offers_what_works_now(spiral: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[QMenu] = []
    monkeypatch.setattr(
        QMenu, "popup", lambda menu, _position: shown.append(menu)
    )  # offscreen cannot grab the keyboard
    spiral.bench.pane.canvas.contextMenuRequested.emit(8, -1, QPoint(600, 400))
    texts = _texts(shown[-1])
    assert {"Copy the name", "Run to node", "Go to the node's source line", "Open or close the module"} <= texts
    assert {"Focus on what flows into it", "Open all of the same type", "Select the module around"} <= texts
    assert "Leave the focus" not in texts
    spiral.bench.pane.canvas.contextMenuRequested.emit(-1, 3, QPoint(600, 400))
    texts = _texts(shown[-1])
    assert "Run to node" not in texts
    assert {"Copy the name", "Open or close the module", "Focus on what flows into it"} <= texts
    for menu in shown:
        menu.deleteLater()


def _texts(menu: QMenu) -> set[str]:
    """What a menu and the menus inside it offer."""
    inner = [action.menu() for action in menu.actions()]
    menus = [one for one in (menu, *inner) if isinstance(one, QMenu)]
    return {action.text().replace("&", "") for one in menus for action in one.actions()}
