"""A session starts real processes, hears them, obeys and survives them."""

from __future__ import annotations

import os
from contextlib import closing

import pytest

from gradscope.graph.state import ConnectionLost, PauseAsked, ProcessExited, ProcessStarted
from gradscope.session import run as run_module
from gradscope.session.errors import RecordingError, ScriptError, SessionError
from gradscope.session.launch import LaunchSpec
from gradscope.session.recording import Recording
from gradscope.wire import messages as m


def test_a_run_from_start_to_end(session, told, fake):
    session.start(fake("hello", "graph", "three", "talk", "ending"))
    assert session.state.life == "connecting"
    assert session.wait(60) == 0
    assert isinstance(told.messages[0], ProcessStarted)
    assert isinstance(told.messages[-1], ProcessExited)
    assert not any(isinstance(message, ConnectionLost) for message in told.messages)
    assert (session.state.life, session.state.exit_code, session.state.explanation) == ("ended", 0, "")
    assert [record.iteration for record in session.state.history] == [0, 1, 2]
    assert session.state.gradients.row(3)["norm"] == 3.0
    assert told.text["stdout"].endswith("one\r50%\r100%\nhéllo without end")
    assert told.text["stderr"] == "\x1b[31mwarning\x1b[0m\n"


def test_the_welcome_says_how_to_run(session, told, fake):
    session.start(fake("hello", level="detail", pause=True, hold_at_end=True, steps=7))
    assert session.wait(60) == 0
    assert repr(m.Welcome(1, "detail", True, True, 7)) in told.text["stdout"]


def test_orders_reach_the_held_script(session, told, fake):
    session.start(fake("hello", "graph", "held", "ending"))
    told.until_life("paused")
    request = session.request_tensor("gradient", 3, rows=8)
    told.until(lambda t: any(isinstance(message, m.TensorTold) for message in t.messages))
    answer = next(message for message in told.messages if isinstance(message, m.TensorTold))
    assert answer.request == request
    session.order(m.Step("into"))
    session.order(m.Step("continue"))
    assert session.wait(60) == 0
    assert repr(m.Step("into")) in told.text["stdout"]


def test_an_order_before_the_probe_reports_waits_for_it(session, told, fake):
    session.start(fake("hello", "graph", "held", "ending"))
    session.order(m.Step("continue"))
    assert session.wait(60) == 0
    assert repr(m.Step("continue")) in told.text["stdout"]


def test_asking_for_a_pause_shows_at_once(session, told, fake):
    session.start(fake("hello", "graph", "sleep"))
    told.until(lambda t: t.state is not None and t.state.graphs)
    session.pause()
    told.until_life("pausing")
    assert isinstance(told.messages[-1], PauseAsked)


def test_stop_ends_a_script_that_sleeps(session, told, fake):
    session.start(fake("hello", "sleep"))
    told.until_life("running")
    session.stop()
    assert session.wait(60) is not None
    assert session.state.life == "ended"
    assert session.state.explanation == "Stopped."


def test_stop_ends_a_script_that_ignores_it(session, told, fake, monkeypatch):
    monkeypatch.setattr("gradscope.session.process.GRACE", 0.3)
    session.start(fake("stubborn", "sleep"))
    told.until(lambda t: "stubborn" in t.text["stdout"])
    session.stop()
    assert session.wait(60) == -9
    assert "SIGKILL" in session.state.explanation


def test_a_script_killed_from_outside_is_explained(session, told, fake):
    session.start(fake("hello", "graph", "three", "die"))
    assert session.wait(60) == -9
    assert "SIGKILL" in session.state.explanation
    assert len(session.state.history) == 3


def test_a_failing_script_keeps_its_exit_code(session, fake):
    session.start(fake("hello", "fail"))
    assert session.wait(60) == 3
    assert "exit code 3" in session.state.explanation


def test_a_command_without_a_probe_is_explained(session, fake):
    session.start(fake("talk"))
    assert session.wait(60) == 0
    assert "without a probe reporting" in session.state.explanation
    assert "PYTHONPATH" in session.state.explanation


def test_a_silent_command_is_explained_while_it_runs(session, told, fake, monkeypatch):
    monkeypatch.setattr(run_module, "UNREPORTED_AFTER", 0.3)
    session.start(fake("nap", "hello", "graph", "three", "ending"))
    told.until_life("lost")
    assert "No probe has reported" in told.state.explanation
    assert session.wait(60) == 0
    assert len(session.state.history) == 3


def test_a_lost_connection_is_told_and_the_script_goes_on(session, told, fake, monkeypatch):
    monkeypatch.setattr(run_module, "LOST_AFTER", 0.2)
    session.start(fake("hello", "drop", "nap", "talk"))
    told.until_life("lost")
    assert session.wait(60) == 0
    assert "without end" in told.text["stdout"]


