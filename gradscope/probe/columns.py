"""A walked graph as the columns of ``GraphCaptured``: what each node is, who made it, where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wire import messages as m
from ..wire.table import Table
from . import compat
from .calls import CallFinder, CallRecord
from .records import InputRecord, OperationFinder, OperationRecord
from .saved import SavedTensors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .names import Parameters
    from .records import Records
    from .walk import Walk

LEAF, OP, INPUT = 0, 1, 2
ROLE_LEAF, ROLE_INTERMEDIATE, ROLE_ROOT, ROLE_INPUT = 0, 1, 2, 3


class _Strings:
    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def add(self, text: str) -> int:
        return self.rows.setdefault(text, len(self.rows)) if text else -1

    def always(self, text: str) -> int:
        return self.rows.setdefault(text, len(self.rows))


class GraphColumns:
    """Builds one message.

    ``input_rows`` are then the rows of ``Records.inputs`` in the order of the inputs' node ids.
    """

    def __init__(self, seen: Walk, parameters: Parameters, calls: list[CallRecord], records: Records) -> None:
        self._walk = seen
        self._parameters = parameters
        self._records = records
        self._call_finder = CallFinder(calls)
        self._operation_finder = OperationFinder(records.attributable())
        self._strings = _Strings()
        self._nodes: dict[str, list[int]] = {name: [] for name in m.NODE_COLUMNS}
        self._outputs: dict[str, list[int]] = {name: [] for name in m.OUTPUT_COLUMNS}
        self._edges = [(*edge, 1) for edge in seen.edges]
        self._call_rows: dict[CallRecord, int] = {}
        self.input_rows: list[int] = []
        self._made_by: list[OperationRecord | None] = []
        self._call_of: list[CallRecord | None] = []
        self._made: dict[int, int] = {}

    def message(
        self, root_names: Sequence[str], partial: bool, iteration: int, with_saved: bool = False
    ) -> m.GraphCaptured:
        """All columns; ``root_names`` are the variables that the roots are called by, "" where unknown."""
        self._attribute()
        roots = {row: name for (row, _), name in zip(self._walk.roots, root_names, strict=True)}
        for row in range(len(self._walk.nodes)):
            self._add_node(row, roots)
        self._add_inputs()
        edges = {name: [edge[i] for edge in self._edges] for i, name in enumerate(m.EDGE_COLUMNS)}
        calls = self._call_columns()
        saved = SavedTensors(self._walk, self._strings.always).table() if with_saved else Table()
        return m.GraphCaptured(
            self._walk.fingerprint,
            tuple(self._strings.rows),
            Table.from_columns("i4", self._nodes),
            Table.from_columns("i4", self._outputs),
            Table.from_columns("i4", edges),
            Table.from_columns("i4", calls),
            partial,
            iteration,
            saved,
        )

    def _attribute(self) -> None:
        numbers = [compat.node_sequence(node) for node in self._walk.nodes]
        self._made_by = [
            None if row in self._walk.leaves else self._operation_finder.find(number)
            for row, number in enumerate(numbers)
        ]
        self._call_of = [
            None if row in self._walk.leaves else self._call_finder.find(number) for row, number in enumerate(numbers)
        ]
        made = sorted((number, row) for row, number in enumerate(numbers) if row not in self._walk.leaves)
        self._made = {row: order for order, (_, row) in enumerate(made)}
        first: dict[int, tuple[int, int]] = {}
        for source, _, target, _ in self._walk.edges:
            if source in self._walk.leaves:
                first[source] = min(first.get(source, (numbers[target], target)), (numbers[target], target))
        for leaf, (_, target) in first.items():
            self._call_of[leaf] = self._call_of[target]
            self._made_by[leaf] = self._made_by[target]

    def _add_node(self, row: int, roots: dict[int, str]) -> None:
        seen, record, text = self._walk, self._made_by[row], self._strings.add
        operation = seen.names[row]
        leaf = seen.leaves.get(row)
        if leaf is not None:
            index = self._parameters.index_of(leaf)
            name = self._parameters.name(index) if index >= 0 else roots.get(row, "")
            title, kind, role = name or "leaf", LEAF, ROLE_LEAF
        else:
            name = roots.get(row, "") or self._variable(row)
            title = name or self._title(row)
            kind, role = OP, ROLE_ROOT if row in roots else ROLE_INTERMEDIATE
        values = (
            kind,
            role,
            self._strings.always(operation),
            text(name),
            text(title),
            text(record.function) if record and leaf is None else -1,
            self._call_row(self._call_of[row]),
            text(record.file) if record else -1,
            record.line if record else -1,
            text(record.scope) if record else -1,
            0,
            self._made.get(row, -1),
        )
        for column, value in zip(m.NODE_COLUMNS, values, strict=False):
            self._nodes[column].append(value)
        for number, (shape, dtype, device) in enumerate(seen.metadata[row]):
            self._add_output(row, number, shape, dtype, device)

    def _add_output(self, row: int, number: int, shape: tuple[int, ...], dtype: str, device: str) -> None:
        always = self._strings.always
        values = (row, number, always(",".join(map(str, shape))), always(dtype), always(device))
        for column, value in zip(m.OUTPUT_COLUMNS, values, strict=False):
            self._outputs[column].append(value)

    def _is_result(self, row: int) -> bool:
        record = self._made_by[row]
        return record is not None and record.result == compat.node_sequence(self._walk.nodes[row])

    def _variable(self, row: int) -> str:
        record = self._made_by[row]
        return record.variable if record is not None and self._is_result(row) else ""

    def _title(self, row: int) -> str:
        """The expression where the user wrote one, else the function if it made the node alone, else the operation."""
        record = self._made_by[row]
        own = operation_title(self._walk.names[row])
        if record is None or not self._is_result(row):
            return own
        return record.expression or (record.function if record.end - record.start == 1 or own == "addmm" else own)

    def _call_row(self, call: CallRecord | None) -> int:
        """The row among those sent, its ancestors first; only calls that hold nodes are sent."""
        if call is None:
            return -1
        if call not in self._call_rows:
            self._call_row(call.parent)
            self._call_rows[call] = len(self._call_rows)
        return self._call_rows[call]

    def _call_columns(self) -> dict[str, list[int]]:
        columns: dict[str, list[int]] = {name: [] for name in m.CALL_COLUMNS}
        for record in self._call_rows:
            parent = self._call_rows[record.parent] if record.parent is not None else -1
            values = (self._strings.always(record.module), record.occurrence, self._strings.add(record.type), parent)
            for column, value in zip(m.CALL_COLUMNS, values, strict=False):
                columns[column].append(value)
        return columns

    def _add_inputs(self) -> None:
        """Each input once, with a dashed edge to the result of every call that it fed."""
        rows: dict[int, int] = {}
        first = len(self._walk.nodes)
        for target in range(len(self._walk.nodes)):
            record = self._made_by[target]
            if record is None or target in self._walk.leaves or not self._is_result(target):
                continue
            for input_row, position in record.inputs:
                if input_row not in rows:
                    rows[input_row] = first + len(rows)
                    self._add_input(self._records.inputs[input_row])
                self._edges.append((rows[input_row], 0, target, position, 0))
        self.input_rows = list(rows)

    def _add_input(self, record: InputRecord) -> None:
        text = self._strings.add
        node = len(self._nodes["kind"])
        values = (
            INPUT,
            ROLE_INPUT,
            self._strings.always(""),
            text(record.name),
            text(record.name or "input"),
            -1,
            -1,
            text(record.file),
            record.line,
            text(record.scope),
            int(record.frozen),
            -1,
        )
        for column, value in zip(m.NODE_COLUMNS, values, strict=False):
            self._nodes[column].append(value)
        self._add_output(node, 0, record.shape, record.dtype, record.device)


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
