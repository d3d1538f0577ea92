"""Tensors in a recording: each a frame of the wire, compressed, cut into parts that a database likes."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, TypeAlias

from gradscope.wire import messages as m

from .blocks import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PART = 1 << 20
INSERT = (
    "INSERT INTO tensor (segment, iteration, fingerprint, kind, node, output, part, data)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)

Place: TypeAlias = tuple[str, str, int, int]  # fingerprint, kind, node, output


def rows(tensors: Iterable[tuple[int, m.TensorKept]]) -> Iterator[tuple[object, ...]]:
    """What ``INSERT`` takes, from tensors with the segments that they belong to."""
    for segment, one in tensors:
        data = pack([one])
        for part, start in enumerate(range(0, len(data), PART)):
            place = (one.fingerprint, one.kind, one.node, one.output)
            yield segment, one.iteration, *place, part, data[start : start + PART]


def places(database: sqlite3.Connection, segment: int, iteration: int) -> frozenset[Place]:
    """Which tensors of an iteration there are; none in a recording that was made before there were any."""
    try:
        found = database.execute(
            "SELECT DISTINCT fingerprint, kind, node, output FROM tensor WHERE segment = ? AND iteration = ?",
            (segment, iteration),
        )
        return frozenset(found.fetchall())
    except sqlite3.OperationalError:
        return frozenset()


def read(database: sqlite3.Connection, segment: int, iteration: int, place: Place) -> m.TensorKept | None:
    """The last one that was kept of a place; None if there is none."""
    found = database.execute(
        "SELECT part, data FROM tensor WHERE segment = ? AND iteration = ? AND fingerprint = ? AND kind = ?"
        " AND node = ? AND output = ? ORDER BY id",
        (segment, iteration, *place),
    ).fetchall()
    first = max((row for row, (part, _) in enumerate(found) if part == 0), default=-1)
    if first < 0:
        return None
    message = unpack(b"".join(data for _, data in found[first:]))[0]
    return message if isinstance(message, m.TensorKept) else None
