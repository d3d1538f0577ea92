"""A debugger that is lost and found: the socket breaks, or the whole session dies while training is held."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.session.recording import Recording
from gradscope.session.session import Session
from gradscope.session.waiting import all_waiting, attach_spec, find_waiting
from gradscope.wire import messages as m

from .driving import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).parents[1] / "scripts" / "orders.py"
WORDS = ("train", "9")
# A session in a process of its own: it steps to the second node of the second backward and says so.
SESSION = """
import sys, time
from pathlib import Path
from tests.e2e.driving import Driver

driver = Driver(Path(sys.argv[1]))
driver.start(Path(sys.argv[2]), *sys.argv[4:], keep_held=sys.argv[3] == "kept")
driver.paused()
driver.to("end")
driver.to("backward")
driver.step("into")
driver.step("into")
print(driver.state.hello.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def alone() -> str:
    """The digest of a run that nobody watched."""
    words = [sys.executable, str(SCRIPT), *WORDS]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("digest ")[1].strip()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of the test's own, where those who wait say so."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    yield tmp_path
    for one in all_waiting():
        os.kill(one.pid, signal.SIGKILL)


def told_again(driver: Driver) -> None:
    """Break the connection at a pause and wait until all was told again."""
    seen = len(driver.messages)
    driver.session.reconnect()
    driver.until(lambda: any(isinstance(x, m.Hello) for x in driver.messages[seen:]), "a second greeting")
    assert driver.paused() is not None


def test_a_connection_that_breaks_is_made_again_and_nothing_is_missed(home: Path, alone: str) -> None:
    with Driver(home) as driver:
        driver.start(SCRIPT, *WORDS)
        driver.paused()
        for point in ("loss", "backward", "node", "update", "end", "forward", "node"):
            while driver.state.pause is None or driver.state.pause.point != point:
                driver.step("into" if point == "node" and driver.state.phase == "backward" else "phase")
            before = driver.state
            told_again(driver)
            after = driver.state
            assert after.life == "paused"
            assert after.pause == before.pause
            assert (after.graph is None) == (before.graph is None)
            if before.gradients is not None and after.gradients is not None and before.pause.point == "node":
                known, norms = before.gradients.known, before.gradients.columns["norm"]
                assert after.gradients.known.tolist() == known.tolist()
                assert after.gradients.columns["norm"][known].tolist() == norms[known].tolist()
            assert len(after.node_history) == len(before.node_history)
        driver.session.order(m.Step("continue"))
        driver.session.reconnect()  # while it runs free
        assert driver.session.wait(60) == 0
        assert f"digest {alone}" in driver.output
        kept = Recording.open(driver.session.recording_path)
        assert kept.iterations == list(range(len(kept.iterations)))
        assert "alone" not in driver.state.explanation


def hold(home: Path, kept: str) -> int:
    """Start a session in a process of its own, kill it while training is held; the number of the training process."""
    words = [sys.executable, "-c", SESSION, str(home), str(SCRIPT), kept, *WORDS]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as session:
        assert session.stdout is not None
        pid = int(session.stdout.readline())
        session.kill()
    return pid


def test_another_session_takes_over_what_a_killed_one_held(home: Path, alone: str) -> None:
    pid = hold(home, "kept")
    until = time.monotonic() + 20
    while not all_waiting():
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(4.0)  # longer than one that was not asked to keep waiting is held
    one = find_waiting(pid)
    assert one.command == (str(SCRIPT), *WORDS)
    with Driver(home) as driver:
        driver.session.start(replace(attach_spec(one), record_to=str(home / "second.gscope"), hold_at_end=False))
        pause = driver.paused()
        assert pause is not None
        assert (pause.point, pause.iteration, pause.position) == ("node", 1, 2)
        assert not all_waiting()
        state = driver.state
        assert state.graph is not None
        assert state.gradients is not None
        assert state.gradients.known.sum() >= 1
        assert {parameter.name for parameter in state.parameters} >= {"fc1.weight", "fc3.bias"}
        shown = driver.tensor("gradient", pause.node)
        assert shown.shape
        following = driver.step("into")
        assert following is not None
        assert following.position == 3
        driver.session.order(m.Step("continue"))
        assert driver.session.wait(60) == 0
        assert f"digest {alone}" in driver.output
        assert Recording.open(home / "second.gscope").state_at().life == "ended"
        driver.session.restart()  # a process of its own this time
        driver.until(lambda: driver.state.hello is not None and driver.state.hello.pid != pid, "another process")
        assert driver.session.spec is not None
        assert driver.session.spec.attach_to < 0


def test_there_is_nothing_to_take_over(home: Path) -> None:
    from gradscope.session.errors import ScriptError

    with pytest.raises(ScriptError, match="No held training waits"):
        Session(lambda *_: None).start(attach_spec(replace(_nobody(), pid=os.getpid())))


def _nobody() -> Any:
    from gradscope.session.waiting import Waiting

    return Waiting(0, sys.executable, ("train.py",), str(Path.cwd()))
