"""A pause that does not come: the script sleeps, loads data or computes without a pause point. It is shown where."""

from __future__ import annotations

import time
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from gradscope.app.banner import Banner

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState

ASK_EVERY_MS = 1000


class WaitingFeature(Feature):
    """Asks for the script's Python stack once a second while a pause is asked for and nothing happens."""

    name = "waiting"
    answers = ("StackTold",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._banner = Banner(desk.pane, desk.window.theme, "halo", "Show the line")
        self._banner.pressed.connect(self._go_to)
        self._since = 0.0
        self._asked = 0
        self._frames: tuple[Any, ...] = ()
        self._timer = QTimer(self, interval=ASK_EVERY_MS)
        self._timer.timeout.connect(self._ask)

    @property
    def banner(self) -> Banner:
        """What it says on the canvas."""
        return self._banner

    def set_theme(self, theme: Theme) -> None:
        self._banner.set_theme(theme)

    def set_live(self, state: RunState) -> None:
        waiting = state.life == "pausing"
        if waiting and not self._timer.isActive():
            self._since = time.monotonic()
            self._timer.start()
        elif not waiting and self._timer.isActive():
            self.clear()

    def answered(self, message: Any) -> None:
        if not self._timer.isActive() or message.request != self._asked:
            return
        self._frames = message.frames
        seconds = time.monotonic() - self._since
        where = "outside of your files"
        if self._frames:
            frame = self._frames[0]
            function = f" in {frame.function}" if frame.function != "<module>" else ""
            where = f"at {PurePath(frame.file).name}, line {frame.line}{function}"
        stack = "\n".join(f"{frame.file}, line {frame.line}, in {frame.function}" for frame in self._frames)
        self._banner.button.setVisible(bool(stack))
        self._banner.say(f"No pause point for {seconds:.0f} s: the script is {where}", stack)

    def clear(self) -> None:
        self._timer.stop()
        self._frames = ()
        self._banner.say("")

    def _ask(self) -> None:
        from gradscope.wire.messages import RequestStack

        session = self.desk.run.session
        if session is not None:
            self._asked -= 1  # below zero: no other question has these numbers
            session.order(RequestStack(self._asked))

    def _go_to(self) -> None:
        if self._frames:
            self.desk.source.go_to_source(self._frames[0].file, self._frames[0].line)
