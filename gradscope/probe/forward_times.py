"""How long the forward of a graph took: each torch call that made nodes of it, and each module call around them.

Known in detail level, by the script's own clock: what the probe does at a call is left out, and so is the time for
which training is held. A call has the time of everything inside of it; hooks that the user put on the module itself
are in before its forward and out behind it. What was begun by the script and not ended has none.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..wire import messages as m
from ..wire.table import Table
from .calls import CallFinder
from .records import OperationFinder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .parts import Parts, Shown


def forward_timed(parts: Parts, pass_index: int) -> m.ForwardTimed:
    """Of the graph on show."""
    shown = parts.shown
    operations = _operations(shown, OperationFinder(parts.records.attributable()))
    calls = _calls(shown, CallFinder(parts.calls.attributable()))
    return m.ForwardTimed(parts.course.iteration, pass_index, operations, calls)


def _operations(shown: Shown, finder: OperationFinder) -> Table:
    numbers: dict[int, int] = {}
    rows = []
    for node, number in enumerate(shown.numbers):
        record = finder.find(number) if node not in shown.leaves else None
        if record is not None and not math.isnan(record.seconds):
            rows.append((node, numbers.setdefault(id(record), len(numbers)), record.seconds))
    return _table(m.OPERATION_TIME_COLUMNS, rows)


def _calls(shown: Shown, finder: CallFinder) -> Table:
    rows = []
    for row, (node, between) in enumerate(shown.calls):
        call = finder.find(shown.numbers[node]) if node >= 0 else None
        for _ in range(between):
            call = call.parent if call is not None else None
        if call is not None and not math.isnan(call.seconds):
            rows.append((row, call.seconds))
    return _table(m.CALL_TIME_COLUMNS, rows)


def _table(names: Sequence[str], rows: Sequence[tuple[float, ...]]) -> Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return Table.from_columns("f8", dict(zip(names, columns, strict=True)))
