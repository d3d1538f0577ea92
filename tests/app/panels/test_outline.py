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
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.samples import SPIRAL_CALLS, SPIRAL_EDGES, SPIRAL_NODES, graph_message, spiral_graph, spiral_state


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


def show(panel: OutlinePanel, graph: m.GraphCaptured) -> None:
    """Another graph in the same run."""
    state = spiral_state()
    made = GraphSnapshot.from_message(graph)
    newest = replace(state.passes[-1], fingerprint=made.fingerprint)
    panel.set_state(replace(state, graphs=MappingProxyType({made.fingerprint: made}), passes=(newest,)))


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
    state, drawn = spiral_state(), []
    panel.set_state(state)
    panel.tree.model().dataChanged.connect(lambda first, _last, _roles: drawn.append(first.data()))
    panel.set_state(replace(state, pause=None, life="running"))
    assert drawn == ["linear"], "its row is painted again"
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


def test_enter_goes_to_the_first_in_the_order_of_the_forward_whatever_the_ids(panel, qtbot):
    last = len(SPIRAL_NODES) - 1
    edges = [(last - edge[0], edge[1], last - edge[2], *edge[3:]) for edge in SPIRAL_EDGES]
    show(panel, graph_message(SPIRAL_NODES[::-1], edges, SPIRAL_CALLS, "turned"))
    panel.search.setText("64x16")
    with qtbot.waitSignal(panel.nodeSelected) as node:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert node.args == [last - 3]


def test_what_is_closed_while_searching_stays_closed_when_nothing_else_is_found(panel):
    state = spiral_state()
    panel.set_state(state)
    panel.search.setText("grad>0.01")
    panel.search.returnPressed.emit()
    panel.tree.collapse(index_of(panel, "2"))
    closed = rows(panel)
    panel.set_state(replace(state, life="running"))
    assert rows(panel) == closed


def test_what_is_frozen_is_said_to_be_so(panel):
    frozen = spiral_graph("frozen")
    columns = {name: [*frozen.nodes.column(name)] for name in m.NODE_COLUMNS}
    columns["frozen"][11] = 1
    show(panel, replace(frozen, nodes=Table.from_columns("i4", columns)))
    x, y = index_of(panel, "x"), index_of(panel, "y")
    assert (x.data(DETAIL_ROLE), y.data(DETAIL_ROLE)) == ("frozen 64 \u00d7 2", "64")
    tips = [index.data(Qt.ItemDataRole.ToolTipRole).split("\n")[1] for index in (x, y)]
    assert tips == ["frozen", "input"]


def test_a_screen_reader_and_a_tooltip_say_what_a_row_is(panel):
    assert index_of(panel, "linear").data(Qt.ItemDataRole.AccessibleTextRole) == "linear, intermediate, 64 \u00d7 16"
    assert index_of(panel, "0").data(Qt.ItemDataRole.ToolTipRole) == "net.0\nLinear, call 1"


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
    show(panel, spiral_graph("other"))
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
