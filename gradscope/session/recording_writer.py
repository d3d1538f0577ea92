"""Writes a run into its recording, in a thread of its own: one transaction for each iteration.

``put`` never waits for the disk. What has not been written yet is counted; while ``is_behind``, the session stops
reading from the socket, so that the probe holds events back and thins its statistics; nothing that was read is lost.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from gradscope.graph.state import PauseAsked
from gradscope.wire import messages as m

from . import kept_tensors, schema
from .blocks import SESSION_EVENTS, graph_mark, pack, pack_event

if TYPE_CHECKING:
    from pathlib import Path

    from gradscope.graph.state import SessionEvent

MOST_WAITING = 64 * 1024 * 1024
QUIET_SECONDS = 1.0
_STICKY = (m.Hello, m.ParametersKnown, m.FeatureLost, m.OptimizersTold, m.Changed)
_NOT_KEPT = (m.TensorTold, m.StackTold, m.UpdateTold, m.NodeChecked, m.OnnxTold, PauseAsked)
_ROW_BYTES = 500


class Output(NamedTuple):
    """A piece of the script's output; ``end`` is the byte of its file that it reaches to."""

    stream: str
    end: int
    text: str


class _Block(NamedTuple):
    carried: bytes | None
    said: list[m.Message]
    events: list[tuple[str, bytes]]


