"""What was measured of one pass, column by column, until it is told.

Of the gradients in known chunks (light level) most columns say the same of all: those are written down at the end, in
one piece. The columns are STATISTIC_COLUMNS.
"""

from __future__ import annotations

from array import array
from itertools import chain
from typing import TYPE_CHECKING

from ..wire.messages import STATISTIC_COLUMNS
from ..wire.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .together import Figures, Together

_UNMEASURED, _NONE = -1.0, 0.0
_COUNTED = ("zeros", "nan", "inf")
_ALIKE = {"defined": 1.0, "mean": _UNMEASURED, "std": _UNMEASURED, "zeros": _UNMEASURED}  # of known chunks; else _NONE


class Told:
    """Filled row by row or chunk by chunk; ``table`` empties it."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._others: list[list[float]] = [[] for _ in STATISTIC_COLUMNS]
        self._chunks: dict[str, list[float]] = {name: [] for name in ("node", "output", "count", "norm", "max_abs")}
        self._strange: dict[int, tuple[float, float, float]] = {}

    def row(self, values: Iterable[float]) -> None:
        """One place."""
        for column, value in zip(self._others, values, strict=True):
            column.append(value)

    def rows(self, columns: Iterable[Sequence[float]]) -> None:
        """Several, by column."""
        for column, values in zip(self._others, columns, strict=True):
            column.extend(values)

    def chunk(self, chunk: Together, figures: Figures) -> None:
        """What a known chunk came to."""
        start = len(self._chunks["node"])
        told: tuple[Sequence[float], ...] = (chunk.nodes, chunk.outputs, chunk.counts, figures.norm, figures.largest)
        for column, values in zip(self._chunks.values(), told, strict=True):
            column.extend(values)
        for index, counted in figures.strange.items():
            self._strange[start + index] = counted

    def table(self, takes: Sequence[tuple[int, int]]) -> Table:
        """Everything; of the first node of each pair in ``takes`` is told what was told of the second."""
        size = len(self._chunks["node"])
        places = dict(
            zip(chain(self._chunks["node"], self._others[0]), range(size + len(self._others[0])), strict=True)
        )
        pairs = [(node, places[source]) for node, source in takes if source in places]
        taken = [place for _, place in pairs]
        columns = {}
        for name, others in zip(STATISTIC_COLUMNS, self._others, strict=True):
            known = self._chunks.get(name)
            column = array("d", known) if known is not None else array("d", (_ALIKE.get(name, _NONE),)) * size
            if name in _COUNTED:
                for place, figures in self._strange.items():
                    column[place] = figures[_COUNTED.index(name)]
            column.extend(others)
            columns[name] = column
        for name, column in columns.items():
            column.extend([node for node, _ in pairs] if name == "node" else list(map(column.__getitem__, taken)))
        self._begin()
        return Table.from_columns("f8", columns)
