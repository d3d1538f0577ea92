"""*Trying to backward through the graph a second time*: which passes have freed which nodes.

Of the last few passes the numbers of their nodes are remembered, and where they were called: sequence numbers belong to
one node for ever, so a node of this graph with a number of an earlier pass is one that was freed by it.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING

from ..wire.faults import Reuse, TraceLine
from . import compat, traces
from .naming import tensor_names, user_frames
from .records import OperationFinder

if TYPE_CHECKING:
    from types import FrameType

    from .parts import Parts
    from .records import OperationRecord
    from .walk import Walk

REMEMBERED = 8


class EarlierPasses:
    """The last passes that freed their graph."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._passes: deque[tuple[int, int, tuple[str, int, str], list[int]]] = deque(maxlen=REMEMBERED)

    def note(self, index: int, place: OperationRecord) -> None:
        """A pass is over and has freed the graph that is shown."""
        where = (place.file, place.line, place.scope)
        self._passes.append((self._parts.course.iteration, index, where, self._parts.shown.numbers))

    def reuse(self, seen: Walk, frame: FrameType | None) -> Reuse | None:
        """What this graph shares with the newest earlier one that it shares anything with."""
        rows = {_number(seen, row): row for row in range(len(seen.nodes)) if row not in seen.leaves}
        for iteration, index, where, numbers in reversed(self._passes):
            shared = sorted(rows[number] for number in set(numbers) & rows.keys() if number >= 0)
            if shared:
                return self._told(seen, set(shared), iteration, index, where, frame)
        return None

    def _told(
        self,
        seen: Walk,
        shared: set[int],
        iteration: int,
        index: int,
        where: tuple[str, int, str],
        frame: FrameType | None,
    ) -> Reuse:
        same_root = any(row in shared for row, _ in seen.roots)
        links = [source for source, _, target, _ in seen.edges if source in shared and target not in shared]
        carried = seen.roots[0][0] if same_root else max(links, key=lambda row: _number(seen, row), default=-1)
        record = None
        if carried >= 0:
            record = OperationFinder(self._parts.records.attributable()).find(_number(seen, carried))
        name = _variable_of(seen, carried, frame) if carried >= 0 else ""
        if not name and record is not None:
            name = record.variable or record.expression
        return Reuse(
            traces.trace_line(*where) if where[0] else None,
            iteration,
            index,
            traces.at(frame) if frame is not None else None,
            len(shared),
            struct.pack(f"<{len(shared)}i", *sorted(shared)),
            name,
            seen.names[carried] if carried >= 0 else "",
            _place(record),
            same_root,
            carried,
        )


def _place(record: OperationRecord | None) -> TraceLine | None:
    return traces.trace_line(record.file, record.line, record.scope) if record is not None and record.file else None


def _number(seen: Walk, row: int) -> int:
    return compat.node_sequence(seen.nodes[row])


def _variable_of(seen: Walk, row: int, frame: FrameType | None) -> str:
    """A variable whose value that node made; asking a written view for its node would make a new one."""
    wanted = seen.nodes[row]
    for one in user_frames(start=frame) if frame is not None else ():
        names = tensor_names(one)
        for space in (one.f_locals, one.f_globals):
            for value in list(space.values()):
                held = value if type(value) in (list, tuple) else (value,)
                for item in held:
                    if id(item) in names and not compat.base_written(item) and item.grad_fn is wanted:
                        return names[id(item)]
    return ""
