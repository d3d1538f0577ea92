"""Continue, pause, stop and restart by key at any moment; a script that hangs or dies leaves a window that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gradscope.app.panels.statistics_grid import UNKNOWN
from tests.app.conftest import nothing_left, settings_folder  # noqa: F401 - the guards of every window's test

from .real_window import CONTINUE, INTO, PAUSE, PHASE, RESTART, STOP, RealWindow, real_window

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("warm_python")

TRAINING = """
import os, signal, sys, time
import torch

w = torch.tensor(2.0, requires_grad=True)
for epoch in range(100_000):
    loss = (w * 3.0 - 1.0) ** 2
    w.grad = None
    loss.backward()
    with torch.no_grad():
        w -= 0.001 * w.grad
    time.sleep(0.001)
    if epoch == {last}:
        {end}
"""
LAST = 40
ASLEEP = "open('hangs', 'w').close(); time.sleep(1000)"
STUBBORN = f"[signal.signal(s, signal.SIG_IGN) for s in (signal.SIGINT, signal.SIGTERM)]; {ASLEEP}"
DEATHS: dict[str, str] = {
    "os._exit(3)": "exit code 3",
    "os.kill(os.getpid(), signal.SIGSEGV)": "SIGSEGV",
    "raise RuntimeError('the data ran out')": "exit code 1",
}
STOP_MILLISECONDS = 20_000  # two refusals of three seconds each, then SIGKILL


def training(folder: Path, end: str = "pass", last: int = LAST) -> Path:
    script = folder / "train.py"
    script.write_text(TRAINING.format(end=end, last=last))
    return script


def is_held_at_the_start(one: RealWindow) -> None:
    """A run has begun anew, and can be stepped and looked at."""
    pause = one.paused()
    assert pause is not None
    assert (pause.iteration, pause.point) == (0, "forward")
    assert one.badge() == "paused before the forward of iteration 0"
    assert one.can("run.continue")
    assert one.can("run.phase")


def into_backward(one: RealWindow) -> None:
    """To the second node of backward."""
    pause = one.step(PHASE)
    while pause is not None and pause.point != "backward":
        pause = one.step(PHASE)
    for _ in range(2):
        pause = one.step(INTO)
    assert pause is not None
    assert (pause.point, pause.position) == ("node", 2)
    assert one.haloed() == [pause.node]


def is_over(one: RealWindow, words: str) -> None:
    """The run has ended, the window says how, and offers what makes sense now: to start it again."""
    assert words in one.window.status.text(), one.window.status.text()
    assert one.badge() == ""
    enabled = {name for name in ("continue", "pause", "phase", "into", "stop", "restart") if one.can(f"run.{name}")}
    assert enabled == {"restart"}


@pytest.mark.usefixtures("cold_python")
def test_stop_and_restart_take_effect_at_any_moment(qtbot: QtBot, tmp_path: Path) -> None:
    with real_window(qtbot, training(tmp_path)) as one:
        one.press(RESTART)  # while Python still starts
        is_held_at_the_start(one)
        into_backward(one)
        one.press(RESTART)  # in the middle of backward
        is_held_at_the_start(one)
        into_backward(one)
        one.press(STOP)
        one.life("ended")
        is_over(one, "Stopped")
        one.press(RESTART)
        is_held_at_the_start(one)
        one.press(CONTINUE)
        one.until(lambda: one.state.life == "running" and one.state.iteration > 5)
        one.press(RESTART)  # while it runs freely
        is_held_at_the_start(one)
        one.press(STOP)
        one.press(RESTART)  # while it is being stopped
        is_held_at_the_start(one)


def test_pause_holds_a_running_script_and_continue_lets_it_go(qtbot: QtBot, tmp_path: Path) -> None:
    with real_window(qtbot, training(tmp_path)) as one:
        is_held_at_the_start(one)
        into_backward(one)
        last = 0
        for _ in range(3):
            one.press(CONTINUE)
            one.until(lambda reached=last: one.state.life == "running" and one.state.iteration > reached + 3)
            assert one.can("run.pause")
            assert not one.can("run.phase")
            one.press(PAUSE)
            pause = one.paused()
            assert pause is not None
            assert pause.iteration > last
            last = pause.iteration
            assert one.step(PHASE) is not None
        one.press(CONTINUE)
        one.until(lambda: one.state.life == "running")
        one.press(STOP)
        one.life("ended")
        is_over(one, "Stopped")


@pytest.mark.usefixtures("cold_python")
@pytest.mark.parametrize("hang", [ASLEEP, STUBBORN], ids=["asleep", "deaf to signals"])
def test_a_script_that_hangs_cannot_be_paused_but_is_stopped(qtbot: QtBot, tmp_path: Path, hang: str) -> None:
    with real_window(qtbot, training(tmp_path, hang)) as one:
        is_held_at_the_start(one)
        one.press(CONTINUE)
        one.until((tmp_path / "hangs").exists)
        one.press(PAUSE)
        one.life("pausing")
        qtbot.wait(500)
        assert one.state.life == "pausing"
        assert one.can("run.stop")
        (leaf,) = one.leaves()  # the window is not held with it
        one.click(leaf)
        assert "w" in one.inspector.text().splitlines()
        one.press(STOP)
        one.life("ended", STOP_MILLISECONDS)
        is_over(one, "Stopped")
        one.press(RESTART)
        is_held_at_the_start(one)


@pytest.mark.parametrize("death", DEATHS)
def test_a_script_that_dies_is_explained_and_can_be_started_again(qtbot: QtBot, tmp_path: Path, death: str) -> None:
    with real_window(qtbot, training(tmp_path, death)) as one:
        is_held_at_the_start(one)
        pause = one.step(CONTINUE)
        if death.startswith("raise"):  # the interpreter still stands: held where it raised, and once more at its end
            assert pause is not None
            assert pause.point == "exception"
            pause = one.step(CONTINUE)
            if pause is not None:
                assert pause.point == "script_end"
                pause = one.step(CONTINUE)
        assert pause is None
        is_over(one, DEATHS[death])
        (leaf,) = one.leaves()  # the last graph stays to be looked at
        one.click(leaf)
        assert "w" in one.inspector.text().splitlines()
        norm = one.inspector.figure("norm")  # what was told last may have died with the process
        assert float(norm) > 0 if norm != UNKNOWN else not death.startswith("raise")
        one.press(RESTART)
        is_held_at_the_start(one)
        into_backward(one)


def test_a_script_that_dies_in_backward_under_the_users_eyes(qtbot: QtBot, tmp_path: Path) -> None:
    script = training(tmp_path)
    dying = "    loss.register_hook(lambda g: os._exit(3))\n    loss.backward()"
    script.write_text(script.read_text().replace("    loss.backward()", dying))
    with real_window(qtbot, script) as one:
        is_held_at_the_start(one)
        pause = one.step(PHASE)
        while pause is not None:
            pause = one.step(INTO if pause.point in ("backward", "node") else PHASE)
        is_over(one, "exit code 3")
        assert one.haloed() == []
        one.press(RESTART)
        is_held_at_the_start(one)
