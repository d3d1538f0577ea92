"""The inspector says who a node is, shows exactly the tensor it was told, and never passes one off as another's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QTabBar, QTableWidget

from gradscope.app.panels.flow_box import FlowLine
from gradscope.app.panels.inspector import InspectorPanel
from gradscope.app.panels.stack_button import StackButton
from gradscope.app.panels.text_label import LinkButton
from gradscope.app.theme import DARK, LIGHT
from gradscope.graph.stacks import StackLine
from gradscope.graph.state import RunState, reduce
from gradscope.graph.tensor import TensorView
from gradscope.graph.tensor_looks import Cut
from gradscope.wire import messages as m
from tests.samples import SCRIPT, spiral_state, statistics_table
from tests.tensors import refused, told

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LINEAR, LOSS, WEIGHT, X, WEIGHT_2 = 3, 10, 0, 11, 5


@pytest.fixture
def panel(qtbot: QtBot) -> InspectorPanel:
    panel = InspectorPanel()
    qtbot.addWidget(panel)
    panel.resize(372, 700)
    panel.set_theme(LIGHT)
    panel.set_state(spiral_state())
    panel.show()
    return panel


@pytest.fixture
def requests(panel: InspectorPanel) -> list[tuple[Any, ...]]:
    asked: list[tuple[Any, ...]] = []
    panel.tensorRequested.connect(lambda *request: asked.append(request))
    return asked


def links_seen(panel: InspectorPanel) -> list[LinkButton]:
    return [link for link in panel.findChildren(LinkButton) if link.isVisible()]


def settled(requests: list[Any]) -> list[Any]:
    """The requests once everything that is due has happened."""
    QCoreApplication.processEvents()
    return requests


def answer(panel: InspectorPanel, kind: str, tensor: TensorView) -> None:
    """What the training process tells, once it was asked."""
    QCoreApplication.processEvents()
    panel.set_tensor(kind, tensor)


def texts_seen(panel: InspectorPanel) -> str:
    seen = "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())
    return seen.replace("\N{NO-BREAK SPACE}", " ")


def button(panel: InspectorPanel, text: str) -> QPushButton:
    return next(b for b in panel.findChildren(QPushButton) if b.text() == text)


def resumed(state: RunState) -> RunState:
    return reduce(state, m.Resumed())


def paused_again(state: RunState) -> RunState:
    assert state.pause is not None
    return reduce(resumed(state), replace(state.pause))


def test_it_leaves_a_lesson_its_room_in_a_low_window(panel: InspectorPanel) -> None:
    assert panel.minimumSizeHint().height() <= 100


def test_header_names_the_node_as_the_card_does(panel: InspectorPanel) -> None:
    panel.set_node(LINEAR)
    seen = texts_seen(panel)
    for text in ("intermediate", "paused here", "linear", "AddmmBackward0", "net.0  Linear", "float32", "output 0"):
        assert text in seen
    assert "shape 64 × 16" in seen  # noqa: RUF001 - the sign that shapes take
    assert "∂ loss / ∂ linear" in seen


def test_a_name_inside_of_a_wrapper_is_in_the_tooltip(panel: InspectorPanel) -> None:
    state = spiral_state()
    wrapped = [replace(one, aliases=(f"module.{one.name}",)) for one in state.parameters]
    panel.set_state(replace(state, parameters=tuple(wrapped)))
    panel.set_node(WEIGHT)
    (title,) = (label for label in panel.findChildren(QLabel) if label.text() == "net.0.weight")
    assert title.toolTip().splitlines() == ["net.0.weight", "also module.net.0.weight"]


def test_only_the_node_about_to_run_is_paused_here(panel: InspectorPanel) -> None:
    panel.set_node(LOSS)
    assert "paused here" not in texts_seen(panel)


def test_without_a_node_it_says_what_would_fill_it(panel: InspectorPanel) -> None:
    assert "Select a node" in texts_seen(panel)
    panel.set_empty("Nothing runs yet.")
    assert "Nothing runs yet." in texts_seen(panel)


def test_a_paused_node_asks_for_its_gradient_once(panel: InspectorPanel, requests: list[Any]) -> None:
    panel.set_node(LINEAR)
    panel.set_state(panel_state := spiral_state())
    assert settled(requests)[-1] == ("gradient", LINEAR, 0, Cut())
    count = len(settled(requests))
    panel.set_state(replace(panel_state))
    assert len(settled(requests)) == count


def test_a_new_pause_asks_anew_and_the_old_tensor_is_not_answered_for(
    panel: InspectorPanel, requests: list[Any]
) -> None:
    panel.set_node(LINEAR)
    answer(panel, "gradient", told(np.ones((64, 16))))
    assert panel.heat_values().shape == (64, 16)
    panel.set_state(paused_again(spiral_state()))
    assert panel.heat_values().size == 0
    assert len(settled(requests)) == 2


def test_heat_values_are_the_gradient_bit_for_bit(panel: InspectorPanel) -> None:
    gradient = np.float32(np.random.default_rng(0).normal(size=(64, 16)))
    panel.set_node(LINEAR)
    answer(panel, "gradient", told(gradient))
    assert np.array_equal(panel.heat_values().astype(np.float32), gradient)
    assert panel.figure("zeros") == "0.0 %"


def test_one_element_is_written_out_exactly(panel: InspectorPanel) -> None:
    panel.set_node(LOSS)
    answer(panel, "gradient", told(np.float32(0.1)))
    assert np.float32(panel.value_text()) == np.float32(0.1)
    assert panel.value_text() in texts_seen(panel)


def test_few_elements_are_known_without_a_tensor(panel: InspectorPanel, qtbot: QtBot) -> None:
    state = reduce(spiral_state(), m.GradientsMeasured(12, 0, statistics_table({LOSS: 1.0}, count=1)))
    panel.set_state(resumed(state))
    panel.set_node(LOSS)
    qtbot.waitUntil(lambda: "Pause to see the tensor itself." in texts_seen(panel))
    assert panel.value_text() == "1.0"


def test_statistics_stand_while_training_runs(panel: InspectorPanel) -> None:
    panel.set_state(resumed(spiral_state()))
    panel.set_node(LINEAR)
    assert panel.figure("norm") == "2.31e-2"
    assert "2.31e-2" in texts_seen(panel)


def test_light_level_shows_dashes_for_what_it_does_not_measure(panel: InspectorPanel) -> None:
    state = spiral_state()
    current = state.current_pass
    assert current is not None
    current.gradients.columns["std"][LINEAR] = -1.0
    current.gradients.columns["zeros"][LINEAR] = -1.0
    panel.set_state(resumed(state))
    panel.set_node(LINEAR)
    assert [panel.figure(key) for key in ("mean", "std", "zeros")] == ["–", "–", "–"]  # noqa: RUF001 - the dash shown


def test_a_gradient_that_is_not_there_says_why_and_is_not_asked_for(panel: InspectorPanel, requests: list[Any]) -> None:
    panel.set_node(WEIGHT)
    assert "grad: not yet" in texts_seen(panel)
    assert "backward() has not come to this node." in texts_seen(panel)
    panel.set_node(X)
    assert "takes no gradient" in texts_seen(panel)
    assert settled(requests) == []


def test_why_a_tensor_is_not_to_be_had_is_told(panel: InspectorPanel) -> None:
    panel.set_node(LINEAR)
    answer(panel, "gradient", refused("torch freed it after use"))
    assert "Torch freed it after use." in texts_seen(panel)
    assert panel.figure("norm") == "2.31e-2"


def test_nonfinite_gradients_alarm(panel: InspectorPanel) -> None:
    table = statistics_table({LINEAR: float("nan")})
    panel.set_state(reduce(spiral_state(), m.GradientsMeasured(12, 0, table)))
    panel.set_node(LINEAR)
    answer(panel, "gradient", told([[1.0, float("nan")], [float("inf"), 0.0], [1.0, 2.0]]))
    assert panel.figure("nonfinite") == "1 / 1"
    assert "drawn in magenta" in texts_seen(panel)


def test_value_tab_asks_for_the_value(panel: InspectorPanel, requests: list[Any]) -> None:
    panel.set_node(LINEAR)
    panel.show_tab("Value")
    assert settled(requests)[-1] == ("value", LINEAR, 0, Cut())
    answer(panel, "gradient", told(np.ones((64, 16))))
    assert panel.heat_values().size == 0
    answer(panel, "value", told(np.full((64, 16), 2.0)))
    assert panel.heat_values()[0, 0] == 2.0


def test_a_leaf_offers_its_accumulated_gradient(panel: InspectorPanel, requests: list[Any], qtbot: QtBot) -> None:
    panel.set_node(LINEAR)
    assert not button(panel, "accumulated (.grad)").isVisible()
    panel.set_node(WEIGHT_2)
    qtbot.mouseClick(button(panel, "accumulated (.grad)"), Qt.MouseButton.LeftButton)
    assert settled(requests)[-1] == ("accumulated", WEIGHT_2, 0, Cut())
    assert "net.2.weight.grad" in texts_seen(panel)


def test_source_link_and_flow_lead_on(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.set_node(LINEAR)
    with qtbot.waitSignal(panel.sourceRequested) as source:
        qtbot.mouseClick(links_seen(panel)[0], Qt.MouseButton.LeftButton)
    assert source.args == [SCRIPT, 18]
    bias = next(line for line in panel.findChildren(FlowLine) if "net.0.bias" in line.text())
    with qtbot.waitSignal(panel.nodeRequested) as node:
        qtbot.mouseClick(bias, Qt.MouseButton.LeftButton)
    assert node.args == [1]


def test_a_module_is_told_by_its_line_and_what_is_inside_and_leads_there(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.set_calls((3,))
    told = panel.text().splitlines()
    assert told[:4] == ["module", "net.2", "Linear", "2 nodes, 2 leaves"]
    assert "spiral_mlp.py:18 in forward" in told
    *leaves, linear = told[-3:]
    assert leaves == ["weight  2×16  5.00e-2", "bias  2  3.40e-3"]  # noqa: RUF001 - as shapes are
    assert linear.startswith("logits  64×2  ")  # noqa: RUF001
    with qtbot.waitSignal(panel.sourceRequested) as source:
        qtbot.mouseClick(links_seen(panel)[0], Qt.MouseButton.LeftButton)
    assert source.args == [SCRIPT, 18]
    table = next(one for one in panel.findChildren(QTableWidget) if one.isVisible())
    table.setFocus()
    table.selectRow(1)
    with qtbot.waitSignal(panel.nodeRequested) as node:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert node.args == [6]
    panel.set_node(LINEAR)
    assert panel.text().splitlines()[0] == "intermediate"


def test_gradients_inside_a_module_follow_the_pass_and_another_graph_drops_it(panel: InspectorPanel) -> None:
    panel.set_calls((1,))
    assert "norm of all gradients inside" not in panel.text()
    assert "not yet" in panel.text()
    state = reduce(spiral_state(), m.GradientsMeasured(12, 0, statistics_table({0: 3.0, 1: 4.0})))
    panel.set_state(state)
    assert "norm of all gradients inside  5.00" in panel.text()
    panel.set_state(RunState())
    assert "net.0" not in panel.text()


def test_the_stack_is_a_menu_from_the_script_to_the_line(panel: InspectorPanel, qtbot: QtBot) -> None:
    state = spiral_state()
    graph = state.graphs["spiral"]
    lines = (
        StackLine(-1, SCRIPT, 33, "<module>", "train(net) & 1"),
        StackLine(0, SCRIPT, 29, "train", "net(x)"),
        StackLine(1, SCRIPT, 18, "forward", "self.net(x)"),
    )
    column = np.full(len(graph), -1, np.int32)
    column[LINEAR], column[LOSS] = 2, 0
    known = replace(graph, stacks=lines, nodes=graph.nodes | {"stack": column})
    panel.set_state(replace(state, graphs={**state.graphs, "spiral": known}))
    panel.set_node(LINEAR)
    stack = panel.findChild(StackButton)
    assert stack is not None
    assert stack.isVisible()
    assert stack.offered() == [
        "spiral_mlp.py:33\ttrain(net) & 1",
        "spiral_mlp.py:29 in train\tnet(x)",
        "spiral_mlp.py:18 in forward\tself.net(x)",
    ]
    with qtbot.waitSignal(panel.sourceRequested) as source:
        stack.menu().actions()[1].trigger()
    assert source.args == [SCRIPT, 29]
    panel.set_node(LOSS)
    assert not stack.isVisible()  # the script's own line: the link says it all


def test_history_draws_every_node_and_says_why_not_where_there_is_none(panel: InspectorPanel) -> None:
    panel.set_node(WEIGHT)
    panel.show_tab("History")
    assert "iteration 11: 4.17e-2" in panel.text()
    panel.set_node(LINEAR)
    assert "No gradient has passed here yet" in texts_seen(panel)
    panel.set_state(reduce(spiral_state(), m.PassEnded(12, 0, 0.01, "")))
    assert "iteration 12: 2.31e-2" in panel.text()


def test_another_plane_is_asked_for(panel: InspectorPanel, requests: list[Any]) -> None:
    panel.set_node(LINEAR)
    answer(panel, "gradient", told(np.arange(24.0).reshape(2, 3, 4), plane=(0,)))
    assert panel.heat_values()[0, 0] == 0.0
    panel._gradient.view._planes._rows[0][1].setValue(1)
    assert settled(requests)[-1] == ("gradient", LINEAR, 0, Cut((-1, 1, 2, -1), (1,)))
    assert panel.heat_values().size == 0
    answer(panel, "gradient", told(np.arange(24.0).reshape(2, 3, 4), plane=(1,)))
    assert panel.heat_values()[0, 0] == 12.0


def test_it_waits_aloud_when_no_answer_comes(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.set_node(LINEAR)
    qtbot.waitUntil(lambda: "Waiting for the training process" in texts_seen(panel))


def test_a_state_without_its_graph_empties_it(panel: InspectorPanel) -> None:
    panel.set_node(LINEAR)
    panel.set_state(RunState())
    assert "Select a node" in texts_seen(panel)


def test_of_a_moment_that_is_over_only_figures_are_known(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.set_state(replace(spiral_state(), life="ended", pause=None))
    panel.set_node(LINEAR)
    qtbot.waitUntil(lambda: "Only figures were recorded of this moment" in texts_seen(panel))
    assert panel.figure("norm") == "2.31e-2"


def test_a_source_that_refuses_at_once_is_heard(panel: InspectorPanel) -> None:
    panel.tensorRequested.connect(lambda kind, *_: panel.set_tensor(kind, TensorView.unavailable("no process")))
    panel.set_node(LINEAR)
    assert "No process." in texts_seen(panel)


def test_long_names_do_not_widen_it(panel: InspectorPanel) -> None:
    state = spiral_state()
    graph = state.graph
    assert graph is not None
    long = "transformer.encoder.layers.11.self_attn.in_proj_weight.with.more.of.it"
    strings = tuple(long if text in ("linear", "net.0.bias") else text for text in graph.strings)
    renamed = replace(graph, strings=strings)
    panel.set_state(replace(state, graphs={"spiral": renamed}))
    panel.set_node(LINEAR)
    content = panel.findChildren(QScrollArea)[0].widget()
    assert content.minimumSizeHint().width() <= panel.minimumWidth()
    assert f"∂ loss / ∂ {long}" in texts_seen(panel)


def test_tabs_work_by_keyboard_in_both_themes(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.set_theme(DARK)
    panel.set_node(LINEAR)
    tabs = panel.findChildren(QTabBar)[0]
    qtbot.keyClick(tabs, Qt.Key.Key_Right)
    assert tabs.tabText(tabs.currentIndex()) == "Value"
