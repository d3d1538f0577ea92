"""The recording's file format: one SQLite file, its tables, and how to open it for writing or for reading.

A *block* is what one iteration said, frames of the wire one after the other, compressed; what closes it
(``IterationEnded``) stands in ``ending``, so that the history reads without the rest. An iteration that lasts long may
have several blocks. A graph stands once for its fingerprint; in a block an empty ``GraphCaptured`` marks its place.
A *tensor* is one that was kept: a frame of the wire, compressed, in parts of 1 MiB; of several of one place the last
one counts. An *event* is something rare that later iterations need too, or that no frame says; ``block`` is the newest
block that came before it. A *segment* is one training process's part of a run. All numbers are little-endian.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

from .errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID = 0x47534350  # "GSCP"
FORMAT = 1
BUSY_SECONDS = 5.0
_MAGIC = b"SQLite format 3\x00"
_ID_OFFSET = 68
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE graph (fingerprint TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE block (
    id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, iteration INTEGER NOT NULL,
    carried BLOB, data BLOB NOT NULL, ending BLOB
);
CREATE INDEX block_by_iteration ON block (segment, iteration);
CREATE TABLE event (
    id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, block INTEGER NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL
);
CREATE TABLE tensor (
    id INTEGER PRIMARY KEY, segment INTEGER NOT NULL, iteration INTEGER NOT NULL, fingerprint TEXT NOT NULL,
    kind TEXT NOT NULL, node INTEGER NOT NULL, output INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE INDEX tensor_by_place ON tensor (segment, iteration, kind, node, output);
CREATE TABLE console (id INTEGER PRIMARY KEY, stream TEXT NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL);
"""


def create(path: Path) -> sqlite3.Connection:
    """A new, empty recording, opened for writing by whichever one thread uses it.

    Raises:
        RecordingError: the file cannot be made, or there is already something at ``path``.
    """
    if path.exists():
        raise RecordingError("There is already a file here", path, "choose another name")
    try:
        database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        # The identity goes in before the write-ahead log, so that it stands in the file itself whatever happens.
        # With the tables in one transaction: who is killed here leaves an empty file, never half a recording.
        identity = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};"
        database.executescript(f"BEGIN; {identity} {_TABLES} COMMIT;")
    except (sqlite3.Error, OSError) as error:
        raise RecordingError(f"The recording cannot be written ({error})", path, _WRITE_REMEDY) from error
    return database


def use_write_ahead_log(database: sqlite3.Connection) -> bool:
    """Let readers in while it is written; False where the file system cannot (network homes): a journal serves then."""
    with contextlib.suppress(sqlite3.OperationalError):
        if database.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute("INSERT OR REPLACE INTO meta VALUES ('format', ?)", (str(FORMAT).encode(),))
            return True
    database.execute("PRAGMA journal_mode = TRUNCATE")
    database.execute("INSERT OR REPLACE INTO meta VALUES ('format', ?)", (str(FORMAT).encode(),))
    return False


def finish(database: sqlite3.Connection) -> None:
    """Bring everything into the one file and close it."""
    with contextlib.suppress(sqlite3.OperationalError):  # a reader is in it: the last one to leave does the same
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        database.execute("PRAGMA journal_mode = DELETE").fetchone()
    database.close()


def check_identity(path: Path) -> None:
    """Make sure from its first bytes alone that ``path`` is a recording, before a database library touches it.

    Raises:
        RecordingError: it is not there, cannot be read, or is something else.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise RecordingError(f"The recording cannot be read ({error.strerror})", path, "check the path") from error
    if head[: len(_MAGIC)] != _MAGIC or head[_ID_OFFSET : _ID_OFFSET + 4] != APPLICATION_ID.to_bytes(4, "big"):
        raise RecordingError("This file is not a GradScope recording", path, "open a .gscope file made by GradScope")
    written_by = int.from_bytes(head[60:64], "big")
    if written_by > FORMAT:
        raise RecordingError(
            f"This recording has format {written_by}, this GradScope reads up to {FORMAT}", path, "update GradScope"
        )


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A short look into a recording, also while it is written. Nothing is kept open, so that its writer can finish.

    Raises:
        RecordingError: it is not a recording, or it is damaged.
    """
    check_identity(path)
    try:
        database = _open_to_read(path)
        try:
            yield database
        finally:
            database.close()
    except sqlite3.Error as error:
        raise RecordingError(f"This recording is damaged ({error})", path, DAMAGE_REMEDY) from error


def retire(path: Path) -> None:
    """Delete a recording that nobody writes any more, with the files beside it.

    Raises:
        RecordingError: it is something else, or it is being written.
    """
    check_identity(path)
    try:
        database = sqlite3.connect(path, timeout=0.2, isolation_level=None)
        try:
            free = database.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete"
        finally:
            database.close()
    except sqlite3.OperationalError:
        free = False
    except sqlite3.DatabaseError:
        free = True  # damaged beyond use
    if not free:
        raise RecordingError("This recording is in use", path, "close it or choose another name")
    for name in (path, *companions(path)):
        name.unlink(missing_ok=True)


def companions(path: Path) -> tuple[Path, ...]:
    """Files that may stand beside a recording: the script's output, and SQLite's own."""
    return tuple(path.with_name(path.name + ending) for ending in (".stdout", ".stderr", "-wal", "-shm", "-journal"))


_WRITE_REMEDY = "check that the folder exists, is writable and has room"
DAMAGE_REMEDY = "it was left as it is; use another recording or a copy of it"


def _open_to_read(path: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}"
    # A journal left by a crash must be rolled back, which takes the right to write; a read-only medium has no journal.
    fallback = "mode=rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"
    for attempt in ("mode=ro", fallback):
        database = sqlite3.connect(f"{address}?{attempt}", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            database.execute("SELECT count(*) FROM meta").fetchone()
        except sqlite3.OperationalError:
            database.close()
            if attempt == fallback:
                raise
        except sqlite3.Error:
            database.close()
            raise
        else:
            return database
    raise AssertionError("one of the two attempts returned or raised")
