"""From the session's thread to the window's: the newest state once a frame, console text and tensors in order.

The session may tell thousands of facts a second; a window can show sixty states. What lies between two frames is never
lost to the model (the state holds it), only to the eye.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

FRAME_MS = 16


class Bridge(QObject):
    """``listen`` and ``listen_console`` are given to the session; the signals arrive in the GUI thread."""

    stateChanged = Signal(object)
    tensorTold = Signal(object)
    consoleText = Signal(str, str)
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._state: RunState | None = None
        self._tensors: list[object] = []
        self._texts: list[tuple[str, str]] = []
        self._waking = False
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)

    def listen(self, state: RunState, message: object) -> None:
        """For the session's thread: a new state, and the message that made it."""
        with self._lock:
            self._state = state
            # By name: the messages' module is not needed to see the one that goes its own way.
            if type(message).__name__ == "TensorTold":
                self._tensors.append(message)
            due = not self._waking
            self._waking = True
        if due:
            self._woken.emit()

    def listen_console(self, stream: str, text: str) -> None:
        """For the session's thread: what the script printed."""
        with self._lock:
            if self._texts and self._texts[-1][0] == stream:
                self._texts[-1] = (stream, self._texts[-1][1] + text)
            else:
                self._texts.append((stream, text))
            due = not self._waking
            self._waking = True
        if due:
            self._woken.emit()

    def flush(self) -> None:
        """Deliver everything that has come."""
        with self._lock:
            state, self._state = self._state, None
            tensors, self._tensors = self._tensors, []
            texts, self._texts = self._texts, []
            self._waking = False
        self._last = monotonic()
        for stream, text in texts:
            self.consoleText.emit(stream, text)
        if state is not None:
            self.stateChanged.emit(state)
        for tensor in tensors:
            self.tensorTold.emit(tensor)

    def drop(self) -> None:
        """Forget what has come and was not delivered: its run is closed."""
        with self._lock:
            self._state = None
            self._tensors, self._texts = [], []

    def _wake(self) -> None:
        """At once after a quiet frame, so that a key press shows without waiting; else when the frame is over."""
        rest = FRAME_MS - (monotonic() - self._last) * 1000
        if rest <= 0:
            self.flush()
        elif not self._timer.isActive():
            self._timer.start(int(rest) + 1)
