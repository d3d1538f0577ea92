"""What each ended iteration came to, in a list that grows without being copied.

States share one list and differ in how much of it they see, so that appending is cheap and an old state never sees more
than it did. Only the newest state may be appended to; appending to an older one copies. Columns stay packed until they
are looked at: ten thousand iterations take a few megabytes.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from gradscope.wire.messages import FigureKind as FigureKind
    from gradscope.wire.messages import IterationEnded

    from .statistics import Floats


@dataclass(frozen=True, slots=True, eq=False)
class IterationRecord:
    """One iteration, as it was told."""

    iteration: int
    label: str
    skipped: bool
    cleared: bool
    loss: float | None
    fingerprint: str
    learning_rate: float | None
    phase_names: tuple[str, ...]
    seconds: bytes  # float64 by phase
    columns: tuple[str, ...]
    first: bytes  # float64: the first column, which parameters they are; mostly that of the record before
    figures: bytes  # float64: the other columns
    followed: tuple[tuple[FigureKind, str], ...] = ()  # kind and name of each of the message's figures
    values: bytes = b""  # float64: what they come to

    @classmethod
    def from_message(cls, message: IterationEnded, like: IterationRecord | None = None) -> IterationRecord:
        """Pack a message; texts that are those of the record before it are shared with it."""
        names, columns = message.phase_names, message.parameters.columns
        fingerprint, label, rate = message.fingerprint, message.label, message.learning_rate
        data, size = message.parameters.data, 8 * message.parameters.rows if columns else 0
        first = data[:size]
        followed = tuple((figure.kind, figure.name) for figure in message.figures)
        if like is not None:
            names = like.phase_names if like.phase_names == names else names
            columns = like.columns if like.columns == columns else columns
            fingerprint = like.fingerprint if like.fingerprint == fingerprint else fingerprint
            label = like.label if like.label == label else label
            rate = like.learning_rate if like.learning_rate == rate else rate
            first = like.first if like.first == first else first
            followed = like.followed if like.followed == followed else followed
        return cls(
            message.iteration,
            label,
            message.skipped,
            message.cleared,
            message.loss,
            sys.intern(fingerprint),
            rate,
            names,
            struct.pack(f"<{len(message.phase_seconds)}d", *message.phase_seconds),
            columns,
            first,
            data[size:],
            followed,
            struct.pack(f"<{len(followed)}d", *(figure.value for figure in message.figures)),
        )

    @property
    def phases(self) -> dict[str, float]:
        """Seconds by phase."""
        return dict(zip(self.phase_names, struct.unpack(f"<{len(self.seconds) // 8}d", self.seconds), strict=True))

    @property
    def numbers(self) -> dict[tuple[FigureKind, str], float]:
        """Losses and one-number leaves by kind and name."""
        return dict(zip(self.followed, struct.unpack(f"<{len(self.followed)}d", self.values), strict=True))

    @property
    def parameters(self) -> dict[str, Floats]:
        """Columns by name; row i belongs to the parameter ``parameters["parameter"][i]``."""
        if not self.columns:
            return {}
        others = np.frombuffer(self.figures, "<f8").reshape(len(self.columns) - 1, -1)
        return {self.columns[0]: np.frombuffer(self.first, "<f8"), **dict(zip(self.columns[1:], others, strict=True))}


class History(Sequence[IterationRecord]):
    """Iterations in order. Immutable to its readers."""

    __slots__ = ("_length", "_records")

    def __init__(self) -> None:
        self._records: list[IterationRecord] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> IterationRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[IterationRecord]: ...
    def __getitem__(self, index: int | slice) -> IterationRecord | list[IterationRecord]:
        if isinstance(index, slice):
            return self._records[: self._length][index]
        if not -self._length <= index < self._length:
            raise IndexError(index)
        return self._records[index % self._length]

    def appended(self, message: IterationEnded) -> History:
        """A history with one more record; an iteration that is told again (a further update came) replaces itself."""
        last = self[-1] if self._length else None
        record = IterationRecord.from_message(message, last)
        longer = History()
        if last is not None and last.iteration == message.iteration:
            longer._records = [*self._records[: self._length - 1], record]
            longer._length = self._length
            return longer
        shared = len(self._records) == self._length
        longer._records = self._records if shared else self._records[: self._length]
        longer._records.append(record)
        longer._length = self._length + 1
        return longer

    def losses(self) -> tuple[Floats, Floats]:
        """Iterations and their losses, those without one left out."""
        pairs = [(r.iteration, r.loss) for r in self if r.loss is not None]
        columns = np.array(pairs, np.float64).reshape(len(pairs), 2)
        return columns[:, 0], columns[:, 1]
