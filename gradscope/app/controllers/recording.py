"""Which moment is shown: the live one, an earlier iteration of the live run, or one of a recording that was opened.

Every view but those of the process itself is told the *shown* state. Going back never touches the training: an earlier
iteration is read from the recording that is being written, and ``show_now`` returns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gradscope.app.background import Background
    from gradscope.graph.state import RunState
    from gradscope.wire.messages import TensorKept


T = TypeVar("T")


class RecordedRun(Protocol):
    """What this controller needs of a recording."""

    @property
    def iterations(self) -> list[int]: ...
    def state_at(self, iteration: int | None) -> RunState: ...
    def kept_places(self, iteration: int) -> frozenset[tuple[str, str, int, int]]: ...
    def kept_tensor(self, iteration: int, place: tuple[str, str, int, int]) -> TensorKept | None: ...
    def console(self) -> str: ...
    def close(self) -> None: ...


class RecordingController(QObject):
    """Holds the live state, the recording, and the moment that is shown."""

    shownChanged = Signal(object)  # RunState
    pastChanged = Signal(int)  # the iteration shown, -1: now
    opening = Signal(str)  # path
    opened = Signal(str, str)  # path, console text
    closed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        background: Background,
        open_recording: Callable[[Path], RecordedRun],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._open = open_recording
        self.as_seen: Callable[[RunState], RunState] = lambda state: state  # what is shown while the live state is
        self.live_recording: Callable[[], Path | None] = lambda: None
        self._live: RunState | None = None
        self._shown: RunState | None = None
        self._file: RecordedRun | None = None
        self._path: Path | None = None
        self._past = -1
        self._asked = 0

    @property
    def shown(self) -> RunState | None:
        """The state that the views show."""
        return self._shown

    @property
    def past(self) -> int:
        """The earlier iteration that is shown, -1 while it is now."""
        return self._past

    @property
    def is_file(self) -> bool:
        """Whether a recording is open, without a live run."""
        return self._file is not None

    def set_live(self, state: RunState) -> None:
        """The newest state of the live run; shown unless an earlier iteration is."""
        self._live = state
        if self._past < 0:
            self._show(self.as_seen(state))
        elif self._shown is not None:
            self._show(replace(self._shown, history=state.history))

    def open(self, path: Path) -> None:
        """Open a recording and show its end."""
        self.close()
        self._asked += 1
        asked = self._asked
        self.opening.emit(str(path))

        def read() -> tuple[RecordedRun, RunState, str]:
            recording = self._open(path)
            return recording, recording.state_at(None), recording.console()

        def done(result: tuple[RecordedRun, RunState, str]) -> None:
            recording, state, console = result
            if asked != self._asked:
                recording.close()
                return
            self._file, self._path = recording, path
            self.opened.emit(str(path), console)
            self._show(state)

        self._background.run(read, done, self.failed.emit)

    def close(self) -> None:
        """Forget run and recording."""
        file = self._file
        self._asked += 1
        self._file, self._path = None, None
        self._live = self._shown = None
        self._set_past(-1)
        if file is not None:
            file.close()
            self.closed.emit()

    def show_iteration(self, iteration: int) -> None:
        """Show an iteration of the past; the newest request wins. The iteration under way is now."""
        live = self._live
        if live is not None and iteration >= live.iteration:
            self.show_now()
            return
        path = self._path if self._file is not None else self.live_recording()
        if path is None:
            return
        self._asked += 1
        asked = self._asked

        def read() -> RunState:
            recording = self._open(path)
            state = recording.state_at(iteration)
            recording.close()
            return state

        def done(state: RunState) -> None:
            if asked == self._asked:
                self._set_past(iteration)
                self._show(self._as_past(state))

        self._background.run(read, done, self.failed.emit)

    def read(self, iteration: int, done: Callable[[RunState | None], None]) -> None:
        """An iteration's state from the file, for what compares with it; None where there is none. Nothing is shown."""
        path = self._path if self._file is not None else self.live_recording()
        if path is None or not path.exists():
            done(None)
            return

        def work() -> RunState:
            recording = self._open(path)
            try:
                return recording.state_at(iteration)
            finally:
                recording.close()

        self._background.run(work, done, lambda _error: done(None))

    def look(self, work: Callable[[RecordedRun], T], done: Callable[[T], None]) -> None:
        """Read something from the file, on a thread; nothing happens where there is none, or it cannot be read."""
        path = self._path if self._file is not None else self.live_recording()
        if path is None or not path.exists():
            return

        def read() -> T:
            recording = self._open(path)
            try:
                return work(recording)
            finally:
                recording.close()

        self._background.run(read, done, lambda _error: None)

    def show_now(self) -> None:
        """Back to the live state, or to the end of the recording."""
        self._asked += 1
        self._set_past(-1)
        if self._live is not None:
            self._show(self.as_seen(self._live))
        elif self._path is not None:
            self.open(self._path)

    def show_live(self) -> None:
        """Show the live state once more: ``as_seen`` sees it otherwise now."""
        if self._live is not None and self._past < 0:
            self._show(self.as_seen(self._live))

    def _as_past(self, state: RunState) -> RunState:
        """Nothing of the past can be asked for a tensor, and its timeline is that of the whole run."""
        changes: dict[str, Any] = {"life": "ended", "pause": None, "explanation": ""}
        if self._live is not None:
            changes |= {"history": self._live.history, "changes": self._live.changes}
        return replace(state, **changes)

    def _set_past(self, iteration: int) -> None:
        if iteration != self._past:
            self._past = iteration
            self.pastChanged.emit(iteration)

    def _show(self, state: RunState) -> None:
        self._shown = state
        self.shownChanged.emit(state)
