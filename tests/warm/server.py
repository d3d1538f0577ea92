"""Imports torch once and forks for each request; usage: ``python -m tests.warm.server SOCKET``.

A client's end of the connection is its script's life: signals come as bytes, the exit code goes back, and when the
connection closes, the script is killed. The server itself ends with its standard input.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from dataclasses import dataclass

from .request import Request


@dataclass
class Running:
    """A script, its client, and the file that tells of its end."""

    pid: int
    end: int
    client: socket.socket


class Server:
    """Forks for each client that connects to ``path``."""

    def __init__(self, path: str) -> None:
        self._environment = dict(os.environ)
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen(32)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(sys.stdin, selectors.EVENT_READ, None)
        self._running: set[int] = set()

    def serve(self) -> None:
        """Until the standard input ends."""
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return self._end()
                if key.fd in self._selector.get_map():  # an event before may have ended this one
                    key.data()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        request = Request(client)
        if not request.suits(self._environment):
            request.close()
            client.sendall(b"n")
            client.close()
            return

        from .child import fork  # imports torch

        def let_go() -> None:
            self._selector.close()
            self._listener.close()
            client.close()

        pid = fork(request, let_go)
        request.close()
        client.sendall(b"y")
        running = Running(pid, os.pidfd_open(pid), client)
        self._running.add(pid)
        self._selector.register(client, selectors.EVENT_READ, lambda: self._hear(running))
        self._selector.register(running.end, selectors.EVENT_READ, lambda: self._reap(running))

    def _hear(self, running: Running) -> None:
        told = b""
        with contextlib.suppress(ConnectionError):
            told = running.client.recv(1)
        if not told:
            self._selector.unregister(running.client)
        number = told[0] if told else signal.SIGKILL
        try:
            os.killpg(running.pid, number)
        except ProcessLookupError:  # so early that it has no group yet, or gone
            with contextlib.suppress(ProcessLookupError):
                os.kill(running.pid, number)

    def _reap(self, running: Running) -> None:
        _, status = os.waitpid(running.pid, 0)
        self._running.discard(running.pid)
        self._selector.unregister(running.end)
        os.close(running.end)
        with contextlib.suppress(KeyError):
            self._selector.unregister(running.client)
        with contextlib.suppress(OSError):
            running.client.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
        running.client.close()

    def _end(self) -> None:
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Load what a training script loads, then serve; who comes earlier waits."""
    server = Server(sys.argv[1])
    gc.disable()  # nothing is garbage yet: it only costs
    for name in ("torch._dynamo", f"{__spec__.parent}.child"):  # the first optimizer imports the former
        importlib.import_module(name)
    gc.enable()
    gc.freeze()
    server.serve()


if __name__ == "__main__":
    main()
