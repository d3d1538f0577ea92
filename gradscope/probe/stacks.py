"""Where operations were called from: the user's whole stack of each, in detail level.

A stack is a chain of spots, from the line that made the call out to the script. Chains share what they have in common
and are found again by the instructions that the frames stand at, so an operation costs one walk over its frames and one
look into a dictionary. Only code objects are kept, never a frame; lines and expressions are read when a graph is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wire import messages as m
from ..wire.table import Table
from .naming import expression_at, user_places

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

LONGEST = 64  # frames of the user's, the innermost ones
_MOST_KNOWN = 1 << 14
_known: dict[tuple[int, ...], Spot] = {}


class Spot:
    """An instruction of the user's code, and the spot that called this code; None for the outermost."""

    __slots__ = ("code", "offset", "outer")

    def __init__(self, code: CodeType, offset: int, outer: Spot | None) -> None:
        self.code = code
        self.offset = offset
        self.outer = outer

    @property
    def line(self) -> int:
        """Its source line, -1 where the code has none."""
        lines = (line for start, end, line in self.code.co_lines() if start <= self.offset < end)
        return next(lines, None) or -1


def spot_of(frame: FrameType) -> Spot | None:
    """The chain of the user's frames from ``frame`` outwards."""
    codes, key = user_places(frame, LONGEST)
    known = _known.get(key)
    if known is not None or not codes:
        return known
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    made: Spot | None = None
    for place in range(len(codes) - 1, -1, -1):
        tail = key[2 * place :]
        found = _known.get(tail)
        if found is None:
            found = _known[tail] = Spot(codes[place], key[2 * place + 1], made)
        made = found
    return made


class StackRows:
    """The spots of one graph as rows; ``text`` gives the number of a text, -1 for none."""

    def __init__(self, text: Callable[[str], int]) -> None:
        self._text = text
        self._rows: dict[Spot, int] = {}
        self._columns: dict[str, list[int]] = {name: [] for name in m.STACK_COLUMNS}

    def row(self, spot: Spot | None) -> int:
        """The row of a spot, written down now with those around it if it is new; -1 for none."""
        new: list[Spot] = []
        while spot is not None and spot not in self._rows:
            new.append(spot)
            spot = spot.outer
        row = self._rows[spot] if spot is not None else -1
        for inner in reversed(new):
            row = self._add(inner, row)
        return row

    def _add(self, spot: Spot, outer: int) -> int:
        code, text = spot.code, self._text
        said = text(expression_at(code, spot.offset))
        values = (outer, text(code.co_filename), spot.line, text(code.co_name), said)
        for column, value in zip(m.STACK_COLUMNS, values, strict=True):
            self._columns[column].append(value)
        row = self._rows[spot] = len(self._rows)
        return row

    def table(self) -> Table:
        """Columns: ``STACK_COLUMNS``."""
        return Table.from_columns("i4", self._columns)