class RecordingWriter:
    """The one writer of a recording.

    Attributes:
        path: the file.
        failure: why recording stopped, in words; "" while all is well.
        waits_for_readers: True where the file system has no write-ahead log, so readers and writer take turns.
    """

    def __init__(self, path: Path, meta: dict[str, Any]) -> None:
        """Make the file at once, so that a failure is known before anything starts.

        Raises:
            RecordingError: it cannot be made.
        """
        self.path = path
        self.failure = ""
        self._database = schema.create(path)
        self.waits_for_readers = not schema.use_write_ahead_log(self._database)
        self._store_meta(meta)
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._taken = 0
        self._written = 0
        self._closed = False
        self._segment = 0
        self._block = 0
        self._iteration = -1
        self._pending: dict[int, _Block] = {}
        self._graphs: dict[str, m.GraphCaptured] = {}
        self._known_graphs: set[str] = set()
        self._events: list[tuple[str, bytes]] = []
        self._output: list[Output] = []
        self._tensors: list[tuple[int, m.TensorKept]] = []
        self._progress: m.Progress | None = None
        self._thread = threading.Thread(target=self._write_all, name="gradscope-recording", daemon=True)
        self._thread.start()

    @property
    def is_behind(self) -> bool:
        """Whether more waits to be written than should."""
        return self._taken - self._written > MOST_WAITING

    def put(self, item: m.Message | SessionEvent | Output | dict[str, Any]) -> None:
        """Hand over a message, an event, a piece of output, or further meta data. Never blocks."""
        self._taken += _cost(item)
        self._queue.put(item)

    def close(self) -> None:
        """Write what waits, bring everything into one file and let go of it."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _write_all(self) -> None:
        try:
            self._write_until_closed()
            self._commit()
            schema.finish(self._database)
        except sqlite3.Error as error:
            self.failure = f"The recording stopped: {error} ({self.path})"
            self._database.close()
            self._discard()

    def _write_until_closed(self) -> None:
        while not self._closed:
            try:
                item = self._queue.get(timeout=QUIET_SECONDS)
            except queue.Empty:
                self._commit()
                continue
            if item is None:
                self._closed = True
                return
            self._take(item)
            self._written += _cost(item)

    def _discard(self) -> None:
        while not self._closed:
            item = self._queue.get()
            self._closed = item is None
            self._written += _cost(item)

    def _take(self, item: Any) -> None:
        if isinstance(item, Output):
            self._take_output(item)
        elif isinstance(item, dict):
            self._store_meta(item)
        elif isinstance(item, m.TensorKept):
            self._tensors.append((self._segment, item))
        elif type(item).__name__ in SESSION_EVENTS:
            self._commit()
            self._events.append((type(item).__name__, pack_event(item)))
            self._commit()
        else:
            self._take_message(item)

    def _take_output(self, item: Output) -> None:
        if self._output and self._output[-1].stream == item.stream:
            item = item._replace(text=self._output.pop().text + item.text)
        self._output.append(item)

    def _take_message(self, message: m.Message) -> None:
        if isinstance(message, m.Hello):
            self._commit()
            self._segment += 1
            self._iteration, self._progress = -1, None
        iteration = -1 if isinstance(message, m.GraphCaptured) else getattr(message, "iteration", -1)
        if iteration < 0:
            iteration = self._iteration
        if isinstance(message, m.IterationEnded):
            self._commit(message)
            return
        if iteration > self._iteration + 1:
            self._commit()
        if iteration not in self._pending:
            self._pending[iteration] = _Block(pack([self._progress]) if self._progress else None, [], [])
        self._iteration = max(iteration, self._iteration)
        if isinstance(message, _STICKY):
            self._pending[iteration].events.append((type(message).__name__, pack([message])))
        said = self._pending[iteration].said
        said.append(self._lightened(message, said))

    def _lightened(self, message: m.Message, said: list[m.Message]) -> m.Message:
        if isinstance(message, m.Progress):
            self._progress = message
        if not isinstance(message, m.GraphCaptured):
            return message
        if message.partial:  # only the newest picture of a graph under way is worth keeping
            said[:] = [old for old in said if not (isinstance(old, m.GraphCaptured) and old.partial)]
            return message
        if message.fingerprint not in self._known_graphs:
            self._known_graphs.add(message.fingerprint)
            self._graphs[message.fingerprint] = message
        return graph_mark(message)

    def _commit(self, ending: m.IterationEnded | None = None) -> None:
        """One transaction with everything that is pending; of an iteration after the one that ends, nothing yet.

        The next iteration's first phase may be told before the end of the one before it is.
        """
        last = max(self._pending, default=-1) if ending is None else ending.iteration
        blocks = {number: block for number, block in sorted(self._pending.items()) if number <= last}
        if ending is not None:
            blocks.setdefault(ending.iteration, _Block(None, [], []))
        if not (blocks or self._events or self._output or self._tensors):
            return
        database = self._database
        database.execute("BEGIN IMMEDIATE")
        for fingerprint, graph in self._graphs.items():
            database.execute("INSERT OR IGNORE INTO graph VALUES (?, ?)", (fingerprint, pack([graph])))
        for number, block in blocks.items():
            self._block += 1
            end = pack([ending]) if ending is not None and number == ending.iteration else None
            row = (self._block, self._segment, number, block.carried, pack(block.said), end)
            database.execute("INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)", row)
            self._store_events(block.events)
        self._store_events(self._events)
        database.executemany("INSERT INTO console (stream, end, text) VALUES (?, ?, ?)", self._output)
        database.executemany(kept_tensors.INSERT, kept_tensors.rows(self._tensors))
        database.execute("COMMIT")
        for number in blocks:
            self._pending.pop(number, None)
        for pending in (self._graphs, self._events, self._output, self._tensors):
            pending.clear()

    def _store_events(self, events: list[tuple[str, bytes]]) -> None:
        rows = [(self._segment, self._block, kind, data) for kind, data in events]
        self._database.executemany("INSERT INTO event (segment, block, kind, data) VALUES (?, ?, ?, ?)", rows)

    def _store_meta(self, meta: dict[str, Any]) -> None:
        rows = [(name, msgspec.json.encode(value)) for name, value in meta.items()]
        self._database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)


def is_kept(message: m.Message | SessionEvent) -> bool:
    """Whether a message belongs into a recording: answers to a moment's question do not."""
    return not isinstance(message, _NOT_KEPT)


def _cost(item: Any) -> int:
    statistics = getattr(item, "statistics", None)
    told = getattr(item, "data", b"") if isinstance(item, m.TensorKept) else getattr(item, "text", "")
    return _ROW_BYTES + (len(statistics.data) if statistics is not None else len(told))