def test_other_ranks_are_welcomed_and_passed_over(session, told, fake):
    session.start(fake("hello", "child", "ending"))
    assert session.wait(60) == 0
    assert len(session.state.history) == 0
    assert session.state.hello.rank == 0
    assert repr(m.Welcome(1, "off")) in told.text["stdout"]


def test_a_second_process_of_the_command_begins_anew(session, fake):
    session.start(fake("hello", "graph", "three", "second_process"))
    assert session.wait(60) == 0
    assert [record.iteration for record in session.state.history] == [0, 1, 2]


def test_a_wrapper_may_end_before_its_training(session, fake):
    session.start(fake("wrapper"))
    assert session.wait(60) == 0
    assert session.state.ending is not None
    assert len(session.state.history) == 3


def test_strangers_at_the_socket_change_nothing(session, told, fake):
    session.start(fake("intruder", "garbage", "hello", "graph", "three", "ending"))
    assert session.wait(60) == 0
    assert "stranger heard" in told.text["stdout"]
    assert len(session.state.history) == 3


def test_nonsense_from_a_probe_is_told_once_and_passed_over(session, fake):
    session.start(fake("hello", "graph", "nonsense", "three", "ending"))
    assert session.wait(60) == 0
    assert [lost.feature for lost in session.state.lost_features] == ["GraphCaptured"]
    assert len(session.state.history) == 3


def test_the_last_words_of_a_dead_process_are_heard_whole(session, fake):
    session.start(fake("hello", "graph", "big", "three"))
    assert session.wait(60) == 0
    assert len(session.state.history) == 3


def test_restart_ends_the_old_process_first(session, told, fake):
    session.start(fake("hello", "graph", "three", "sleep"))
    told.until(lambda t: t.state is not None and len(t.state.history) == 3)
    first, process = session.recording_path, session.state.hello.pid
    session.restart()
    told.until(lambda t: sum(isinstance(message, ProcessStarted) for message in t.messages) == 2)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    # Whoever shows the run looks forward to the next one by now; how the old one ended stands in its recording.
    assert not any(isinstance(message, ProcessExited) for message in told.messages)
    with closing(Recording.open(first)) as recording:
        assert recording.state_at(None).life == "ended"
    told.until(lambda t: t.state.life == "running" and len(t.state.history) == 3)
    assert session.recording_path != first
    assert first.exists()


def test_restart_with_another_command(session, told, fake):
    session.start(fake("hello", "sleep"))
    told.until_life("running")
    session.restart(fake("hello", "graph", "three", "ending"))
    told.until(lambda t: t.state.life == "ended" and len(t.state.history) == 3)
    assert session.wait(60) == 0


def test_a_second_start_is_refused(session, told, fake):
    session.start(fake("sleep"))
    with pytest.raises(SessionError, match="running already"):
        session.start(fake("sleep"))


def test_nothing_starts_after_the_close(session, fake, tmp_path):
    session.close(leave_running=False)
    with pytest.raises(SessionError, match="was closed"):
        session.start(fake("talk"))
    assert not list(tmp_path.glob("run.gscope*"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"command": ("nowhere.py",)}, "script was not found"),
        ({"command": ("no-such-program",)}, "program was not found"),
        ({"command": ()}, "nothing to run"),
        ({"command": ("a.py",), "cwd": "/no/such/folder"}, "working folder does not exist"),
        ({"command": ("-m", "x"), "python": "/no/such/python"}, "no such interpreter"),
    ],
)
def test_what_cannot_be_started_says_why(session, tmp_path, fields, words):
    with pytest.raises(ScriptError, match=words):
        session.start(LaunchSpec(**fields))
    assert not list(tmp_path.rglob("*.gscope"))


def test_a_foreign_file_is_never_overwritten(session, fake, tmp_path):
    foreign = tmp_path / "thesis.gscope"
    foreign.write_text("my thesis")
    with pytest.raises(RecordingError, match="not a GradScope recording"):
        session.start(fake("talk", record_to=str(foreign)))
    assert foreign.read_text() == "my thesis"


def test_an_own_recording_of_an_earlier_run_gives_way(session, fake, tmp_path):
    target = tmp_path / "run.gscope"
    session.start(fake("hello", "graph", "three"))
    session.wait(60)
    other = type(session)(lambda *_: None)
    other.start(fake("talk"))
    assert other.wait(60) == 0
    assert other.recording_path == target
    other.close(leave_running=False)


def test_nothing_is_left_of_the_socket(session, told, fake, monkeypatch, tmp_path):
    runtime = tmp_path / "r"
    runtime.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(runtime))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    session.start(fake("talk"))
    session.wait(60)
    assert not list(runtime.iterdir())
