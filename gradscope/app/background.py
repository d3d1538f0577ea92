"""The one background runner: work on plain threads, results in the GUI thread.

A signal emitted in any thread arrives in the thread of its receiver, so one QObject is all the bridge there is.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Background(QObject):
    """Runs functions on a few threads. Callbacks are called in the GUI thread, in the order things finished."""

    _posted = Signal(object)

    def __init__(self, threads: int = 3, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="background")
        self._closed = False
        self._posted.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Call ``work`` on a thread, then ``done`` with its result or ``failed`` with its exception."""
        if self._closed:
            return
        future = self._pool.submit(work)
        future.add_done_callback(lambda finished: self.post(lambda: self._deliver(finished, done, failed)))

    def post(self, call: Callable[[], None]) -> None:
        """Call something in the GUI thread soon; may be used from any thread."""
        if not self._closed:
            self._posted.emit(call)

    def close(self) -> None:
        """Forget what has not begun and wait for what has; no callback comes after this."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _call(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()

    @staticmethod
    def _deliver(finished: Future[Any], done: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        if finished.cancelled():
            return
        error = finished.exception()
        if error is None:
            done(finished.result())
        else:
            failed(error)
