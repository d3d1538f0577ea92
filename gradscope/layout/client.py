"""Layouts on request without ever holding up the caller: small ones at once, others by one long-lived worker process.

The newest request wins: an older one that is still waiting is dropped, one under way is finished and thrown away. A
worker that dies is started once more; if that fails too, our own plain layout answers, so an answer always comes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from .engine import answer
from .fallback import layered
from .frames import read_layout, write_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from .engine import LayoutRequest
    from .geometry import Layout

SMALL = 240  # items and edges together that take the engine less than 10 ms, measured on a slow machine
_TRIES = 2
# glibc gives the pages of large arrays back after each layout, and asks for them again in the next; large pages take
# another tenth off it. Other systems do not look at these.
_KEEPING = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(1 << 26),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


class LayoutClient:
    """Owns the worker process and the thread that talks to it. Close it when the window closes."""

    def __init__(self, small: int = SMALL) -> None:
        self._small = small
        self._changed = threading.Condition()
        self._waiting: tuple[int, LayoutRequest, Callable[[Layout], None]] | None = None
        self._newest = 0  # the ticket whose answer is wanted; 0 when none is
        self._issued = 0
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def submit(self, request: LayoutRequest, callback: Callable[[Layout], None]) -> int:
        """Ask for a layout; its ticket. Every earlier ticket is dropped.

        ``callback`` is called before this returns if the request is small, else from the client's own thread.
        """
        if len(request.sizes) + len(request.sources) <= self._small:
            with self._changed:
                ticket = self._next_ticket()
                self._newest, self._waiting = 0, None
            callback(answer(request))
            return ticket
        with self._changed:
            ticket = self._next_ticket()
            self._newest, self._waiting = ticket, (ticket, request, callback)
            self._start_thread()
            self._changed.notify_all()
        return ticket

    def cancel(self, ticket: int) -> None:
        """Drop a request; its callback is not called any more unless it is being called right now."""
        with self._changed:
            if self._newest == ticket:
                self._newest, self._waiting = 0, None

    def close(self) -> None:
        """End the worker and the thread; nothing is called back afterwards."""
        with self._changed:
            self._closed, self._newest, self._waiting = True, 0, None
            self._stop_process()
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _next_ticket(self) -> int:
        self._issued += 1
        return self._issued

    def _start_thread(self) -> None:
        if (self._thread is None or not self._thread.is_alive()) and not self._closed:
            self._thread = threading.Thread(target=self._serve, name="layout", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while self._waiting is None and not self._closed:
                    self._changed.wait()
                if self._waiting is None:
                    return
                ticket, request, callback = self._waiting
                self._waiting = None
            made = self._ask(request)
            with self._changed:
                wanted = self._newest == ticket
            if wanted and made is not None:
                callback(made)

    def _ask(self, request: LayoutRequest) -> Layout | None:
        for _ in range(_TRIES):
            try:
                process = self._running_process()
                if process is None or process.stdin is None or process.stdout is None:
                    return None
                write_request(process.stdin, request)  # type: ignore[arg-type]  # a pipe's IO[bytes] is binary
                return read_layout(process.stdout)  # type: ignore[arg-type]
            except (OSError, EOFError, ValueError):  # died, was closed under us, or something else wrote
                with self._changed:
                    self._stop_process()
        return layered(request.sizes, request.sources, request.targets, request.parents, request.direction)

    def _running_process(self) -> subprocess.Popen[bytes] | None:
        with self._changed:
            if self._closed:
                return None
            if self._process is None or self._process.poll() is not None:
                self._stop_process()
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "gradscope.layout.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=_environment(),
                    start_new_session=True,  # Ctrl+C in the terminal is the window's matter
                )
            return self._process

    def _stop_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what could not be flushed is of no interest any more
                    continue


def _environment() -> dict[str, str]:
    """The worker imports the package from where this process did, and keeps what memory it has had."""
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    return {**_KEEPING, **os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
