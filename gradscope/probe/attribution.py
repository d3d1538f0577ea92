"""Who made which node of a walked graph: the torch call, the module call, the line, and what a card calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import compat
from .calls import CallFinder
from .records import OperationFinder

if TYPE_CHECKING:
    from .calls import CallRecord
    from .records import OperationRecord, Records
    from .walk import Walk


class Attribution:
    """``numbers``, ``made_by`` and ``call_of`` stand by row; a leaf is where it is used first.

    ``order`` says by row how many operations of the graph were made before it.
    """

    def __init__(self, seen: Walk, calls: list[CallRecord], records: Records) -> None:
        self.walk = seen
        self._operations = OperationFinder(records.attributable())
        self._calls = CallFinder(calls)
        self.numbers = [compat.node_sequence(node) for node in seen.nodes]
        leaves = seen.leaves
        self.made_by = [None if row in leaves else self.operation(n) for row, n in enumerate(self.numbers)]
        self.call_of = [None if row in leaves else self.call(n) for row, n in enumerate(self.numbers)]
        made = sorted((number, row) for row, number in enumerate(self.numbers) if row not in leaves)
        self.order = {row: place for place, (_, row) in enumerate(made)}
        first: dict[int, tuple[int, int]] = {}
        for source, _, target, _ in seen.edges:
            if source in leaves:
                use = (self.numbers[target], target)
                first[source] = min(first.get(source, use), use)
        for leaf, (_, target) in first.items():
            self.call_of[leaf] = self.call_of[target]
            self.made_by[leaf] = self.made_by[target]

    def operation(self, number: int) -> OperationRecord | None:
        """The torch call that made the node of that number."""
        return self._operations.find(number)

    def call(self, number: int) -> CallRecord | None:
        """The innermost module call that it was made in."""
        return self._calls.find(number)

    def is_result(self, row: int) -> bool:
        """Whether the node made what its torch call returned."""
        record = self.made_by[row]
        return record is not None and record.result == self.numbers[row]

    def variable(self, row: int) -> str:
        """What the script called the result."""
        record = self.made_by[row]
        return record.variable if record is not None and self.is_result(row) else ""

    def title(self, row: int) -> str:
        """What a card calls a node without a variable."""
        return node_title(self.made_by[row], self.numbers[row], self.walk.names[row])


def node_title(record: OperationRecord | None, number: int, name: str) -> str:
    """The expression where the user wrote one, else the function if it made the node alone, else the operation."""
    own = operation_title(name)
    if record is None or record.result != number:
        return own
    return record.expression or (record.function if record.end - record.start == 1 or own == "addmm" else own)


def operation_title(name: str) -> str:
    """``LogSoftmaxBackward0`` to ``log_softmax``; ``TBackward0`` to ``T``; a custom Function keeps its name."""
    base, found, _ = name.partition("Backward")
    if not found or not base:
        return name
    if len(base) == 1:
        return base
    letters = []
    for position, letter in enumerate(base):
        starts_word = letter.isupper() and position > 0 and not base[position - 1].isupper()
        letters.append(("_" if starts_word else "") + letter.lower())
    return "".join(letters)
