"""The listener moves messages, keeps strangers out, and can be told to leave the sockets unread."""

from __future__ import annotations

import socket
import threading

import pytest

from gradscope.session import listener as listener_module
from gradscope.session.endpoint import open_endpoint
from gradscope.session.listener import Listener
from gradscope.session.tail import Tail
from gradscope.wire import messages as m
from gradscope.wire.connection import Connection


class Probe:
    """The other end, answering by hand."""

    def __init__(self, endpoint):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(endpoint.address.removeprefix("unix:"))
        self.socket.settimeout(5)
        self.connection = Connection("probe", endpoint.token)

    def shake_hands(self, listener):
        self.socket.sendall(self.connection.bytes_to_send())
        self.socket.setblocking(False)
        while not self.connection.ready:
            listener.poll(0.05)
            try:
                self.connection.receive(self.socket.recv(4096))
            except BlockingIOError:
                continue
            self.socket.sendall(self.connection.bytes_to_send())
        self.socket.settimeout(5)

    def say(self, message):
        self.socket.sendall(self.connection.send(message))


@pytest.fixture
def endpoint():
    return open_endpoint()


@pytest.fixture
def listener(endpoint):
    made = Listener(endpoint)
    yield made
    made.close()


@pytest.fixture
def probe(endpoint, listener):
    made = Probe(endpoint)
    made.shake_hands(listener)
    yield made
    made.socket.close()


def heard_from(listener, **options):
    return [each for _ in range(5) for each in listener.poll(0.01, **options)]


def test_a_message_and_its_end(listener, probe):
    probe.say(m.Resumed())
    first = heard_from(listener)
    assert [each.message for each in first] == [m.Resumed()]
    probe.socket.close()
    assert [(each.peer, each.message) for each in heard_from(listener)] == [(first[0].peer, None)]


def test_left_unread_only_orders_move(listener, probe):
    probe.say(m.Resumed())
    peer = heard_from(listener)[0].peer
    probe.say(m.GradientsCleared(7))
    listener.send(peer, m.Step("into"))
    assert heard_from(listener, reading=False) == []
    assert probe.connection.receive(probe.socket.recv(4096)) == [m.Step("into")]
    assert [each.message for each in heard_from(listener)] == [m.GradientsCleared(7)]


def test_a_silent_peer_is_dropped_in_time(endpoint, listener, probe, monkeypatch):
    monkeypatch.setattr(listener_module, "HANDSHAKE_SECONDS", 0.05)
    silent = Probe(endpoint)
    while not any(each.reason for each in listener.poll(0.05)):
        pass
    silent.socket.recv(4096)
    assert silent.socket.recv(4096) == b""
    silent.socket.close()
    probe.say(m.Resumed())
    assert [each.message for each in heard_from(listener)] == [m.Resumed()]


def test_an_order_of_a_probe_ends_its_connection(listener, probe):
    from gradscope.wire.codec import encode

    probe.socket.sendall(encode(m.Detach()))
    (dropped,) = heard_from(listener)
    assert dropped.message is None
    assert "Detach" in dropped.reason


def test_waking_from_another_thread(listener):
    threading.Timer(0.05, listener.wake).start()
    assert listener.poll(30) == []


def test_a_tail_gives_whole_characters(tmp_path):
    path = tmp_path / "out"
    path.write_bytes(b"a\xc3")
    tail = Tail(path)
    assert (tail.read(), tail.position) == ("a", 1)
    with path.open("ab") as file:
        file.write(b"\xa9\n\xe2\x82")
    assert (tail.read(), tail.position) == ("é\n", 4)
    assert tail.read_rest() == "\ufffd"
    assert tail.position == 6
    tail.close()
