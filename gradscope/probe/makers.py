"""Which node made which others while it ran: its derivative's nodes, or those of a forward that it ran again.

Nodes of one thread are numbered as they are made. Where a node of a pass begins to run, the next number is noted; what
is made before the next node begins was made by this one. A pass in which nothing was made is forgotten when it is over;
of the others rows and numbers stay, never a node.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from ..wire import messages as m
from ..wire.table import Table
from . import compat

if TYPE_CHECKING:
    from .attribution import Attribution
    from .hook_names import UserHook
    from .records import OperationRecord
    from .sheet import Sheet
    from .walk import Walk

PASSES_KNOWN = 32
DERIVATIVE, RECOMPUTED = range(2)


class Maker(NamedTuple):
    """A node that made others: row ``row`` of ``graph``, in pass ``pass_index``; ``number`` is its own."""

    kind: int
    pass_index: int
    graph: str
    row: int
    operation: str
    number: int


class Making:
    """One pass. ``began(row)`` is called before each of its nodes runs, in the order in which they run."""

    def __init__(self, seen: Walk, pass_index: int, kind: int) -> None:
        self._seen: Walk | None = seen
        self._pass_index = pass_index
        self._kind = kind
        self._numbers: list[int] = []
        self._rows: list[int] = []
        self._makers: dict[int, Maker] = {}  # by position, once the pass is over
        self._end = -1

    def began(self, row: int) -> None:
        """A node is about to run."""
        if compat.sequence_number is not None:
            self._numbers.append(compat.sequence_number())
            self._rows.append(row)

    def over(self) -> bool:
        """The pass has ended; whether any node was made in it."""
        if not self._numbers or compat.sequence_number is None:
            return False
        self._end = compat.sequence_number()
        ends = [*self._numbers[1:], self._end]
        for place, (start, end) in enumerate(zip(self._numbers, ends, strict=True)):
            if end > start:
                self._makers[place] = self._maker(place)
                if place + 1 < len(ends):
                    self._makers[place + 1] = self._maker(place + 1)
        self._seen = None
        return bool(self._makers)

    def find(self, number: int, before: bool) -> Maker | None:
        """Who made the node of that number in this pass; ``before`` it ran."""
        if not self._numbers or number < self._numbers[0] or 0 <= self._end <= number:
            return None
        place = bisect_right(self._numbers, number) - 1
        if before:
            place = min(place + 1, len(self._numbers) - 1)
        return self._makers.get(place) if self._seen is None else self._maker(place)

    def _maker(self, place: int) -> Maker:
        seen, row = self._seen, self._rows[place]
        assert seen is not None
        number = compat.node_sequence(seen.nodes[row])
        return Maker(self._kind, self._pass_index, seen.fingerprint, row, seen.names[row], number)


class Makers:
    """The last passes in which nodes were made, and those under way."""

    def __init__(self) -> None:
        self._known: deque[Making] = deque(maxlen=PASSES_KNOWN)
        self._under_way: list[Making] = []

    def pass_begins(self, seen: Walk, pass_index: int, derives: bool) -> Making:
        """``derives``: the engine makes a graph of what it does."""
        making = Making(seen, pass_index, DERIVATIVE if derives else RECOMPUTED)
        self._under_way.append(making)
        return making

    def pass_ended(self, making: Making) -> None:
        """Also when it raised."""
        self._under_way.remove(making)
        if making.over():
            self._known.append(making)

    def find(self, number: int, before: bool = False) -> Maker | None:
        """The innermost pass knows best: passes nest. ``before``: made by a hook that is called before its node."""
        for making in (*reversed(self._under_way), *reversed(self._known)):
            maker = making.find(number, before)
            if maker is not None:
                return maker
        return None

    def table(self, made: Attribution, sheet: Sheet, hooks: list[UserHook]) -> Table:
        """Columns: ``LINK_COLUMNS``, a row for each node of a graph that another node made.

        What the user's ``hooks`` on tensors and before nodes make belongs to the node that runs next.
        """
        columns: dict[str, list[int]] = {name: [] for name in m.LINK_COLUMNS}
        if self._known or self._under_way:
            leaves = made.walk.leaves
            rows = {number: row for row, number in enumerate(made.numbers) if row not in leaves}
            for number, row in rows.items():
                maker = self.find(number, _in_a_hook(made.made_by[row], hooks))
                if maker is None:
                    continue
                graph, operation = sheet.always(maker.graph), sheet.always(maker.operation)
                here = rows.get(maker.number, -1)
                values = (row, maker.kind, maker.pass_index, graph, maker.row, operation, here)
                for column, value in zip(m.LINK_COLUMNS, values, strict=True):
                    columns[column].append(value)
        return Table.from_columns("i4", columns)


def _in_a_hook(record: OperationRecord | None, hooks: list[UserHook]) -> bool:
    return record is not None and any(hook.holds(record.file, record.line) for hook in hooks)
