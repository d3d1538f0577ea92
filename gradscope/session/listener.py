"""Accepts probes, proves them, and moves messages: one selector, one thread, no threads of its own.

``poll`` is the heartbeat: it waits for whatever happens next and returns what was said. ``send`` and ``wake`` are the
only calls that may come from another thread. A peer that does not prove the token within five seconds, or that says
what the protocol does not allow, is dropped; the others do not notice.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections import deque
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple

from gradscope.wire.connection import Connection
from gradscope.wire.errors import RemoteProtocolError

from .endpoint import is_own_peer

if TYPE_CHECKING:
    from gradscope.wire.messages import Message

    from .endpoint import Endpoint

HANDSHAKE_SECONDS = 5.0
DRAIN_SECONDS = 5.0
READ_BYTES = 1 << 18
BREATH = 0.01  # between two looks at sockets that are left unread
MOST_PEERS = 1024


class Heard(NamedTuple):
    """What a peer said; ``message`` None: it is gone, ``reason`` says why if it was dropped."""

    peer: Peer
    message: Message | None
    reason: str = ""


class Peer:
    """One connected process."""

    __slots__ = ("connection", "deadline", "outgoing", "socket")

    def __init__(self, accepted: socket.socket, token: bytes) -> None:
        self.socket = accepted
        self.connection = Connection("session", token)
        self.outgoing = bytearray(self.connection.bytes_to_send())
        self.deadline = monotonic() + HANDSHAKE_SECONDS


class Listener:
    """Owns an endpoint's sockets."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._selector = selectors.DefaultSelector()
        self._selector.register(endpoint.socket, selectors.EVENT_READ)
        self._waking, self._woken = socket.socketpair()
        self._waking.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._peers: list[Peer] = []
        self._orders: deque[tuple[Peer, Message]] = deque()
        self._moved = 0  # counts what was accepted or read

    def poll(self, timeout: float, reading: bool = True) -> list[Heard]:
        """Wait at most so many seconds, then read and write what can be; in order for each peer.

        Without ``reading`` only orders go out: what peers say stays in their sockets, until those are full and they
        wait or thin what they say.
        """
        self._take_orders()
        if not reading:
            sleep(BREATH)
        heard: list[Heard] = []
        for key, events in self._selector.select(timeout):
            if key.fileobj is self._endpoint.socket:
                self._accept()
            elif key.fileobj is self._woken:
                self._drain_wakes()
            else:
                peer: Peer = key.data
                if events & selectors.EVENT_READ and reading:
                    self._read(peer, heard)
                if events & selectors.EVENT_WRITE and peer in self._peers:
                    self._write(peer, heard)
        self._take_orders()
        now = monotonic()
        for peer in [p for p in self._peers if reading and not p.connection.ready and now > p.deadline]:
            self._drop(peer, heard, "it did not prove the token in time")
        return heard

    def drain(self) -> list[Heard]:
        """Everything that has been said and not been read yet: a dead process's last words."""
        heard: list[Heard] = []
        deadline = monotonic() + DRAIN_SECONDS
        moved = -1
        while moved != self._moved and monotonic() < deadline:
            moved = self._moved
            heard += self.poll(0)
        return heard

    def send(self, peer: Peer, message: Message) -> None:
        """Send an order as soon as the socket takes it. From any thread."""
        self._orders.append((peer, message))
        self.wake()

    def drop(self, peer: Peer) -> list[Heard]:
        """Close one connection, and say so like ``poll``. From the thread that polls."""
        heard: list[Heard] = []
        if peer in self._peers:
            self._drop(peer, heard, "dropped")
        return heard

    def wake(self) -> None:
        """Make a waiting ``poll`` return. From any thread."""
        with contextlib.suppress(BlockingIOError, OSError):
            self._waking.send(b"w")

    def close(self) -> None:
        """Close every socket; probes at the other ends then let their scripts run on alone."""
        for peer in self._peers:
            peer.socket.close()
        self._peers.clear()
        self._selector.close()
        self._waking.close()
        self._woken.close()
        self._endpoint.close()

    def _accept(self) -> None:
        try:
            accepted, _ = self._endpoint.socket.accept()
        except OSError:  # the peer is gone again, or no descriptor is free
            return
        if len(self._peers) >= MOST_PEERS or not is_own_peer(accepted):
            accepted.close()
            return
        self._moved += 1
        accepted.setblocking(False)
        peer = Peer(accepted, self._endpoint.token)
        self._peers.append(peer)
        self._selector.register(accepted, selectors.EVENT_READ | selectors.EVENT_WRITE, peer)

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._woken.recv(4096):
                pass

    def _take_orders(self) -> None:
        while self._orders:
            peer, message = self._orders.popleft()
            if peer in self._peers and peer.connection.ready:
                self._queue(peer, peer.connection.send(message))

    def _queue(self, peer: Peer, data: bytes) -> None:
        if data:
            peer.outgoing += data
            self._selector.modify(peer.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, peer)

    def _write(self, peer: Peer, heard: list[Heard]) -> None:
        try:
            if peer.outgoing:
                del peer.outgoing[: peer.socket.send(peer.outgoing)]
        except BlockingIOError:
            return
        except OSError:
            self._read(peer, heard)  # what it said before it went is still there to be read
            return
        if not peer.outgoing:
            self._selector.modify(peer.socket, selectors.EVENT_READ, peer)

    def _read(self, peer: Peer, heard: list[Heard]) -> None:
        self._moved += 1
        try:
            data = peer.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._drop(peer, heard, error.strerror or "")
            return
        if not data:
            self._drop(peer, heard, "")
            return
        try:
            messages = peer.connection.receive(data)
        except RemoteProtocolError as error:
            self._drop(peer, heard, str(error))
            return
        heard.extend(Heard(peer, message) for message in messages)
        self._queue(peer, peer.connection.bytes_to_send())

    def _drop(self, peer: Peer, heard: list[Heard], reason: str) -> None:
        self._peers.remove(peer)
        self._selector.unregister(peer.socket)
        peer.socket.close()
        heard.append(Heard(peer, None, reason))
