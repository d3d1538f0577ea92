"""What each ended iteration came to, in a list that grows without being copied.

States share one list and differ in how much of it they see, so that appending is cheap and an old state never sees more
than it did. Only the newest state may be appended to; appending to an older one copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from gradscope.wire.messages import IterationEnded

    from .statistics import Floats


@dataclass(frozen=True, slots=True, eq=False)
class IterationRecord:
    """One iteration; ``parameters[column][i]`` belongs to the parameter ``parameters["parameter"][i]``."""

    iteration: int
    label: str
    skipped: bool
    cleared: bool
    loss: float | None
    fingerprint: str
    phases: dict[str, float]
    parameters: dict[str, Floats]
    learning_rate: float | None

    @classmethod
    def from_message(cls, message: IterationEnded) -> IterationRecord:
        """Decode the columns of parameter norms."""
        table = message.parameters
        matrix = np.frombuffer(table.data, "<f8").reshape(len(table.columns), table.rows)
        return cls(
            message.iteration,
            message.label,
            message.skipped,
            message.cleared,
            message.loss,
            message.fingerprint,
            dict(zip(message.phase_names, message.phase_seconds, strict=True)),
            {name: matrix[row] for row, name in enumerate(table.columns)},
            message.learning_rate,
        )


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

    def appended(self, record: IterationRecord) -> History:
        """A history with one more record."""
        longer = History()
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
