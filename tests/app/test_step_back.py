"""Ctrl+Left looks at what this backward already brought; the process stays where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from gradscope.wire import messages as m
from tests.samples import SPIRAL_ORDER, spiral_messages

from .opened import opened

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

CTRL = Qt.KeyboardModifier.ControlModifier


def test_the_keys_go_back_and_ahead_and_a_step_returns_to_now(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        bench, moment = window.bench, window.bench.features["moment"]
        canvas = bench.pane.canvas
        canvas.setFocus()
        for steps in (1, 2):
            qtbot.keyClick(canvas, Qt.Key.Key_Left, CTRL)
            assert bench.selection.node == SPIRAL_ORDER[7 - steps]
        assert moment.banner_text() == "past: node 6 of 11; the process stands at node 8"
        shown = bench.recording.shown
        assert shown is not None
        assert shown.gradients is not None
        assert shown.gradients.row(4) is None  # it had not run then
        kept = ("gradient", SPIRAL_ORDER[5])
        qtbot.waitUntil(lambda: window.session.requests[-1][:2] == kept)  # its kept gradient is asked for
        qtbot.keyClick(canvas, Qt.Key.Key_Right, CTRL)
        assert moment.banner_text() == "past: node 7 of 11; the process stands at node 8"
        assert window.session.orders == []  # nothing was asked of the process
        qtbot.keyClick(canvas, Qt.Key.Key_F11)
        assert window.session.orders == [m.Step("into")]
        window.play(m.Resumed(), m.Paused("node", 12, "backward", 0, "spiral", 1, 9, 11))
        assert moment.banner_text() == ""
        assert bench.selection.node == 1


def test_before_the_first_node_there_is_nothing_to_go_back_to(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        actions = window.window.actions_
        assert (actions["run.back"].isEnabled(), actions["run.ahead"].isEnabled()) == (True, False)
        for _ in range(9):
            actions["run.back"].trigger()
        assert window.bench.selection.node == SPIRAL_ORDER[0]
        assert (actions["run.back"].isEnabled(), actions["run.ahead"].isEnabled()) == (False, True)
        window.play(m.Resumed())
        assert not actions["run.ahead"].isEnabled()
