"""Neither side takes the other along: a real window is killed under its script, and a script under its window."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from gradscope.session.recording import Recording

from .desktop import AppWindow, eventually
from .long_script import SCRIPT, stamps

if TYPE_CHECKING:
    from pathlib import Path

    from .desktop import Desktop

pytestmark = pytest.mark.display

# A program that starts Python itself, as launchers do.
WRAPPER = """
import subprocess, sys
from pathlib import Path

code = subprocess.run([sys.executable, "train.py"]).returncode
Path("code.part").write_text(str(code))
Path("code.part").rename("code")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds the script and its wrapper."""
    (tmp_path / "train.py").write_text(SCRIPT)
    (tmp_path / "wrapper.py").write_text(WRAPPER)
    return tmp_path


def bring_to(window: AppWindow, where: str) -> None:
    """Let the script run free, or hold it inside backward with some iterations behind it."""
    window.held_at("forward")
    if where == "free":
        window.press_until("F5", lambda: len(stamps(window.folder)) > 5, "running free")
        return
    window.press_until("F10", lambda: window.point() == "loss", "the loss")
    window.press_until("F10", lambda: window.point() == "backward", "backward")
    window.press_until("F11", lambda: window.point() == "node", "a node of backward")


@pytest.mark.parametrize("where", ["free", "held"])
@pytest.mark.parametrize("killer", ["SIGKILL", "SIGHUP", "SIGINT"])
def test_the_script_outlives_its_window(killer: str, where: str, desktop: Desktop, folder: Path) -> None:
    with AppWindow(desktop, folder, "run", "--pause", "--", "wrapper.py") as window:
        bring_to(window, where)
        recording = window.recording
        helpers = [one for one in psutil.Process(window.process.pid).children() if "layout" in " ".join(one.cmdline())]
        before = time.time()
        # Ctrl+C reaches all of the terminal's foreground group, the two others the window alone.
        (os.killpg if killer == "SIGINT" else os.kill)(window.process.pid, getattr(signal, killer))
        (folder / "killed").touch()
        window.process.wait(20)
    eventually((folder / "code").exists, "the script's end")
    assert (folder / "code").read_text() == "0"
    after = [stamp for stamp in stamps(folder) if stamp > before]
    assert len(after) >= 25, "the script went on alone"
    assert after[0] - before < 5, "a pause whose window is gone is released within five seconds"
    count = int((folder / "done").read_text())
    kept = Recording.open(recording)
    assert kept.console().splitlines() == [f"iteration {i}" for i in range(count)] + ["the last line"]
    assert kept.iterations == list(range(len(kept.iterations)))
    state = kept.state_at()
    if where == "held":
        assert state.pause is not None
        assert (state.pause.point, kept.iterations) == ("node", [0])
        assert state.graph is not None
    else:
        assert len(state.history) >= 3
    eventually(lambda: not any(one.is_running() for one in helpers), "the end of the window's helpers")
    assert "Traceback" not in window.errors.read_text()


def test_the_window_outlives_its_script(desktop: Desktop, folder: Path) -> None:
    with AppWindow(desktop, folder, "run", "--pause", "--", "train.py") as window:
        for killer, where in (("SIGKILL", "free"), ("SIGSEGV", "held")):
            bring_to(window, where)
            recording = window.recording
            os.kill(int((folder / "pid").read_text()), getattr(signal, killer))
            eventually(lambda path=recording: Recording.open(path).state_at().life == "ended", "the run's end")
            state = Recording.open(recording).state_at()
            assert state.exit_code == -getattr(signal, killer)
            assert killer in state.explanation
            assert state.pause is None or where == "held"
            window.press_until("F1", lambda: window.shown("Keyboard shortcuts"), "the sheet of keys")
            window.key("Escape")
            eventually(lambda: not window.shown("Keyboard shortcuts"), "the sheet closed")
            (folder / "stamps").unlink(missing_ok=True)
            window.activate()
            window.press_until("ctrl+shift+F5", lambda path=recording: window.recording != path, "a restart")
        window.held_at("forward")
        assert window.process.poll() is None
        assert window.errors.read_text() == ""
        pid = int((folder / "pid").read_text())
        window.key("shift+F5")
        eventually(lambda: not psutil.pid_exists(pid), "the end of the script")
