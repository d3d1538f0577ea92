"""Sessions whose commands are ``fake_probe.py`` in a real process, and the means to wait for what they tell."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from gradscope.session.launch import LaunchSpec
from gradscope.session.session import Session

FAKE = Path(__file__).with_name("fake_probe.py")


class Told:
    """What a session told, and a wait for a condition on it."""

    def __init__(self) -> None:
        self.messages = []
        self.state = None
        self.text = {"stdout": "", "stderr": ""}
        self.output = ""
        self._changed = threading.Condition()

    def listener(self, state, message):
        with self._changed:
            self.state = state
            self.messages.append(message)
            self._changed.notify_all()

    def console(self, stream, text):
        with self._changed:
            self.text[stream] += text
            self.output += text
            self._changed.notify_all()

    def until(self, condition, seconds=20):
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), seconds), (self.state, self.text)

    def until_life(self, *lives):
        self.until(lambda told: told.state is not None and told.state.life in lives)


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def session(told, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = Session(told.listener, told.console)
    yield made
    made.close(leave_running=False)


@pytest.fixture
def fake(tmp_path):
    """A spec that runs the fake probe with these words."""

    def spec(*words, **fields):
        fields.setdefault("record_to", str(tmp_path / "run.gscope"))
        return LaunchSpec(
            (str(FAKE), *words),
            python=sys.executable,
            environment=(("FAKE_DONE", str(tmp_path / "done")), ("PATH", os.environ["PATH"])),
            **fields,
        )

    return spec
