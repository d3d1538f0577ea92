"""Neither side takes the other along: the app may be killed at any moment, the script may, and the recording stays."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradscope.session.recording import Recording

APP = Path(__file__).with_name("app_process.py")


def wait_for(path, seconds=30):
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.05)
    return path.read_text()


@pytest.mark.parametrize("killer", [signal.SIGKILL, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("words", [("hello", "graph", "forever"), ("hello", "graph", "three", "held", "talk")])
def test_the_script_outlives_the_app(tmp_path, killer, words):
    path, done = tmp_path / "run.gscope", tmp_path / "done"
    app = subprocess.Popen(
        [sys.executable, str(APP), str(path), str(done), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with app:
        assert app.stdout.readline() == "under way\n"
        app.send_signal(killer)
    said = wait_for(done)
    recording = Recording.open(path)
    kept = recording.iterations
    assert kept == list(range(len(kept)))
    assert len(recording.state_at().history) >= 3
    if words[-1] == "forever":
        assert said.startswith("alone after ")
        last = int(said.split()[-1]) - 1
        assert f"iteration {last}\n" in recording.console()
        assert recording.console().count("iteration ") == last + 1
    else:
        assert said == "released"
        assert recording.state_at().pause.point == "node"


def test_leaving_lets_the_script_run_on_with_its_output_on_disk(session, told, fake, tmp_path):
    session.start(fake("hello", "graph", "forever"))
    told.until(lambda t: t.state is not None and len(t.state.history) > 2)
    path = session.recording_path
    session.close(leave_running=True)
    last = int(wait_for(tmp_path / "done").split()[-1]) - 1
    log = path.with_name(path.name + ".stdout")
    while "alone" not in log.read_text():
        time.sleep(0.02)
    assert log.read_text().count("iteration ") == last + 1
    assert Recording.open(path).console().count("iteration ") == last + 1
    assert Recording.open(path).state_at(2).life == "running"


def test_closing_stops_the_script(session, told, fake, tmp_path):
    session.start(fake("hello", "graph", "forever"))
    told.until(lambda t: t.state is not None and len(t.state.history) > 2)
    session.close(leave_running=False)
    assert session.state.life == "ended"
    assert not (tmp_path / "done").exists()
    assert not list(tmp_path.glob("run.gscope.*"))


def test_a_script_killed_inside_backward_leaves_its_recording(session, told, fake):
    session.start(fake("hello", "graph", "many", "die"))
    assert session.wait(30) == -9
    recording = Recording.open(session.recording_path)
    assert recording.iterations == list(range(400))
    assert recording.state_at().explanation == session.state.explanation
    assert [record.loss for record in recording.state_at().history] == [r.loss for r in session.state.history]


def test_the_recording_of_a_run_tells_what_the_session_told(session, told, fake):
    session.start(fake("hello", "graph", "three", "talk", "ending"))
    assert session.wait(60) == 0
    recording = Recording.open(session.recording_path)
    assert list(recording.messages()) == told.messages
    assert recording.console() == told.output
    assert recording.meta["torch"] == "2.13.0"
