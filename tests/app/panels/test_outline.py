"""The outline as a person uses it: reading, choosing, searching, and what stays when the graph changes."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QAbstractItemModelTester

from gradscope.app.panels.outline import OutlinePanel
from gradscope.app.panels.outline_view import DETAIL_ROLE, DOT_ROLE
from gradscope.app.theme import DARK
from gradscope.graph.snapshot import GraphSnapshot
from gradscope.graph.state import RunState
from tests.samples import spiral_graph, spiral_state


@pytest.fixture
def panel(qtbot) -> OutlinePanel:
    made = OutlinePanel()
    qtbot.addWidget(made)
    made.resize(280, 700)
    made.show()
    made.set_state(spiral_state())
    return made


def rows(panel: OutlinePanel) -> list[tuple[str, str]]:
    """Name and muted text of every row that is open, from top to bottom."""
    result, index = [], panel.tree.model().index(0, 0, QModelIndex())
    while index.isValid():
        result.append((index.data(), index.data(DETAIL_ROLE)))
        index = panel.tree.indexBelow(index)
    return result


def index_of(panel: OutlinePanel, name: str) -> QModelIndex:
    index = panel.tree.model().index(0, 0, QModelIndex())
    while index.isValid() and index.data() != name:
        index = panel.tree.indexBelow(index)
    assert index.isValid(), name
    return index


def test_small_graph_is_open_with_names_shapes_and_types(panel):
    shown = rows(panel)
    assert shown[:6] == [
        ("SpiralNet", ""),
        ("net", "Sequential"),
        ("0", "Linear"),
        ("weight", "16 \u00d7 2"),
        ("bias", "16"),
        ("T", "2 \u00d7 16"),
    ]
    assert ("loss", "line 30") in shown
    assert ("loss", "scalar") in shown
    assert shown[-2:] == [("x", "64 \u00d7 2"), ("y", "64")]


def test_the_model_keeps_qts_contract(panel):
    tester = QAbstractItemModelTester(panel.tree.model(), QAbstractItemModelTester.FailureReportingMode.Fatal)
    panel.search.setText("bias")
    panel.search.returnPressed.emit()
    panel.search.clear()
    panel.tree.expandAll()
    assert tester.model() is panel.tree.model()


def test_node_about_to_run_has_the_halo_and_loses_it(panel):
    assert index_of(panel, "linear").data(DOT_ROLE) == "halo"
    assert "paused before this node" in index_of(panel, "linear").data(Qt.ItemDataRole.ToolTipRole)
    panel.set_state(replace(spiral_state(), pause=None, life="running"))
    assert index_of(panel, "linear").data(DOT_ROLE) == "intermediate"
    assert index_of(panel, "weight").data(DOT_ROLE) == "leaf"


def test_click_tells_the_node_and_a_call_its_row(panel, qtbot):
    with qtbot.waitSignal(panel.nodeSelected) as node:
        rect = panel.tree.visualRect(index_of(panel, "relu"))
        qtbot.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert node.args == [4]
    with qtbot.waitSignal(panel.callSelected) as call:
        panel.tree.setCurrentIndex(index_of(panel, "0"))
    assert call.args == [1]


def test_enter_activates_a_node_and_opens_or_closes_a_call(panel, qtbot):
    panel.tree.setCurrentIndex(index_of(panel, "relu"))
    with qtbot.waitSignal(panel.nodeActivated) as activated:
        qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    assert activated.args == [4]
    panel.tree.setCurrentIndex(index_of(panel, "2"))
    qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    assert ("logits", "64 \u00d7 2") not in rows(panel)


def test_select_opens_what_holds_the_node_and_is_silent(panel, qtbot):
    panel.tree.collapseAll()
    with qtbot.assertNotEmitted(panel.nodeSelected):
        panel.select(8)
    assert panel.tree.currentIndex().data() == "logits"
    panel.select(-1)
    assert not panel.tree.selectionModel().hasSelection()


def test_search_narrows_says_how_many_and_enter_goes_to_the_first(panel, qtbot):
    panel.search.setText("64x16")
    qtbot.waitUntil(lambda: panel.count.isVisible())
    assert panel.count.text() == "2 of 13 nodes"
    assert [name for name, _ in rows(panel)] == ["SpiralNet", "net", "0", "linear", "1", "relu"]
    with qtbot.waitSignal(panel.nodeSelected) as node:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert node.args == [3]


def test_search_without_a_find_says_so_and_escape_brings_all_back(panel, qtbot):
    before = rows(panel)
    panel.focus_search()
    panel.search.setText("zebra")
    qtbot.waitUntil(lambda: panel.message.isVisible())
    assert "zebra" in panel.message.text()
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert panel.tree.isVisible()
    assert rows(panel) == before


def test_what_was_closed_stays_closed_in_the_next_graph(panel):
    panel.tree.collapse(index_of(panel, "0"))
    panel.select(4)
    state = spiral_state()
    again = GraphSnapshot.from_message(spiral_graph("other"))
    newest = replace(state.passes[-1], fingerprint="other")
    panel.set_state(replace(state, graphs=MappingProxyType({"other": again}), passes=(newest,)))
    names = [name for name, _ in rows(panel)]
    assert "relu" in names
    assert names.count("weight") == 1
    assert panel.tree.currentIndex().data() == "relu"


def test_same_graph_is_not_built_again(panel):
    state = spiral_state()
    panel.set_state(state)
    model = panel.tree.model()
    panel.set_state(replace(state, pause=None, life="running"))
    assert panel.tree.model() is model


def test_another_graph_of_the_same_run_keeps_the_place(panel, qtbot):
    panel.resize(280, 200)
    panel.tree.verticalScrollBar().setValue(120)
    qtbot.wait(1)
    panel.set_state(spiral_state())
    assert panel.tree.verticalScrollBar().value() == 120


def test_without_a_graph_it_says_what_would_fill_it(qtbot):
    panel = OutlinePanel()
    qtbot.addWidget(panel)
    panel.show()
    assert "run a script" in panel.message.text()
    panel.set_state(RunState(life="running"))
    assert "first forward" in panel.message.text()
    panel.set_state(spiral_state())
    assert panel.tree.isVisible()
    panel.set_state(RunState())
    assert panel.message.isVisible()


def test_it_is_drawn_in_the_colours_of_the_theme(panel, qtbot):
    panel.set_theme(DARK)
    image = panel.tree.viewport().grab().toImage()
    assert image.pixelColor(image.width() - 3, image.height() - 3) == QColor(DARK.window)
    rect = panel.tree.visualRect(index_of(panel, "weight"))
    ratio = image.devicePixelRatio()
    dot = image.pixelColor(int((rect.left() - 4) * ratio), int(rect.center().y() * ratio))
    assert dot == QColor(DARK.leaf)
