"""The phase strip: how far it is lit, what it says, and how it is asked to run somewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from gradscope.app.panels.phase_strip import PhaseStrip
from gradscope.app.theme import DARK, LIGHT
from gradscope.graph.state import ProcessStarted, RunState, reduce
from gradscope.wire import messages as m
from tests.samples import spiral_state


@pytest.fixture
def strip(qtbot) -> PhaseStrip:
    made = PhaseStrip()
    qtbot.addWidget(made)
    made.resize(1400, 40)
    made.show()
    return made


def lit(strip: PhaseStrip) -> str:
    """One letter a phase: d(one), c(urrent), n(ext)."""
    return "".join(button.progress[0] for button in strip.buttons[1:])


def figure(strip: PhaseStrip, phase: str) -> str:
    return next(button.figure for button in strip.buttons if button.phase == phase)


def test_paused_inside_backward_as_in_the_picture(strip):
    strip.set_state(spiral_state())
    assert lit(strip) == "dddcn"
    assert figure(strip, "loss") == "0.6871"
    assert figure(strip, "backward") == "node 8 of 11"
    assert strip.badge.text() == "paused in backward, before node 8: AddmmBackward0 of net.0"
    assert strip.badge.isVisible()
    assert not strip.creating.isVisible()


def test_it_moves_with_the_script(strip):
    state = reduce(spiral_state(), m.Resumed())
    for phase, expected in (("update", "ddddc"), ("data", "cnnnn"), ("forward", "dcnnn"), ("loss", "ddcnn")):
        state = reduce(state, m.PhaseEntered(13, phase, 1.0))
        strip.set_state(state)
        assert lit(strip) == expected
    assert figure(strip, "loss") == ""
    assert not strip.badge.isVisible()


def test_end_of_an_iteration_checks_every_phase(strip):
    strip.set_state(reduce(spiral_state(), m.Paused("end", 12, "update")))
    assert lit(strip) == "ddddd"
    assert strip.badge.text() == "paused, iteration 12 is over"


def test_before_the_first_iteration_it_says_create(strip):
    strip.set_state(reduce(RunState(), ProcessStarted(("python", "train.py"))))
    assert strip.creating.isVisible()
    assert strip.creating.progress == "current"
    assert lit(strip) == "nnnnn"
    strip.set_state(spiral_state())
    assert not strip.creating.isVisible()


def test_loss_and_backward_at_once_light_both(strip):
    state = spiral_state()
    strip.set_state(replace(state, pause=m.Paused("loss", 0, "backward")))
    assert lit(strip) == "ddccn"
    assert "backward begins too" in strip.badge.text()


def test_gradients_that_were_not_cleared_are_flagged(strip):
    state = spiral_state()
    strip.set_state(replace(state, passes=(replace(state.passes[-1], old=frozenset({0})),)))
    assert strip.cleared.text() == "gradients not cleared"
    assert "adds to them" in strip.cleared.toolTip()
    strip.set_state(reduce(state, m.GradientsCleared(12)))
    assert strip.cleared.text() == "gradients cleared"
    assert "adds to them" not in strip.cleared.toolTip()


def test_click_asks_to_run_to_a_phase(strip, qtbot):
    strip.set_state(spiral_state())
    with qtbot.waitSignal(strip.phaseRequested) as asked:
        qtbot.mouseClick(strip.buttons[-1], Qt.MouseButton.LeftButton)
    assert asked.args == ["update"]
    assert "next iteration" in strip.buttons[1].toolTip()
    assert "next iteration" not in strip.buttons[-1].toolTip()


def test_keyboard_walks_over_the_phases_and_space_asks(strip, qtbot):
    strip.set_state(spiral_state())
    strip.buttons[1].setFocus()
    for _ in range(2):
        qtbot.keyClick(strip.focusWidget(), Qt.Key.Key_Right)
    with qtbot.waitSignal(strip.phaseRequested) as asked:
        qtbot.keyClick(strip.focusWidget(), Qt.Key.Key_Space)
    assert asked.args == ["loss"]


def test_without_a_run_nothing_can_be_asked(strip, qtbot):
    strip.set_state(RunState())
    with qtbot.assertNotEmitted(strip.phaseRequested):
        qtbot.mouseClick(strip.buttons[2], Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_circles_have_the_colours_of_done_and_held(strip, theme):
    strip.set_theme(theme)
    strip.set_state(spiral_state())
    image = strip.grab().toImage()
    ratio = image.devicePixelRatio()

    def at(phase: str) -> QColor:
        button = next(button for button in strip.buttons if button.phase == phase)
        spot = button.mapTo(strip, button.rect().topLeft())
        return image.pixelColor(int((spot.x() + 12) * ratio), int((spot.y() + button.height() // 2 - 5) * ratio))

    assert at("data") == QColor(theme.done)
    assert at("backward") == QColor(theme.halo)
    assert at("update") not in (QColor(theme.done), QColor(theme.halo))


def test_spoken_names_say_how_far_it_is(strip):
    strip.set_state(spiral_state())
    assert [button.accessibleName() for button in strip.buttons[3:]] == [
        "loss, 0.6871, done",
        "backward, node 8 of 11, here",
        "update, not reached",
    ]
