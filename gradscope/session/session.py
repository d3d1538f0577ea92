"""The one door to a training run: give it a command, be told states; give it an order, it reaches the probe.

A session has at most one run at a time; a restart ends the old one first. All callbacks come from the thread of the
run, never from the caller's. The session may be closed at any moment, with the script stopped or left to run on.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from gradscope.graph.state import ProcessExited, RunState, reduce
from gradscope.wire import messages as m

from . import library, schema
from .errors import SessionError
from .launch import arguments
from .run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.graph.state import SessionEvent

    from .launch import LaunchSpec


class Session:
    """Runs training commands, one after the other.

    Args:
        listener: called with every new state and the message that led to it.
        console: called with ("stdout" or "stderr", text) as the script writes.
    """

    def __init__(
        self,
        listener: Callable[[RunState, m.Message | SessionEvent], None],
        console: Callable[[str, str], None] | None = None,
    ) -> None:
        self._listener = listener
        self._console = console or (lambda _stream, _text: None)
        self._lock = threading.RLock()
        self._idle = threading.Event()
        self._idle.set()
        self._run: Run | None = None
        self._next: LaunchSpec | None = None
        self._failed: RunState | None = None
        self._own: set[Path] = set()
        self._closed = False
        self._breakpoints: tuple[m.Breakpoint, ...] | None = None
        self._requests = count(1)

    @property
    def state(self) -> RunState:
        """The newest state."""
        if self._failed is not None:
            return self._failed
        return self._run.state if self._run else RunState()

    @property
    def spec(self) -> LaunchSpec | None:
        """What runs or ran last."""
        return self._run.spec if self._run else None

    @property
    def recording_path(self) -> Path | None:
        """Where the run is recorded."""
        return self._run.recording if self._run else None

    def start(self, spec: LaunchSpec) -> None:
        """Start a command.

        Raises:
            SessionError: it cannot be started (ScriptError), recorded (RecordingError) or listened to, or one is
                running already.
        """
        with self._lock:
            if not self._idle.is_set():
                where = " ".join(self._run.spec.command) if self._run else ""
                raise SessionError("A command is running already", where, "stop it first, or restart")
            self._begin(spec)

    def restart(self, spec: LaunchSpec | None = None) -> None:
        """End what runs, then start ``spec``, or the same command again. Returns at once.

        Raises:
            SessionError: there is nothing to restart, or the new command cannot be started.
        """
        with self._lock:
            spec = spec or self.spec
            if spec is not None and spec.attach_to >= 0:  # the same command, this time a process of our own
                spec = replace(spec, attach_to=-1)
            if spec is None:
                raise SessionError("There is nothing to restart", "no command was started yet", "start one first")
            arguments(spec)  # fails before the old run is touched
            if spec is not self.spec:
                self._breakpoints = None  # it brings its own
            if self._idle.is_set() or self._run is None:
                self._begin(spec)
            else:
                self._next = spec
                self._run.stop()

    def order(self, order: m.Order) -> None:
        """Give the training process an order. Without one, nothing happens; breakpoints hold for the next one too."""
        if isinstance(order, m.SetBreakpoints):
            self._breakpoints = order.breakpoints
        if self._run is not None:
            self._run.order(order)

    def ask(self, make: Callable[[int], m.Order]) -> int:
        """Give an order that is answered by number; ``make`` is given the number, which this returns."""
        request = next(self._requests)
        self.order(make(request))
        return request

    def pause(self) -> None:
        """Ask a running script to stop at its next pause point."""
        self.order(m.Step("pause"))

    def reconnect(self) -> None:
        """Close the connection and let the probe find its way back; the training is not touched."""
        if self._run is not None:
            self._run.reconnect()

    def stop(self) -> None:
        """End the training process: SIGINT, after 3 s SIGTERM, after 3 s SIGKILL, to its group. Returns at once."""
        with self._lock:
            self._next = None
            if self._run is not None:
                self._run.stop()

    def interrupt(self) -> None:
        """Pass one Ctrl+C on to the training process; what it does then is its own affair."""
        if self._run is not None:
            self._run.interrupt()

    def request_tensor(
        self,
        kind: m.TensorKind,
        node: int = -1,
        output: int = 0,
        name: str = "",
        plane: tuple[int, ...] = (),
        rows: int = 128,
        columns: int = 128,
        bins: int = 40,
        frame: int = 0,
        axes: tuple[int, ...] = (),
    ) -> int:
        """Ask for a tensor; the answer is told as ``TensorTold`` with the number that this returns."""
        request = next(self._requests)
        self.order(m.RequestTensor(request, kind, node, output, name, plane, rows, columns, bins, frame, axes))
        return request

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until the run has ended and its recording is whole; its exit code, or None if time ran out."""
        return self.state.exit_code if self._idle.wait(timeout) else None

    def close(self, leave_running: bool) -> None:
        """Let the script run on alone, or stop it, and wait until the recording is whole. Nothing starts after that."""
        with self._lock:
            self._closed = True
            self._next = None
            run = self._run
        if run is None or self._idle.is_set():
            return
        if leave_running:
            run.leave()
        else:
            run.stop()
        run.join()

    def _begin(self, spec: LaunchSpec) -> None:
        if self._closed:  # by another thread, while this one was about to start
            raise SessionError("The session was closed", " ".join(spec.command), "start it in a new one")
        if self._breakpoints is not None:
            spec = replace(spec, breakpoints=self._breakpoints)
        run = Run(spec, self._place(spec), self._tell, self._show, self._ended)
        self._failed = None
        self._run = run
        self._own.add(run.recording)
        self._idle.clear()
        run.start()

    def _tell(self, state: RunState, message: m.Message | SessionEvent) -> None:
        if self._next is None:  # else another run is about to take this one's place: it may no longer speak
            self._listener(state, message)

    def _show(self, stream: str, text: str) -> None:
        if self._next is None:
            self._console(stream, text)

    def _place(self, spec: LaunchSpec) -> Path:
        """Where to record: an earlier recording of that name gives way, one of this session's own does not."""
        if spec.record_to is None:
            return library.place_for(spec.name)
        path = Path(spec.record_to).expanduser().absolute()
        if path in self._own:
            return library.untaken(path)
        if path.exists():
            schema.retire(path)
        return path

    def _ended(self, run: Run) -> None:
        """In the run's thread, after everything was told and written."""
        with self._lock:
            following, self._next = self._next, None
            if following is None:
                self._idle.set()
                return
            try:
                self._begin(following)
            except SessionError as error:
                exited = ProcessExited(127, str(error))
                self._failed = replace(reduce(run.state, exited), life="ended")
                self._idle.set()
        if self._failed is not None:
            self._listener(self._failed, exited)
