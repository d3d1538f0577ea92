"""Columns of numbers as raw little-endian bytes: how graphs and statistics travel, without one Python object a row.

Column-major: all of the first column, then all of the second. ``i4`` is int32, ``f8`` is float64. Readers look a column
up by name and pass over those they do not know.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NumberKind = Literal["i4", "f8"]
_TYPECODES = {"i4": "i", "f8": "d"}
_SIZES = {"i4": 4, "f8": 8}


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` x ``len(columns)`` numbers of one kind, column after column in ``data``.

    Raises:
        ValueError: ``data`` is not as long as rows and columns say, or ``kind`` is not known.
    """

    columns: tuple[str, ...] = ()
    rows: int = 0
    kind: NumberKind = "i4"
    data: bytes = b""

    def __post_init__(self) -> None:
        if self.kind not in _SIZES:
            raise ValueError(f"unknown number kind {self.kind!r}")
        expected = self.rows * len(self.columns) * _SIZES[self.kind]
        if self.rows < 0 or len(self.data) != expected:
            raise ValueError(
                f"{self.rows} rows x {len(self.columns)} columns need {expected} bytes, got {len(self.data)}"
            )

    @classmethod
    def from_columns(cls, kind: NumberKind, columns: Mapping[str, Sequence[float]]) -> Table:
        """A table from equally long columns."""
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"columns differ in length: {sorted(lengths)}")
        data = b"".join(_pack(kind, values) for values in columns.values())
        return cls(tuple(columns), lengths.pop() if lengths else 0, kind, data)

    def column(self, name: str) -> list[int] | list[float]:
        """The values of one column; KeyError if the table does not have it."""
        if name not in self.columns:
            raise KeyError(name)
        size = self.rows * _SIZES[self.kind]
        start = self.columns.index(name) * size
        values = array(_TYPECODES[self.kind])
        values.frombytes(self.data[start : start + size])
        if sys.byteorder == "big":
            values.byteswap()
        return values.tolist()


def _pack(kind: NumberKind, values: Iterable[float]) -> bytes:
    packed = array(_TYPECODES[kind], values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
