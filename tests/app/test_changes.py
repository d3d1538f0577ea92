"""Changing a held training from the window: what is offered, what is asked of the process, and how it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from gradscope.app.panels.changes import NOTHING
from gradscope.graph.state import ProcessExited, reduce
from gradscope.wire import messages as m
from gradscope.wire.changes import OptimizerGroup, OptimizerOption
from gradscope.wire.table import Table
from tests.samples import spiral_graph, spiral_messages, spiral_parameters, spiral_state

from .opened import Opened, opened

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

OPTIONS = (OptimizerOption("lr", "0.1"), OptimizerOption("momentum", "0.9"), OptimizerOption("fused", "None", "fixed"))
TOLD = m.OptimizersTold((OptimizerGroup(0, "SGD", 0, OPTIONS, 4),))
SCALED = m.Changed(1, 12, True, "gradient flowing into node 3: times -1", "gradient", can_undo=True)


def paused(window: Opened) -> Any:
    window.start()
    window.play(*spiral_messages(), TOLD)
    return window.bench.features["changes"]


def test_what_is_selected_decides_what_can_be_changed(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        panel = paused(window).panel
        assert [panel.target.itemText(row) for row in range(panel.target.count())] == ["the gradient about to flow in"]
        window.bench.selection.select(0)
        panel.choose("value", "noise", "0.5")
        panel.apply.click()
        panel.choose("accumulated", "clear")
        panel.apply.click()
        panel.choose("value", "set", "[1, 2]")
        panel.at_once.setChecked(True)
        panel.apply.click()
        window.window.actions_["edit.freeze"].trigger()
        assert asked(window) == [
            m.Change(0, "value", "noise", 0, number=0.5),
            m.Change(0, "accumulated", "clear", 0),
            m.Change(0, "value", "set", 0, values=(1.0, 2.0), at_once=True),
            m.Change(0, "requires_grad", node=0, number=0.0),
        ]
        panel.choose("value", "scale", "twice")
        panel.apply.click()
        assert panel.text() == "“twice” is not a number"
        window.bench.selection.select(4)
        assert not panel.apply.isEnabled()
        assert len(window.session.orders) == 4


def test_a_change_is_told_marked_and_taken_back_by_a_key(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        panel = paused(window).panel
        main = window.window
        assert not main.actions_["edit.undo"].isEnabled()
        window.play(SCALED)
        assert panel.text() == "Gradient flowing into node 3: times -1"
        assert "changed by you: 1" in main.status.text()
        assert [event.text for event in window.bench.timeline.data.events if event.kind == "hand"] == [
            "by you: gradient flowing into node 3: times -1"
        ]
        qtbot.keyClick(window.bench.pane.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert asked(window) == [m.UndoChange(0)]
        window.play(replace(SCALED, text=f"taken back: {SCALED.text}", undone=True))
        assert "changed by you" not in main.status.text()
        assert not main.actions_["edit.undo"].isEnabled()
        assert [event for event in window.bench.timeline.data.events if event.kind == "hand"] == []


def test_what_was_changed_in_an_earlier_pause_stays_marked_and_is_not_taken_back(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        panel = paused(window).panel
        window.play(SCALED, m.Resumed(), m.Paused("node", 12, "backward", 0, "spiral", 1, 9, 11))
        assert not window.window.actions_["edit.undo"].isEnabled()
        assert panel.list.item(0).text() == "iteration 12: gradient flowing into node 3: times -1"
        assert "changed by you: 1" in window.window.status.text()


def test_an_option_is_written_into_its_cell_and_a_refusal_puts_it_back(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        table = paused(window).panel.options
        assert [table.item(row, 1).text() for row in range(3)] == ["lr", "momentum", "fused"]
        assert not table.item(2, 2).flags() & Qt.ItemFlag.ItemIsEditable
        table.item(1, 2).setText("-3")
        assert asked(window) == [m.Change(0, "option", option="momentum", text="-3", group=0)]
        window.play(m.Changed(1, 12, False, "SGD refuses it: Invalid momentum value: -3.0"))
        assert table.item(1, 2).text() == "0.9"
        assert "Invalid momentum" in paused_text(window)


def test_the_rate_in_the_training_panel_is_changed_while_training_runs(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        paused(window)
        window.play(m.Resumed())
        rate = window.window.training.rate
        assert rate.text() == "0.1"
        rate.setText("0.05")
        qtbot.keyClick(rate, Qt.Key.Key_Return)
        assert asked(window) == [m.Change(0, "option", option="lr", text="0.05")]
        rate.setFocus()
        rate.setText("much")
        qtbot.keyClick(rate, Qt.Key.Key_Return)
        window.play(m.Changed(2, 12, False, "lr is no number"))
        assert rate.text() == "0.1", "the field says what holds"


def test_only_what_a_change_needs_is_offered(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        panel = paused(window).panel
        window.window.raise_panel("changes")
        assert panel.text() == "", "there is something to change"
        window.bench.selection.select(0)
        panel.choose("accumulated", "clear")
        assert not panel.number.isVisible()
        panel.choose("accumulated", "scale", "2")
        assert not panel.at_once.isVisible()
        panel.at_once.setChecked(True)  # for a value, earlier on
        qtbot.keyClick(panel.number, Qt.Key.Key_Return)
        assert asked(window) == [m.Change(0, "accumulated", "scale", 0, number=2.0)]
        window.window.actions_["run.back"].trigger()
        window.bench.selection.select(0)
        assert not panel.apply.isEnabled(), "the past cannot be changed"
        assert panel.text() == NOTHING
        window.window.actions_["run.ahead"].trigger()
        window.bench.selection.select(0)
        panel.choose("value", "scale", "2")
        assert panel.at_once.isVisible()
        window.play(m.Resumed(), m.Paused("update", 12, "update", 0, "spiral"))
        assert not panel.at_once.isVisible(), "no pass is under way that it could be in the middle of"
        panel.choose("freeze", "scale")
        assert not panel.number.isVisible()
        assert panel.options.isEnabled()
        window.play(ProcessExited(0))
        assert not panel.options.isEnabled()
        window.bench.features["changes"].set_option(0, 0, "lr", "1")
        assert len(asked(window)) == 1, "nobody is there to be asked"


def test_what_is_frozen_can_be_let_go_again(qtbot: QtBot) -> None:
    frozen = spiral_graph("frozen")
    columns = {name: [*frozen.nodes.column(name)] for name in m.NODE_COLUMNS}
    columns["frozen"][11] = 1
    known = tuple(replace(one, requires_grad=one.index != 0) for one in spiral_parameters().parameters)
    with opened(qtbot) as window:
        panel = paused(window).panel
        window.play(m.ParametersKnown(known))
        offered = {}
        for node in (0, 1):
            window.bench.selection.select(node)
            offered[node] = [panel.target.itemText(row) for row in range(panel.target.count())]
        assert offered == {
            0: ["let it take gradient again"],
            1: ["its .grad", "its value", "freeze it"],
        }
        window.bench.selection.select(0)
        window.window.actions_["edit.freeze"].trigger()
        window.play(
            replace(frozen, nodes=Table.from_columns("i4", columns)),
            m.PassStarted(12, 1, "backward", "frozen", "detail", "loss"),
            m.Resumed(),
            m.Paused("update", 12, "update", 1, "frozen"),
        )
        window.bench.selection.select(11)
        window.window.actions_["edit.freeze"].trigger()
        assert asked(window) == [m.Change(0, "requires_grad", node=node, number=1.0) for node in (0, 11)]


def test_what_has_changed_is_looked_at_again(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        paused(window)
        window.bench.selection.select(3)
        qtbot.waitUntil(lambda: bool(window.session.requests))
        count = len(window.session.requests)
        window.play(replace(SCALED, can_undo=False))
        qtbot.waitUntil(lambda: len(window.session.requests) > count)
        assert window.session.requests[-1][:2] == ("gradient", 3)
        assert not window.window.actions_["edit.undo"].isEnabled(), "this one cannot be taken back"
        assert not window.bench.features["changes"].panel.undo.isEnabled()
        window.play(replace(SCALED, request=2))
        window.bench.features["changes"].panel.undo.click()
        assert asked(window) == [m.UndoChange(0)]


def test_a_recording_tells_what_was_changed_in_it(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        feature: Any = window.bench.features["changes"]
        feature.set_state(reduce(spiral_state(), SCALED))
        assert feature.panel.list.item(0).text() == "iteration 12: gradient flowing into node 3: times -1"
        assert not feature.panel.undo.isEnabled()


def asked(window: Opened) -> list[Any]:
    """What was asked of the process, whatever its number."""
    return [replace(order, request=0) for order in window.session.orders]


def paused_text(window: Opened) -> str:
    panel: Any = window.bench.features["changes"].panel
    return str(panel.text())
