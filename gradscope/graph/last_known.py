"""What is known of a parameter's last update: where there are many, a free iteration measures only some, by turns."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .history import IterationRecord

LOOKED_BACK = 32  # iterations; every parameter has its turn within fewer


class LastUpdate(NamedTuple):
    """The newest measured one of a parameter: norms of its gradient (-1: none), of its value behind it, its change."""

    iteration: int
    gradient: float
    value: float
    change: float

    @property
    def ratio(self) -> float | None:
        """The change over the value; None of a value of nothing but zeros."""
        return self.change / self.value if self.value > 0 else None


def last_updates(newest_first: Iterable[IterationRecord]) -> dict[int, LastUpdate]:
    """By parameter; those that no record among the newest measured are left out."""
    found: dict[int, LastUpdate] = {}
    for record in islice(newest_first, LOOKED_BACK):
        columns = record.parameters
        names = ("parameter", "grad_norm", "value_norm", "update_norm")
        if not all(name in columns for name in names):
            continue
        for index, gradient, value, change in zip(*(columns[name].tolist() for name in names), strict=True):
            if int(index) not in found and not change < 0:
                found[int(index)] = LastUpdate(record.iteration, gradient, value, change)
    return found
