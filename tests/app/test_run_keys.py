"""Keys and buttons give the orders of the design's table, and only where they make sense."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from gradscope.wire import messages as m
from tests.samples import spiral_messages

from .opened import opened

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("key", "modifier", "order"),
    [
        (Qt.Key.Key_F5, NONE, m.Step("continue")),
        (Qt.Key.Key_F10, NONE, m.Step("phase")),
        (Qt.Key.Key_F11, NONE, m.Step("into")),
        (Qt.Key.Key_F11, SHIFT, m.Step("out")),
        (Qt.Key.Key_F11, CONTROL, m.Step("iteration")),
        (Qt.Key.Key_F10, CONTROL, m.Step("node", 1, "spiral")),
    ],
)
def test_a_key_at_a_pause_gives_its_order(
    qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier, order: m.Step
) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        window.bench.selection.select(1)
        QTest.keyClick(window.window, key, modifier)
        (given,) = window.session.orders
        assert replace(given, place=None) == order
        assert (given.place is not None) == (order.kind == "node")  # it is found again in a graph of another shape


def test_stepping_keys_do_nothing_while_the_script_runs(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(), m.Resumed())
        for key in (Qt.Key.Key_F5, Qt.Key.Key_F10, Qt.Key.Key_F11):
            QTest.keyClick(window.window, key)
        assert window.session.orders == []
        QTest.keyClick(window.window, Qt.Key.Key_F6)
        assert window.session.calls == ["pause"]


def test_stop_and_restart_reach_the_session(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        QTest.keyClick(window.window, Qt.Key.Key_F5, SHIFT)
        qtbot.waitUntil(lambda: window.session.calls == ["stop"])
        QTest.keyClick(window.window, Qt.Key.Key_F5, SHIFT | CONTROL)
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        assert window.session.specs[0] == window.session.specs[1]


def test_a_phase_on_the_strip_is_run_to_and_a_step_button_runs_its_phase(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        window.window.phase_strip.phaseRequested.emit("update")
        window.window.training.steps["backward"].click()
        assert window.session.orders == [m.Step("phase", phase="update"), m.Step("phase", phase="update")]


def test_run_to_node_is_offered_for_a_selected_node_only(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        window.bench.selection.select(-1)
        assert not window.window.actions_["run.node"].isEnabled()
        window.bench.selection.select(4)
        assert window.window.actions_["run.node"].isEnabled()


def test_runs_with_a_goal_ask_for_their_figure_and_remember_it(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        main, status = window.window, window.window.status

        def asked(action: str) -> QInputDialog:
            main.actions_[action].trigger()
            return main.findChildren(QInputDialog)[-1]

        count = asked("run.iterations")
        assert count.intValue() == 10
        count.setIntValue(25)
        count.accept()
        assert asked("run.iterations").intValue() == 25, "the same again is one key away"
        texts = {"< 0.1": ("loss_below", 0.1), "> 10": ("loss_above", 10.0), "loss below 1e-3": ("loss_below", 1e-3)}
        for text in texts:
            dialog = asked("run.until_loss")
            dialog.setTextValue(text)
            dialog.accept()
        for text in ("soon", "< -", "1e"):
            dialog = asked("run.until_loss")
            dialog.setTextValue(text)
            dialog.accept()
            assert "says no loss to run to" in status.text()
        assert asked("run.until_loss").textValue() == "loss below 1e-3"
        main.actions_["run.epoch"].trigger()
        assert window.session.orders == [
            m.Step("iterations", count=25),
            *(m.Step(kind, threshold=threshold) for kind, threshold in texts.values()),
            m.Step("epoch"),
        ]
        for dialog in main.findChildren(QInputDialog):
            dialog.reject()
