"""The whole window around a fake session: real controllers, real panels, a run made of messages."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gradscope.app.application import Application
from gradscope.session.launch import LaunchSpec

from .fake_session import FakeSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

SCRIPT = LaunchSpec(("train.py", "--lr", "0.1"))


class Opened:
    """An application, its one window, and the session that it believes in."""

    def __init__(self, qtbot: QtBot) -> None:
        self.application = Application()
        self.application.settings.keys_read = True
        self.application.settings.animations = False
        self.window = self.application.window
        self.sessions: list[FakeSession] = []
        self.application.run._make_session = self._make
        self.bench = self.application.compose()
        self.bench.pane.canvas.set_animated(False)
        self._bot = qtbot

    @property
    def session(self) -> FakeSession:
        return self.sessions[-1]

    def play(self, *messages: Any) -> None:
        """Tell messages and wait until the graph that follows from them stands on the canvas."""
        self.session.tell(*messages)
        self.settle()

    def settle(self) -> None:
        self._bot.waitUntil(lambda: self.bench.graph.settled)

    def start(self, spec: LaunchSpec = SCRIPT) -> None:
        self.application.shell.start(spec)
        self._bot.waitUntil(lambda: bool(self.session.specs))

    def _make(self, bridge: Any) -> FakeSession:
        self.sessions.append(FakeSession(bridge))
        return self.sessions[-1]


@contextmanager
def opened(qtbot: QtBot, *, show: bool = True) -> Iterator[Opened]:
    """A window of 1680x1020, closed again with all its threads and timers."""
    one = Opened(qtbot)
    one.window.resize(1680, 1020)
    if show:
        # What would be imported after the first frame is there already.
        one.window.shownFirst.disconnect()
        one.window.show()
        with qtbot.waitActive(one.window):
            one.window.activateWindow()
    try:
        yield one
    finally:
        one.application.close()
        one.window.close_guard = lambda: True
        one.window.close()
        one.window.deleteLater()
        one.application.deleteLater()
