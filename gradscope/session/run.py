"""One run of one command, from its start to its end, in one thread: process, sockets, output, recording, state.

The thread is the only one that changes the state, so that it needs no locks; others read it, and leave their wishes in
a queue. It waits in the listener's selector and is woken by messages, by wishes, and ten times a second by the clock
for the output files and the end of the process. Rank 0 that reports first is the run's own; other processes are
welcomed, told to measure nothing, and passed over.

Nothing is thinned here: an iteration costs 0.5 ms of processor time for 16 to 200 nodes (decoding 0.1, reducing 0.1,
recording 0.3) and 5 ms for 5,000, far below what its training costs. If the disk falls behind all the same, the sockets
are left unread until it has caught up: the probe then holds its events back and keeps only its latest statistics, and
nothing that was read is lost. Orders still go out meanwhile.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias

import gradscope
from gradscope.graph.state import ConnectionLost, PauseAsked, ProcessExited, ProcessStarted, RunState, reduce
from gradscope.wire import messages as m

from . import library
from .endpoint import open_endpoint
from .launch import arguments, environment
from .listener import Heard, Listener, Peer
from .process import UNREPORTED_AFTER, WHY_UNREPORTED, TrainingProcess, explain_end
from .recording_writer import Output, RecordingWriter, is_kept
from .schema import companions
from .tail import Tail
from .waiting import AttachedProcess, find_waiting, invite, is_alive, waiting_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gradscope.graph.state import SessionEvent

    from .launch import LaunchSpec

    Told: TypeAlias = m.Message | SessionEvent

TICK = 0.1
LOST_AFTER = 1.0  # seconds from the end of a connection within which a process may end without being called lost
READS_A_TICK = 16
STREAMS = ("stdout", "stderr")


class Run:
    """A command under the probe. From ``start`` on, the three callbacks are called from the run's own thread.

    Raises:
        SessionError: the command, its socket or its recording cannot be had; nothing is left behind then.
    """

    def __init__(
        self,
        spec: LaunchSpec,
        recording: Path,
        tell: Callable[[RunState, Told], None],
        show: Callable[[str, str], None],
        at_end: Callable[[Run], None],
    ) -> None:
        self.spec = spec
        self.recording = recording
        self._tell, self._show, self._at_end = tell, show, at_end
        waiting = find_waiting(spec.attach_to) if spec.attach_to >= 0 else None
        argv = arguments(spec) if waiting is None else [waiting.python, *waiting.command]
        self._logs = {stream: recording.with_name(f"{recording.name}.{stream}") for stream in STREAMS}
        with contextlib.ExitStack() as undo:
            endpoint = open_endpoint()
            self._listener = Listener(endpoint)
            undo.callback(self._listener.close)
            self._writer = RecordingWriter(recording, _meta(spec, argv))
            undo.callback(_remove, recording)
            undo.callback(self._writer.close)
            self._process: TrainingProcess | AttachedProcess
            if waiting is not None:
                self._logs = waiting.logs(self._logs)
                self._process = AttachedProcess(waiting)
                invite(waiting, endpoint)
            else:
                variables = environment(spec, endpoint.address, endpoint.token_file, waiting=waiting_folder())
                self._process = TrainingProcess(argv, variables, spec.folder, *self._logs.values())
            undo.pop_all()
        self._tails = {stream: Tail(path) for stream, path in self._logs.items()}
        self._wishes: deque[Callable[[], None]] = deque()
        self._breakpoints = spec.breakpoints
        self._early_orders: list[m.Order] = []
        self._unheard: tuple[m.Step, m.Paused | None] | None = None  # how to go on from a pause, until it does
        self._refused: set[str] = set()
        self._peer: Peer | None = None
        self._silent_since = self._began = monotonic()
        self._stopping = self._leaving = self._told_lost = self._told_failure = False
        self._started = ProcessStarted(tuple(argv), str(self._logs["stdout"]))
        self.state = reduce(RunState(), self._started)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, name="gradscope-session", daemon=True)

    def start(self) -> None:
        """Begin to listen and tell."""
        self._thread.start()

    def order(self, order: m.Order) -> None:
        """Send an order to the run's own process; before it has reported, the order waits for that."""
        self._wish(lambda: self._order(order))

    def stop(self) -> None:
        """End the process and its group, politely first."""
        self._wish(self._stop)

    def interrupt(self) -> None:
        """Pass one Ctrl+C on."""
        self._wish(self._process.interrupt)

    def leave(self) -> None:
        """Let go of the process: it runs on alone, and its output still goes to its files."""
        self._wish(self._leave)

    def reconnect(self) -> None:
        """Close the connection, as a broken network would; the probe dials again and tells what holds."""
        self._wish(self._break)

    def join(self) -> None:
        """Wait until all is told and written; returns at once in the run's own thread."""
        if threading.current_thread() is not self._thread:
            self._over.wait()

    def _wish(self, wish: Callable[[], None]) -> None:
        self._wishes.append(wish)
        self._listener.wake()

    def _live(self) -> None:
        try:
            self._take(self._started)
            if self.spec.record_to is None:
                library.make_room(keep=self.recording)
            while not self._leaving and self._is_running():
                self._step()
            self._finish()
        finally:
            self._listener.close()
            self._writer.close()
            for tail in self._tails.values():
                tail.close()
            if not self._leaving and not self._writer.failure and self.spec.attach_to < 0:
                for log in self._logs.values():
                    log.unlink(missing_ok=True)  # the recording holds it now
            self._over.set()
            self._at_end(self)

    def _step(self) -> None:
        for heard in self._listener.poll(TICK, reading=not self._writer.is_behind):
            self._hear(heard)
        while self._wishes:
            self._wishes.popleft()()
        for stream in STREAMS:
            for _ in range(READS_A_TICK):
                if not self._take_output(stream, self._tails[stream].read()):
                    break
        self._process.tick()
        self._watch()

    def _is_running(self) -> bool:
        if self._process.poll() is None or self._process.is_ending_group():
            return True
        # The command may have been a wrapper that ends before the training that it started.
        hello = self.state.hello
        own = hello is not None and hello.pid != self._process.pid and self._peer is not None
        return own and not self._stopping and hello is not None and is_alive(hello.pid)

    def _finish(self) -> None:
        for heard in self._listener.drain():
            self._hear(heard)
        for stream in STREAMS:
            self._take_output(stream, self._tails[stream].read_rest())
        code = self._process.poll()
        if self._leaving or code is None:
            self._process.abandon()
            return
        error = self.state.ending.error if self.state.ending else ""
        explanation = explain_end(code, self.state.hello is not None, self._stopping, error)
        self._take(ProcessExited(code, explanation))

    def _take(self, message: Told, keep: bool = True) -> None:
        """The one way in for all that happens: into the state, the recording, and to whoever listens."""
        try:
            self.state = reduce(self.state, message)
        except (ValueError, LookupError) as error:  # tables that do not fit together: a probe of another version
            self._refuse(type(message).__name__, error)
            return
        if keep and is_kept(message):
            self._writer.put(message)
        self._tell(self.state, message)

    def _refuse(self, kind: str, error: Exception) -> None:
        if kind not in self._refused:
            self._refused.add(kind)
            self._take(m.FeatureLost(kind, f"what the probe said cannot be understood: {error}"))

    def _take_output(self, stream: str, text: str) -> bool:
        if text:
            self._writer.put(Output(stream, self._tails[stream].position, text))
            self._show(stream, text)
        return bool(text)

    def _hear(self, heard: Heard) -> None:
        if isinstance(heard.message, m.Hello):
            self._welcome(heard.peer, heard.message)
        elif heard.peer is not self._peer:
            return
        elif heard.message is not None:
            self._take(heard.message)
            if isinstance(heard.message, (m.Resumed, m.Paused)):
                self._say_again(heard.message)
                self._freeze(heard.message)
        else:
            self._peer = None
            self._early_orders.clear()
            self._silent_since = monotonic()

    def _welcome(self, peer: Peer, hello: m.Hello) -> None:
        spec = self.spec
        if hello.rank != 0 or self._peer is not None:
            self._listener.send(peer, m.Welcome(m.PROTOCOL_VERSION, "off", steps=spec.steps))
            return
        known = self.state.hello
        if known is not None and known.pid != hello.pid:  # another process of the same command: nothing of the first
            self._take(self._started)  # one holds
        self._peer = peer
        self._told_lost = False
        self._writer.put(
            {"torch": hello.torch, "python_version": hello.python, "script": hello.script, "devices": hello.devices}
            | {"ranks": hello.world_size, "missing_features": hello.missing_features}
        )
        welcome = m.Welcome(
            m.PROTOCOL_VERSION,
            spec.level,
            spec.pause,
            spec.hold_at_end,
            spec.steps,
            self._breakpoints,
            spec.detail_from,
            hold_exceptions=spec.hold_exceptions,
            keep_held=spec.keep_held,
        )
        self._listener.send(peer, welcome)
        self._take(hello, keep=known is None or known.pid != hello.pid)  # one found again is no new chapter
        for order in self._early_orders:
            self._order(order)
        self._early_orders.clear()

    def _order(self, order: m.Order) -> None:
        if isinstance(order, m.SetBreakpoints):
            self._breakpoints = order.breakpoints
        if self._peer is None:
            if self.state.hello is None or not self._told_lost:  # it will report, or report again
                self._early_orders.append(order)
            return
        self._listener.send(self._peer, order)
        if isinstance(order, m.Step) and order.kind == "pause":
            self._take(PauseAsked())
        elif isinstance(order, m.Step):
            self._unheard = (order, self.state.pause)

    def _say_again(self, told: m.Resumed | m.Paused) -> None:
        """An order on how to go on that broke off with its connection: training is still held where it was."""
        unheard, self._unheard = self._unheard, None
        if unheard is not None and told == unheard[1] and self._peer is not None:
            self._listener.send(self._peer, unheard[0])

    def _freeze(self, told: m.Resumed | m.Paused) -> None:
        """A bad iteration is kept whole: one that stopped at NaN or Inf, or where the script raised."""
        if isinstance(told, m.Paused) and self._peer is not None:
            bad = {one.number for one in self._breakpoints if one.condition == "nonfinite"}
            if told.point == "exception" or told.breakpoint in bad:
                self._listener.send(self._peer, m.KeepTensors())

    def _stop(self) -> None:
        self._stopping = True
        self._process.stop()

    def _leave(self) -> None:
        self._leaving = True
        if self._peer is not None:  # else it would wait for another window
            self._listener.send(self._peer, m.Detach())
            for _ in range(3):
                for heard in self._listener.poll(0):
                    self._hear(heard)

    def _break(self) -> None:
        if self._peer is not None:
            for heard in self._listener.drop(self._peer):
                self._hear(heard)

    def _watch(self) -> None:
        """Say what is not as it should be: nobody reports, nobody is there any more, nothing is recorded."""
        now = monotonic()
        if self._writer.failure and not self._told_failure:
            self._told_failure = True
            self._take(m.FeatureLost("recording", self._writer.failure))
        if self._told_lost or self._peer is not None:
            return
        if self.state.hello is None:
            if now - self._began > UNREPORTED_AFTER:
                self._told_lost = True
                why = f"No probe has reported within {UNREPORTED_AFTER:.0f} s. {WHY_UNREPORTED}"
                self._take(ConnectionLost(why))
        elif self.state.ending is None and now - self._silent_since > LOST_AFTER:
            self._told_lost = True
            self._early_orders.clear()
            waits = self.spec.keep_held and self.state.life == "paused"
            then = "it stays held until a window attaches" if waits else "the script runs on alone"
            self._take(ConnectionLost(f"The connection to the training process ended; {then}."))


def _meta(spec: LaunchSpec, argv: list[str]) -> dict[str, Any]:
    return {
        "gradscope": gradscope.__version__,
        "byte_order": "little",
        "command": spec.command,
        "argv": argv,
        "cwd": str(spec.folder),
        "device": spec.device or "cpu",
        "level": spec.level,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _remove(recording: Path) -> None:
    for path in (recording, *companions(recording)):
        path.unlink(missing_ok=True)
