"""Reads a recording, finished or still being written, back into messages and states. Never writes.

Each call opens the file, fetches and closes it again, so that the writer can always finish. ``state_at`` reads the
losses and norms of all iterations once, and else only the iteration that is asked for.
"""

from __future__ import annotations

import bisect
import contextlib
import threading
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gradscope.graph.history import History
from gradscope.graph.state import ProcessStarted, RunState, reduce
from gradscope.wire import messages as m
from gradscope.wire.errors import ProtocolError

from . import kept_tensors, schema
from .blocks import SESSION_EVENTS, is_graph_mark, unpack, unpack_event
from .errors import RecordingError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from gradscope.graph.state import SessionEvent


class Recording:
    """One ``*.gscope`` file. Make it with ``Recording.open``; every method may raise RecordingError."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._segment = -1
        self._seen = 0  # the newest block whose ending was taken in
        self._ended: list[int] = []  # iterations, in step with ``_histories`` but for its first, empty one
        self._histories: list[History] = [History()]

    @classmethod
    def open(cls, path: Path | str) -> Recording:
        """A recording to read.

        Raises:
            RecordingError: it is not there, not a recording, made by a newer GradScope, or damaged.
        """
        recording = cls(path)
        with recording._looking() as database:
            database.execute("SELECT count(*) FROM block").fetchone()
        return recording

    @property
    def meta(self) -> dict[str, Any]:
        """What is known of the run as a whole: command, python, torch, device, started, ..."""
        with self._looking() as database:
            rows = database.execute("SELECT name, value FROM meta").fetchall()
            return {name: msgspec.json.decode(value) for name, value in rows}

    @property
    def iterations(self) -> list[int]:
        """Numbers of the iterations of which something is kept, in order; the last may not have ended."""
        with self._looking() as database:
            rows = database.execute(
                "SELECT DISTINCT iteration FROM block WHERE segment = ? AND iteration >= 0 ORDER BY iteration",
                (_last_segment(database),),
            )
            return [iteration for (iteration,) in rows]

    def messages(self) -> Iterator[m.Message | SessionEvent]:
        """Everything that was said, in order: reducing it gives the live state again."""
        with self._looking() as database:
            blocks = [block for (block,) in database.execute("SELECT id FROM block ORDER BY id")]
            events = database.execute("SELECT block, kind, data FROM event ORDER BY id").fetchall()
        known: set[str] = set()
        waiting = [(block, kind, data) for block, kind, data in events if kind in SESSION_EVENTS][::-1]
        for block in [*blocks, None]:
            while waiting and (block is None or waiting[-1][0] < block):
                _, kind, data = waiting.pop()
                if (event := unpack_event(kind, data)) is not None:
                    yield event
            if block is not None:
                with self._looking() as database:
                    said = list(_with_graphs(database, _block_messages(database, "id = ?", block), known))
                yield from said

    def state_at(self, iteration: int | None = None) -> RunState:
        """The run as it was at the end of an iteration (as far as that is kept); None: as it was at the end.

        Raises:
            RecordingError: nothing of that iteration is kept.
        """
        with self._lock, self._looking() as database:
            segment = self._read_histories(database)
            newest = database.execute("SELECT ifnull(max(iteration), -1) FROM block WHERE segment = ?", (segment,))
            wanted = newest.fetchone()[0] if iteration is None else iteration
            where = "segment = ? AND iteration = ?"
            first = database.execute(f"SELECT min(id) FROM block WHERE {where}", (segment, wanted)).fetchone()[0]
            if first is None and iteration is not None:
                raise RecordingError(f"Iteration {iteration} is not kept", self.path, "choose one that is")
            state = _state_before(database, first or 0, segment)
            messages = _block_messages(database, where, segment, wanted)
            if not any(isinstance(message, m.PassStarted) for message in messages):
                state = self._with_earlier_passes(database, state, segment, wanted)
            state = replace(state, history=self._histories[bisect.bisect_left(self._ended, wanted)])
            for message in _with_graphs(database, messages, set(state.graphs)):
                state = reduce(state, message)
            for event in _session_events(database, first or 0) if iteration is None else ():
                state = reduce(state, event)
            return state

    def kept_places(self, iteration: int) -> frozenset[kept_tensors.Place]:
        """Which tensors of an iteration were kept: fingerprint, kind, node, output."""
        with self._looking() as database:
            return kept_tensors.places(database, _last_segment(database), iteration)

    def kept_tensor(self, iteration: int, place: kept_tensors.Place) -> m.TensorKept | None:
        """One of them."""
        with self._looking() as database:
            return kept_tensors.read(database, _last_segment(database), iteration, place)

    def console(self) -> str:
        """What the script wrote, both streams as they came; with what its files beside the recording hold more."""
        with self._looking() as database:
            rows = database.execute("SELECT stream, end, text FROM console ORDER BY id").fetchall()
        parts = [text for _, _, text in rows]
        ends = {stream: end for stream, end, _ in rows}
        for stream in ("stdout", "stderr"):
            file = self.path.with_name(f"{self.path.name}.{stream}")
            with contextlib.suppress(OSError), file.open("rb") as output:
                output.seek(ends.get(stream, 0))
                parts.append(output.read().decode("utf-8", "replace"))
        return "".join(parts)

    def close(self) -> None:
        """Nothing is held open; this only forgets what was read."""
        with self._lock:
            self._segment = -1

    @contextlib.contextmanager
    def _looking(self) -> Iterator[sqlite3.Connection]:
        try:
            with schema.reading(self.path) as database:
                yield database
        except (zlib.error, ProtocolError, msgspec.DecodeError, ValueError) as error:
            raise RecordingError(f"This recording is damaged ({error})", self.path, schema.DAMAGE_REMEDY) from error

    def _read_histories(self, database: sqlite3.Connection) -> int:
        """Take in the iterations that ended since the last look."""
        segment = _last_segment(database)
        if segment != self._segment:
            self._segment, self._seen, self._ended, self._histories = segment, 0, [], [History()]
        rows = database.execute(
            "SELECT id, ending FROM block WHERE segment = ? AND id > ? AND ending IS NOT NULL ORDER BY id",
            (segment, self._seen),
        )
        for block, ending in rows:
            for message in unpack(ending):
                if isinstance(message, m.IterationEnded):
                    self._ended.append(message.iteration)
                    self._histories.append(self._histories[-1].appended(message))
            self._seen = block
        return segment

    def _with_earlier_passes(
        self, database: sqlite3.Connection, state: RunState, segment: int, iteration: int
    ) -> RunState:
        """After an update the last pass stays on show until the next one begins."""
        before = database.execute(
            "SELECT max(iteration) FROM block WHERE segment = ? AND iteration < ?", (segment, iteration)
        ).fetchone()[0]
        if before is None:
            return state
        messages = _block_messages(database, "segment = ? AND iteration = ?", segment, before)
        for message in _with_graphs(database, messages, set(state.graphs)):
            state = reduce(state, message)
        return state


def _last_segment(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT ifnull(max(segment), 0) FROM block").fetchone()[0])


def _block_messages(database: sqlite3.Connection, where: str, *values: int) -> list[m.Message]:
    rows = database.execute(f"SELECT data, ending FROM block WHERE {where} ORDER BY id", values)
    return [message for data, ending in rows for part in (data, ending) if part for message in unpack(part)]


def _with_graphs(database: sqlite3.Connection, messages: list[m.Message], known: set[str]) -> Iterator[m.Message]:
    """The messages, each graph that they need and that is not known yet put in before its first use."""
    for message in messages:
        fingerprint = getattr(message, "fingerprint", "")
        if is_graph_mark(message) or (fingerprint and fingerprint not in known and not _is_partial(message)):
            known.add(fingerprint)
            row = database.execute("SELECT data FROM graph WHERE fingerprint = ?", (fingerprint,)).fetchone()
            yield from unpack(row[0]) if row else ()
        if not is_graph_mark(message):
            yield message


def _is_partial(message: m.Message) -> bool:
    return isinstance(message, m.GraphCaptured) and message.partial


def _state_before(database: sqlite3.Connection, block: int, segment: int) -> RunState:
    """What iterations before ``block`` left that later ones need: who runs, its parameters, where its loops stood."""
    state = RunState()
    started = [event for event in _session_events(database, -1, block) if isinstance(event, ProcessStarted)]
    sticky = database.execute(
        "SELECT data FROM event WHERE segment = ? AND block < ? AND kind NOT IN ({}) ORDER BY id".format(
            ", ".join(f"'{kind}'" for kind in SESSION_EVENTS)
        ),
        (segment, block),
    )
    carried = database.execute("SELECT carried FROM block WHERE id = ?", (block,)).fetchone()
    for message in (
        *started[-1:],
        *(message for (data,) in sticky for message in unpack(data)),
        *(unpack(carried[0]) if carried and carried[0] else ()),
    ):
        state = reduce(state, message)
    return state


def _session_events(database: sqlite3.Connection, start: int, end: int = 1 << 62) -> list[SessionEvent]:
    """Events of the session whose place is at or after block ``start`` and before ``end``."""
    rows = database.execute(
        "SELECT kind, data FROM event WHERE block >= ? AND block < ? ORDER BY id", (start, end)
    ).fetchall()
    events = [unpack_event(kind, data) for kind, data in rows if kind in SESSION_EVENTS]
    return [event for event in events if event is not None]
