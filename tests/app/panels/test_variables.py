"""The variables of the held function as a table: true, filtered, with what changed in bold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QTableView

from gradscope.app.panels.variables import VariablesPanel
from gradscope.app.theme import LIGHT
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from tests.samples import spiral_state

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

W = m.Variable("w", "Parameter", (2, 3), "float32", "cpu", True, True, "", "None", "[[2.0, ...]]", 4)


@pytest.fixture
def panel(qtbot: QtBot) -> VariablesPanel:
    panel = VariablesPanel()
    qtbot.addWidget(panel)
    panel.resize(1100, 300)
    panel.set_theme(LIGHT)
    panel.show()
    return panel


def table(panel: VariablesPanel) -> QTableView:
    return panel.findChildren(QTableView)[0]


def rows(panel: VariablesPanel) -> list[list[str]]:
    model = table(panel).model()
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def seen(panel: VariablesPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def with_variables(*variables: m.Variable) -> RunState:
    state = spiral_state()
    assert state.variables is not None
    return reduce(state, replace(state.variables, variables=variables))


def is_bold(panel: VariablesPanel, row: int, column: int) -> bool:
    font = table(panel).model().index(row, column).data(Qt.ItemDataRole.FontRole)
    return isinstance(font, QFont) and font.bold()


def test_rows_say_what_torch_says(panel: VariablesPanel) -> None:
    panel.set_state(with_variables(W))
    expected = ["w", "[[2.0, ...]]", "2×3", "float32", "True", "True", "None", "None"]  # noqa: RUF001 - the sign shown
    assert rows(panel) == [expected]
    panel.set_state(with_variables(replace(W, is_leaf=False, grad_fn="MulBackward0")))
    assert rows(panel)[0][4:7] == ["True", "False", "MulBackward0"]


def test_it_says_where_these_are_from(panel: VariablesPanel) -> None:
    panel.set_state(spiral_state())
    assert "spiral_mlp.py, line 31, iteration 12" in seen(panel)
    panel.set_state(reduce(spiral_state(), m.Resumed()))
    assert "of its last pause" in seen(panel)
    told = spiral_state().variables
    assert told is not None
    inside = replace(told, frame=m.Frame("/home/ada/model.py", 7, "forward"), variables=())
    panel.set_state(reduce(spiral_state(), inside))
    assert "model.py, line 7 in forward, iteration 12 has no tensors among its variables" in seen(panel)


def test_the_stack_stands_beside_the_table_and_a_frame_is_asked_for(panel: VariablesPanel, qtbot: QtBot) -> None:
    frames = (m.Frame("/home/ada/model.py", 7, "forward"), m.Frame("train.py", 31, "<module>"))
    state = spiral_state()
    assert state.variables is not None
    state = reduce(reduce(state, m.Resumed()), m.Paused("forward", 12, "forward", frames=frames))
    panel.set_state(reduce(state, replace(spiral_state().variables, depth=1)))  # type: ignore[type-var]
    names = [panel.stack.item(row).text() for row in range(panel.stack.count())]
    assert names == ["forward  model.py:7", "<module>  train.py:31"]
    assert panel.stack.currentRow() == 1
    place = panel.stack.visualItemRect(panel.stack.item(1)).center()
    with qtbot.waitSignal(panel.frameRequested) as asked:
        qtbot.mouseClick(panel.stack.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [1]
    panel.set_state(reduce(reduce(spiral_state(), m.Resumed()), m.Paused("forward", 12, "forward")))
    assert not panel.stack.isVisible(), "a recording may know no stack"


def test_the_tensor_is_asked_for_by_double_click_and_from_the_menu(panel: VariablesPanel, qtbot: QtBot) -> None:
    panel.set_state(spiral_state())
    view = table(panel)
    place = view.visualRect(view.model().index(1, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(panel.tensorRequested) as asked:
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == ["loss"]
    view.selectRow(0)
    with qtbot.waitSignal(panel.tensorRequested) as asked:
        next(action for action in view.actions() if action.text() == "Show the tensor").trigger()
    assert asked.args == ["x"]


def test_what_a_cell_is_stands_in_its_colour_and_its_tooltip(panel: VariablesPanel) -> None:
    panel.set_state(with_variables(replace(W, name="False", requires_grad=False)))
    model = table(panel).model()
    inks = [model.index(0, column).data(Qt.ItemDataRole.ForegroundRole) for column in (0, 4, 5, 6)]
    assert inks == [LIGHT.color(name) for name in ("text", "muted", "text", "muted")]
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "Parameter on cpu"


def test_before_the_first_pause_it_says_what_would_fill_it(panel: VariablesPanel) -> None:
    panel.set_state(RunState())
    assert "appear here when training pauses" in seen(panel)


def test_changed_values_and_gradients_are_bold(panel: VariablesPanel) -> None:
    panel.set_state(with_variables(W, replace(W, name="b")))
    assert not is_bold(panel, 0, 1)
    panel.set_state(with_variables(replace(W, value="[[1.9, ...]]"), replace(W, name="b", grad="-3.0")))
    assert [is_bold(panel, row, column) for row in (0, 1) for column in (1, 7)] == [True, False, False, True]


def test_filter_keeps_what_matches(panel: VariablesPanel, qtbot: QtBot) -> None:
    panel.set_state(spiral_state())
    qtbot.keyClicks(panel.findChildren(QLineEdit)[0], "nll")
    assert [row[0] for row in rows(panel)] == ["loss"]
    panel.findChildren(QLineEdit)[0].setText(" NLL ")
    assert [row[0] for row in rows(panel)] == ["loss"]
    panel.findChildren(QLineEdit)[0].setText("zebra")
    assert rows(panel) == []


def test_click_and_enter_tell_variable_and_node(panel: VariablesPanel, qtbot: QtBot) -> None:
    panel.set_state(spiral_state())
    view = table(panel)
    place = view.visualRect(view.model().index(1, 0)).center()
    with qtbot.waitSignal(panel.variableRequested) as clicked:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert clicked.args == ["loss", 10]
    qtbot.keyClick(view, Qt.Key.Key_Up)
    with qtbot.waitSignal(panel.variableRequested) as entered:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert entered.args == ["x", 11]


def test_selection_stays_on_its_variable(panel: VariablesPanel) -> None:
    panel.set_state(with_variables(W, replace(W, name="b")))
    table(panel).selectRow(1)
    panel.set_state(with_variables(replace(W, name="a"), W, replace(W, name="b")))
    assert [index.row() for index in table(panel).selectionModel().selectedRows()] == [2]


def test_copy_takes_the_chosen_rows(panel: VariablesPanel) -> None:
    panel.set_state(spiral_state())
    table(panel).selectRow(0)
    panel.copy()
    assert QGuiApplication.clipboard().text().split("\t")[:2] == ["x", "[[0.1, ...]]"]
    table(panel).selectRow(1)
    panel.copy()
    assert QGuiApplication.clipboard().text().split("\t")[:2] == ["loss", "0.6871"]
