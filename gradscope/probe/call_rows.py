"""The module calls that a told graph mentions, as rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..wire import messages as m
from ..wire.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .attribution import Attribution
    from .calls import CallRecord
    from .sheet import Sheet


class CallRows:
    """Only calls that hold nodes are told, each after the calls around it."""

    def __init__(self, tracked: Iterable[CallRecord]) -> None:
        self._tracked = Counter(record.module for record in tracked)
        self._rows: dict[CallRecord, int] = {}

    def row(self, call: CallRecord | None) -> int:
        """The row of a call, given to it now if it is new; -1 for none."""
        around: list[CallRecord] = []
        while call is not None and call not in self._rows:
            around.append(call)
            call = call.parent
        for record in reversed(around):
            self._rows[record] = len(self._rows)
        return self._rows[around[0]] if around else (self._rows[call] if call is not None else -1)

    def rows(self) -> list[tuple[int, CallRecord]]:
        """Each told call with its row."""
        return [(row, record) for record, row in self._rows.items()]

    def places(self, made: Attribution) -> list[tuple[int, int]]:
        """For each told call a node that it is around, and how many calls are between the two; node -1: none is.

        So the calls of another iteration are found, in which the same graph is built anew.
        """
        found: dict[CallRecord, tuple[int, int]] = {}
        for node, call in enumerate(made.call_of):
            between = 0
            while node not in made.walk.leaves and call is not None and call not in found:
                found[call] = (node, between)
                call, between = call.parent, between + 1
        return [found.get(call, (-1, 0)) for call in self._rows]

    def table(self, sheet: Sheet) -> Table:
        """Columns: ``CALL_COLUMNS``. Calls without gradient are counted on after those with it."""
        columns: dict[str, list[int]] = {name: [] for name in m.CALL_COLUMNS}
        further = Counter(self._tracked)
        for record in self._rows:
            number = record.occurrence
            if record.quiet:
                number = further[record.module]
                further[record.module] += 1
            parent = self._rows[record.parent] if record.parent is not None else -1
            values = (sheet.always(record.module), number, sheet.text(record.type), parent)
            for column, value in zip(m.CALL_COLUMNS, values, strict=True):
                columns[column].append(value)
        return Table.from_columns("i4", columns)
