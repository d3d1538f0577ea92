"""Ctrl+C, SIGTERM and SIGHUP close the window as a user would, but ask nothing: a script that trains runs on alone."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, Signal

if TYPE_CHECKING:
    from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class SignalWatch(QObject):
    """Python runs its signal handlers between two of its own instructions, and Qt's loop has none.

    So the interpreter writes the signal's number into a socket that the loop watches. The second signal of a kind acts
    as if nobody had asked.
    """

    received = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for name in _NAMES:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _once)

    def close(self) -> None:
        """Leave signals to themselves again."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for name in _NAMES:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_DFL)
        self._reader.close()
        self._writer.close()

    def _read(self) -> None:
        for number in self._reader.recv(16):
            self.received.emit(number)


def _once(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
