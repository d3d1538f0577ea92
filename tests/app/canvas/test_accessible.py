"""For whoever hears the graph or is made ill by movement: what is selected in words, and pictures that stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle

from gradscope.app.canvas import widget
from gradscope.app.settings import Settings
from gradscope.graph import fold
from tests.app.canvas.scenes import canvas_with, marks_of, scene_of, spiral
from tests.app.opened import opened
from tests.samples import spiral_messages

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from gradscope.app.canvas.widget import GraphCanvas


def heard(canvas: GraphCanvas) -> list[str]:
    """What a screen reader is given, part by part."""
    interface = QAccessible.queryAccessibleInterface(canvas)
    assert interface.text(QAccessible.Text.Name) == "Autograd graph"
    return interface.text(QAccessible.Text.Description).split("; ")


def test_a_selected_node_is_told_with_role_operation_shape_place_line_and_gradient(qtbot: QtBot) -> None:
    canvas = canvas_with(qtbot, *spiral())
    assert heard(canvas) == ["Nothing is selected"]
    canvas.select(8)
    name, role, shape, place, line, gradient = heard(canvas)
    assert name == "logits"
    assert role == "intermediate: AddmmBackward0"
    assert shape == "(64, 2) float32 cpu"
    assert place == "in net.2 (Linear)"
    assert line == "spiral_mlp.py:18 in forward"
    assert gradient == "gradient norm 7.90e-2"
    canvas.select(3)
    assert heard(canvas)[-1] == "paused here: about to run"
    canvas.select(0)
    assert heard(canvas)[:2] == ["net.0.weight", "leaf: AccumulateGrad"]
    assert heard(canvas)[-1] == "grad: not yet"
    canvas.select(11)
    assert heard(canvas)[1] == "input"
    assert heard(canvas)[-1] == "spiral_mlp.py:26 in <module>"
    canvas.select(-1)
    assert heard(canvas) == ["Nothing is selected"]


def test_a_selected_module_is_told_with_what_is_inside_and_how_it_is_opened(qtbot: QtBot) -> None:
    state, scene = spiral()
    canvas = canvas_with(qtbot, state, scene)
    canvas.select_call(1)
    assert heard(canvas)[0] == "net.0 Linear"
    assert heard(canvas)[1] == "2 nodes, 2 leaves"
    assert "to close" in heard(canvas)[-1]
    closed = scene_of(scene.graph, fold.initial(scene.graph).closed(1))
    canvas.set_scene(closed)
    canvas.set_marks(marks_of(state, closed))
    assert "to open" in heard(canvas)[-1]
    assert any("2.31e-2" in words for words in heard(canvas)), "what enters it, while its leaves have nothing"


def test_each_step_of_a_walk_is_announced_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    canvas = canvas_with(qtbot, *spiral())
    announced: list[str] = []

    def told(event) -> None:
        assert event.type() == QAccessible.Event.DescriptionChanged
        announced.append(heard(canvas)[0])

    monkeypatch.setattr(widget.QAccessible, "updateAccessibility", told)
    canvas.select(3)
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert announced == ["linear", "relu", "logits", "log_softmax"]
    canvas.select(9)
    assert len(announced) == 4, "nothing new, nothing said"


class _Still(QProxyStyle):
    """The style of a desktop on which movement is switched off."""

    def styleHint(self, hint, option=None, widget=None, data=None) -> int:
        if hint == QStyle.StyleHint.SH_Widget_Animation_Duration:
            return 0
        return super().styleHint(hint, option, widget, data)


@pytest.mark.parametrize("chosen", [None, True])
def test_a_desktop_without_movement_is_followed_unless_the_user_says_otherwise(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, chosen: bool | None
) -> None:
    style = QApplication.style().name()
    QApplication.setStyle(_Still(style))
    try:
        if chosen is not None:
            Settings().animations = chosen
        assert Settings().animations is (chosen is True)
    finally:
        QApplication.setStyle(style)
    QSettings().clear()
    assert Settings().animations


def test_without_movement_a_step_and_a_fold_in_the_window_stand_at_once(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        canvas = window.bench.pane.canvas
        canvas.set_animated(True)
        window.start()
        window.play(*spiral_messages())
        window.window.actions_["view.animations"].trigger()  # the test's window begins without
        assert Settings().animations
        for wanted in (True, False):
            window.window.actions_["graph.close_all" if wanted else "graph.open_all"].trigger()
            window.settle()
            assert (canvas._movement.share is not None) is wanted
            qtbot.waitUntil(lambda: canvas._movement.share is None)
            if wanted:
                window.window.actions_["view.animations"].trigger()
