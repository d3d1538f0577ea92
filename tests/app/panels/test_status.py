"""The status bar: facts of the run in one line, and how long it has been held."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QColor

from gradscope.app.panels import status
from gradscope.app.panels.status import RunStatusBar
from gradscope.app.theme import LIGHT
from gradscope.graph.state import ConnectionLost, ProcessExited, RunState, reduce
from gradscope.wire import messages as m
from tests.samples import spiral_state


@pytest.fixture
def bar(qtbot) -> RunStatusBar:
    made = RunStatusBar()
    qtbot.addWidget(made)
    made.resize(1400, 26)
    made.show()
    yield made
    made.set_state(RunState())


def test_one_line_says_where_the_run_stands(bar):
    bar.set_state(spiral_state())
    bar.set_recording("/runs/spiral-1122.gscope", 1_400_000)
    assert bar.text().split("   ") == [
        "paused",
        "backward, node 8 of 11: AddmmBackward0",
        "cpu",
        "rank 0 of 1",
        "capture: detail",
        "recording  spiral-1122.gscope  1.4 MB",
        "torch 2.13.0",
    ]
    assert "/runs/spiral-1122.gscope" in bar.labels["recording"].toolTip()


def test_without_a_run_it_says_only_that(bar):
    bar.set_state(RunState())
    assert bar.text() == "no run"


def test_a_long_pause_says_how_long(bar, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(status.time, "monotonic", lambda: now)
    state = spiral_state()
    bar.set_state(state)
    assert not bar.labels["held"].isVisible()
    now += 190
    bar.set_state(replace(state, iteration=12))
    assert bar.labels["held"].text() == "held for 3 min"
    now += 3600 * 2
    bar._clock.timeout.emit()  # nothing is told by a script that is held: the clock looks again by itself
    assert bar._clock.isActive()
    assert bar.labels["held"].text() == "held for 2 h 3 min"
    bar.set_state(reduce(state, m.Resumed()))
    assert bar.labels["held"].text() == ""


def test_what_was_switched_off_is_told_with_its_reason(bar):
    bar.set_state(reduce(spiral_state(), m.FeatureLost("saved tensors", "no _raw_saved")))
    assert bar.labels["capture"].text() == "capture: detail, 1 switched off"
    assert "saved tensors: no _raw_saved" in bar.labels["capture"].toolTip()


def test_what_this_torch_lacks_is_told_too(bar):
    state = spiral_state()
    bar.set_state(replace(state, hello=replace(state.hello, missing_features=("saved tensors",))))
    assert bar.labels["capture"].text() == "capture: detail, 1 switched off"
    assert "saved tensors: not in this torch" in bar.labels["capture"].toolTip()


def test_what_the_user_changed_and_all_devices_are_told(bar):
    state = reduce(spiral_state(), m.Changed(1, 12, True, "lr: 0.1 to 0.05"))
    moved = tuple(replace(one, device="cuda:0") if one.index == 2 else one for one in state.parameters)
    bar.set_state(replace(state, parameters=moved))
    assert bar.labels["changed"].text() == "changed by you: 1"
    assert "iteration 12: lr: 0.1 to 0.05" in bar.labels["changed"].toolTip()
    assert bar.labels["device"].text() == "cpu, cuda:0"
    assert bar.labels["changed"].isVisible()


def test_sizes_of_recordings(bar):
    for size, words in ((0, "0 kB"), (812_345, "812 kB"), (1_400_000, "1.4 MB"), (2_345_000_000, "2.35 GB")):
        bar.set_recording("/runs/a.gscope", size)
        assert bar.labels["recording"].text() == f"recording  a.gscope  {words}"


def test_a_failed_run_is_red_and_a_good_end_is_not(bar):
    def inks() -> set[str]:
        image = bar.labels["state"].grab().toImage()
        return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}

    bar.set_state(reduce(spiral_state(), ProcessExited(1, "the script raised")))
    assert QColor(LIGHT.nonfinite).name() in inks()
    bar.set_state(reduce(spiral_state(), ProcessExited(0)))
    assert QColor(LIGHT.nonfinite).name() not in inks()


def test_a_failed_or_lost_run_says_so(bar):
    bar.set_state(reduce(spiral_state(), ProcessExited(1, "the script raised")))
    assert "ended, exit code 1" in bar.text()
    assert "the script raised" in bar.text()
    bar.set_state(reduce(spiral_state(), ConnectionLost("socket closed")))
    assert "connection lost   socket closed" in bar.text()


def test_a_message_comes_and_goes(bar):
    bar.set_message("Saved graph.json")
    assert bar.labels["message"].isVisible()
    bar.set_message("")
    assert not bar.labels["message"].isVisible()


def test_a_narrow_window_cuts_texts_instead_of_growing(bar):
    bar.set_state(spiral_state())
    bar.set_recording("/runs/" + "very-long-name" * 20 + ".gscope", 1)
    assert bar.minimumSizeHint().width() < 600
