"""The probe's end of the wire: dials out once, sends from a thread of its own, takes orders.

The training thread never waits for the socket while it runs free: it appends to a queue, and wakes the wire thread only
for what somebody waits for; two threads that wake each other at every fact spend milliseconds handing over the
interpreter's lock. The rest is taken along within ``LINGER_SECONDS``. Above ``QUEUE_LIMIT`` waiting
messages, statistics of older iterations make way for newer ones and events wait, so that a slow window costs nothing
but detail. When the socket closes, the session is dialled again (``redial`` says where and how long), and told again
what it must know (``memory``). Is nobody found, ``lost`` is set, whoever is held is released, and training goes on
alone.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections import deque
from typing import TYPE_CHECKING

from ..wire import messages as m
from ..wire.connection import Connection
from ..wire.errors import LocalProtocolError, ProtocolError
from .guard import FAULTS
from .memory import Memory
from .redial import Redial

if TYPE_CHECKING:
    from collections.abc import Callable

HANDSHAKE_SECONDS = 5.0
QUEUE_LIMIT = 2000
WAKE_AT = 64
FLUSH_SECONDS = 5.0
LINGER_SECONDS = 0.02
_WAITED_FOR = (m.Hello, m.Paused, m.Resumed, m.VariablesTold, m.TensorTold, m.StackTold, m.FeatureLost, m.ScriptEnding)
_STATISTICS = (m.GradientsMeasured, m.ValuesMeasured, m.BackwardTimed, m.ForwardTimed)


class Link:
    """One connection to the session. ``on_order`` is called in the wire thread, ``on_lost`` too.

    ``held`` says whether training is held: then a lost session is waited for.
    """

    def __init__(
        self, on_order: Callable[[m.Order], None], on_lost: Callable[[], None], held: Callable[[], bool]
    ) -> None:
        self._on_order = on_order
        self._on_lost = on_lost
        self._held = held
        self._memory = Memory()
        self.redial = Redial("", "", held)
        self._queue: deque[m.Fact] = deque()
        self._has_room = threading.Condition()
        self._idle = threading.Event()
        self._idle.set()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._socket: socket.socket | None = None
        self._connection: Connection | None = None
        self._thread: threading.Thread | None = None
        self.lost = threading.Event()

    def open(self, endpoint: str, token_file: str) -> bool:
        """Connect and prove the token; False if nobody answers properly. Starts the wire thread."""
        self.redial = Redial(endpoint, token_file, self._held)
        if not self._connect(endpoint, token_file):
            self.close()
            return False
        self._thread = threading.Thread(target=self._run, name="gradscope-wire", daemon=True)
        self._thread.start()
        return True

    def _connect(self, endpoint: str, token_file: str) -> bool:
        try:
            with open(token_file, encoding="ascii") as file:  # noqa: PTH123  # pathlib is not loaded here
                token = bytes.fromhex(file.read().strip())
            self._socket = _dial(endpoint)
            self._connection = Connection("probe", token)
            self._shake_hands(self._socket, self._connection)
        except (OSError, ValueError, ProtocolError):
            return False
        return True

    def _shake_hands(self, sock: socket.socket, connection: Connection) -> None:
        sock.settimeout(HANDSHAKE_SECONDS)
        sock.sendall(connection.bytes_to_send())
        while not connection.ready:
            data = sock.recv(65536)
            if not data:
                raise OSError("the session closed the connection")
            for order in connection.receive(data):
                self._on_order(order)  # type: ignore[arg-type]  # a probe's connection only receives orders
            sock.sendall(connection.bytes_to_send())

    def send(self, fact: m.Fact) -> None:
        """Queue a fact; waits only when the session has fallen ``QUEUE_LIMIT`` events behind."""
        if self.lost.is_set():
            return
        self._memory.note(fact)
        with self._has_room:
            if len(self._queue) >= QUEUE_LIMIT:
                self._drop_statistics()
            while len(self._queue) >= QUEUE_LIMIT and not self.lost.is_set() and not self._in_wire_thread():
                self._has_room.wait(0.5)
            self._queue.append(fact)
            self._idle.clear()
        if isinstance(fact, _WAITED_FOR) or len(self._queue) >= WAKE_AT:
            self._wake()

    def _in_wire_thread(self) -> bool:
        return threading.current_thread() is self._thread  # which makes the room that others wait for

    def _drop_statistics(self) -> None:
        kept = [fact for fact in self._queue if not isinstance(fact, _STATISTICS)]
        self._queue.clear()
        self._queue.extend(kept)

    def flush(self, seconds: float = FLUSH_SECONDS) -> None:
        """Wait until everything queued has been handed to the operating system."""
        if not self.lost.is_set():
            self._wake()
            self._idle.wait(seconds)

    def _wake(self) -> None:
        try:
            self._wake_writer.send(b"\0")
        except OSError:  # closed meanwhile: nobody left to wake
            return

    def _run(self) -> None:
        try:
            self._serve()
            while not self.lost.is_set() and self._dial_again():
                self._serve()
        finally:
            self.close()

    def _serve(self) -> None:
        """Send and receive until the connection is gone."""
        assert self._socket is not None
        self._socket.settimeout(None)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._socket, selectors.EVENT_READ, "socket")
                selector.register(self._wake_reader, selectors.EVENT_READ, "wake")
                while not self.lost.is_set():
                    for key, _ in selector.select(LINGER_SECONDS):
                        if key.data == "socket":
                            self._receive()
                        else:
                            self._wake_reader.recv(4096)
                    self._send_queued()
        except (OSError, ValueError, ProtocolError):  # ValueError: the socket was closed under the selector
            return

    def _dial_again(self) -> bool:
        """The connection broke: find a session, and tell it what holds now before what waits to be told."""
        assert self._socket is not None
        self._socket.close()
        for endpoint, token_file in self.redial.tries():
            if self.lost.is_set():
                return False
            if self._connect(endpoint, token_file):
                with self._has_room:
                    self._queue.extendleft(reversed(self._memory.facts()))
                return True
        return False

    def _receive(self) -> None:
        assert self._socket is not None
        assert self._connection is not None
        data = self._socket.recv(1 << 20)
        if not data:
            raise OSError("the session is gone")
        for order in self._connection.receive(data):
            self._on_order(order)  # type: ignore[arg-type]  # a probe's connection only receives orders

    def _send_queued(self) -> None:
        assert self._socket is not None
        assert self._connection is not None
        while True:
            with self._has_room:
                if not self._queue:
                    self._idle.set()
                    return
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), 64))]
                self._has_room.notify_all()
            self._socket.sendall(b"".join(self._framed(self._connection, fact) for fact in batch))

    def _framed(self, connection: Connection, fact: m.Fact) -> bytes:
        """The bytes of a fact. One that cannot be said is lost alone, and that is told: the run keeps its session."""
        try:
            return connection.send(fact)
        except LocalProtocolError as error:
            FAULTS.lose(type(fact).__name__, error)
            return b""

    def close(self) -> None:
        """Close the socket and release whoever waits. Safe to call twice and from any thread."""
        already = self.lost.is_set()
        self.lost.set()
        self._idle.set()
        if self._socket is not None:
            self._socket.close()
        with self._has_room:
            self._queue.clear()
            self._has_room.notify_all()
        self._wake()
        if not already:
            self._on_lost()

    def abandon(self) -> None:
        """In a forked child: forget the parent's socket without a word to the session."""
        self.lost.set()
        self._idle.set()
        for sock in (self._socket, self._wake_reader, self._wake_writer):
            if sock is not None:
                os.close(sock.detach())


def _dial(endpoint: str) -> socket.socket:
    kind, _, address = endpoint.partition(":")
    if kind == "unix":
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(HANDSHAKE_SECONDS)
        sock.connect(address)
        return sock
    if kind == "tcp":
        host, _, port = address.rpartition(":")
        return socket.create_connection((host, int(port)), HANDSHAKE_SECONDS)
    raise ValueError(f"an endpoint is unix:PATH or tcp:HOST:PORT, not {endpoint!r}")
