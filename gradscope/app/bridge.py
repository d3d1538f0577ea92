"""From the session's thread to the window's: the newest state once a frame, console text and answers in order.

The session may tell thousands of facts a second; a window can show sixty states. What lies between two frames is never
lost to the model (the state holds it), only to the eye.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

FRAME_MS = 16
STEP_MS = 60  # a step that is over sooner never shows as running: no button blinks, and its pause is drawn at once
_TOLD = ("TensorTold", "StackTold", "OptimizersTold", "UpdateTold", "OnnxTold")
_ANSWERS = (*_TOLD, "Changed", "NodeChecked", "BreakpointHit")
_AT_ONCE = ("Paused", "ProcessExited", "ConnectionLost", *_ANSWERS)


class Bridge(QObject):
    """``listen`` and ``listen_console`` are given to the session; the signals arrive in the GUI thread."""

    stateChanged = Signal(object)
    answered = Signal(object)  # a message that answers a question, or that somebody waits for
    consoleText = Signal(str, str)
    _woken = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._state: RunState | None = None
        self._shown: RunState | None = None
        self._answers: list[object] = []
        self._texts: list[tuple[str, list[str]]] = []
        self._due_in: int | None = None  # milliseconds after which a flush was asked for; None: nothing waits
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)

    def listen(self, state: RunState, message: object) -> None:
        """For the session's thread: a new state, and the message that made it."""
        # By name: the modules of the messages are not needed to see the few that go their own way.
        kind = type(message).__name__
        with self._lock:
            self._state = state
            if kind in _ANSWERS:
                self._answers.append(message)
        self._ask(0 if kind in _AT_ONCE else STEP_MS if kind == "Resumed" else FRAME_MS)

    def listen_console(self, stream: str, text: str) -> None:
        """For the session's thread: what the script printed."""
        with self._lock:
            if self._texts and self._texts[-1][0] == stream:
                self._texts[-1][1].append(text)
            else:
                self._texts.append((stream, [text]))
        self._ask(FRAME_MS)

    def flush(self) -> None:
        """Deliver everything that has come."""
        with self._lock:
            state, self._state = self._state, None
            answers, self._answers = self._answers, []
            texts, self._texts = self._texts, []
            self._due_in = None
        self._timer.stop()
        for stream, parts in texts:
            self.consoleText.emit(stream, "".join(parts))
        if state is not None and state is not self._shown:  # an answer or a log line changes nothing in it
            self._shown = state
            self.stateChanged.emit(state)
        for answer in answers:
            self.answered.emit(answer)

    def drop(self) -> None:
        """Forget what has come and was not delivered: its run is closed."""
        with self._lock:
            self._state = self._shown = None
            self._answers, self._texts = [], []

    def _ask(self, milliseconds: int) -> None:
        """Wake the GUI thread, unless it is to wake as soon already."""
        with self._lock:
            sooner = self._due_in is None or (milliseconds == 0 and self._due_in > 0)
            if sooner:
                self._due_in = milliseconds
        if sooner:
            self._woken.emit(milliseconds)

    def _wake(self, milliseconds: int) -> None:
        if milliseconds == 0:
            self.flush()
        elif not self._timer.isActive():
            self._timer.start(milliseconds)
