"""A training script without torch: connects as the probe does, says what it is told to, and obeys orders.

Run as ``fake_probe.py [word ...]``; each word is a function in this file, done in turn. Only wire is used.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gradscope.wire import messages as m
from gradscope.wire.connection import Connection
from gradscope.wire.table import Table


class Link:
    """The socket to the session, or None where nobody listens."""

    def __init__(self, token: bytes | None = None) -> None:
        kind, _, where = os.environ["GRADSCOPE_ENDPOINT"].partition(":")
        if kind == "unix":
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(where)
        else:
            host, _, port = where.rpartition(":")
            self.socket = socket.create_connection((host, int(port)))
        self.token = token or bytes.fromhex(Path(os.environ["GRADSCOPE_TOKEN_FILE"]).read_text())
        self.connection = Connection("probe", self.token)
        self.waiting: list[m.Message] = []
        self.gone = False

    def shake_hands(self) -> None:
        self.socket.sendall(self.connection.bytes_to_send())
        while not self.connection.ready:
            self.read()

    def read(self) -> None:
        data = b"" if self.gone else self.socket.recv(65536)
        if not data:
            self.gone = True
            return
        self.waiting += self.connection.receive(data)
        if due := self.connection.bytes_to_send():
            self.socket.sendall(due)

    def say(self, *messages: m.Message) -> None:
        for message in messages:
            try:
                self.socket.sendall(self.connection.send(message))
            except OSError:
                self.gone = True
                return

    def next_order(self) -> m.Message | None:
        while not self.waiting and not self.gone:
            self.read()
        return self.waiting.pop(0) if self.waiting else None


LINK: Link | None = None
RANK = 0


def hello() -> None:
    global LINK
    LINK = Link()
    LINK.shake_hands()
    LINK.say(m.Hello(1, os.getpid(), "3.11", "2.13.0", sys.argv[0], tuple(sys.argv[1:]), str(Path.cwd()), RANK))
    print("welcome:", LINK.next_order(), flush=True)


def rank1() -> None:
    global RANK
    RANK = 1


def graph() -> None:
    from tests.samples import spiral_graph, spiral_parameters

    LINK.say(spiral_parameters(), spiral_graph())


def iteration(number: int) -> None:
    from tests.samples import ended_iteration, statistics_table

    LINK.say(
        m.PhaseEntered(number, "forward", 0.1),
        m.Progress(number, 1, 2, number + 1, 100),
        m.PassStarted(number, 0, "backward", "spiral", "light", "loss", 0.5),
        m.GradientsMeasured(number, 0, statistics_table({3: number + 1.0, 8: 2.0})),
        m.PassEnded(number, 0, 0.001),
        ended_iteration(number),
    )


def three() -> None:
    for number in range(3):
        iteration(number)


def many() -> None:
    for number in range(400):
        iteration(number)


def forever() -> None:
    number = 0
    while not LINK.gone:
        iteration(number)
        print("iteration", number, flush=True)
        number += 1
        time.sleep(0.005)
    Path(os.environ["FAKE_DONE"]).write_text(f"alone after {number}")
    print("alone", flush=True)


def held() -> None:
    LINK.say(m.PhaseEntered(3, "backward", 0.2), m.Paused("node", 3, "backward", 0, "spiral", 3, 1, 2))
    while (order := LINK.next_order()) is not None:
        print("order:", order, flush=True)
        if isinstance(order, m.RequestTensor):
            LINK.say(m.TensorTold(order.request, True, shape=(1,), rows=1, columns=1, data=bytes(8)))
        if isinstance(order, m.Step) and order.kind == "continue":
            LINK.say(m.Resumed())
            return
    print("released", flush=True)
    Path(os.environ["FAKE_DONE"]).write_text("released")


def big() -> None:
    LINK.say(m.GraphCaptured("big", ("x" * 3_000_000,), *[Table()] * 4))


def nonsense() -> None:
    wrong = m.GraphCaptured("wrong", (), *[Table(("kind",), 1, "f8", bytes(8))] * 4)
    LINK.say(wrong, wrong)


def garbage() -> None:
    stranger = Link()
    stranger.socket.sendall(b"GET / HTTP/1.1\r\n\r\n" * 10)
    print("stranger heard", stranger.socket.recv(10_000)[-1:], flush=True)


def intruder() -> None:
    stranger = Link(b"\x00" * 32)
    stranger.socket.sendall(stranger.connection.bytes_to_send())


def child() -> None:
    subprocess.run([sys.executable, __file__, "rank1", "hello", "graph", "three"], check=True)


def second_process() -> None:
    LINK.socket.close()
    subprocess.run([sys.executable, __file__, "hello", "graph", "three"], check=True)


def wrapper() -> None:
    subprocess.Popen([sys.executable, __file__, "hello", "graph", "three", "nap", "ending"])
    time.sleep(1.0)


def nap() -> None:
    time.sleep(2)


def ending() -> None:
    LINK.say(m.ScriptEnding(0))


def drop() -> None:
    LINK.socket.close()


def stubborn() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("stubborn", flush=True)


def sleep() -> None:
    time.sleep(60)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    sys.exit(3)


def talk() -> None:
    sys.stdout.write("one\r50%\r100%\nh\u00e9llo without end")
    sys.stderr.write("\x1b[31mwarning\x1b[0m\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for word in sys.argv[1:]:
        globals()[word]()
