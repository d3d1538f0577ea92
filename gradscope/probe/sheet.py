"""The sheet on which a graph is written down for a message: rows of nodes, their outputs, edges, one list of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..wire import messages as m
from ..wire.table import Table
from .stacks import StackRows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .stacks import Spot

LEAF, OP, INPUT, UNTRACKED = range(4)
ROLE_LEAF, ROLE_INTERMEDIATE, ROLE_ROOT, ROLE_INPUT, ROLE_UNTRACKED = range(5)

Output = tuple[tuple[int, ...], str, str]  # shape, dtype, device


class NodeRow(NamedTuple):
    """What ``NODE_COLUMNS`` say of one node, texts as texts."""

    kind: int
    role: int
    operation: str = ""
    name: str = ""
    title: str = ""
    function: str = ""
    call: int = -1
    file: str = ""
    line: int = -1
    scope: str = ""
    frozen: bool = False
    made: int = -1
    stack: Spot | None = None


class Sheet:
    """Filled row by row. An edge is (source, source_output, target, target_input, tracked)."""

    def __init__(self, edges: Iterable[tuple[int, int, int, int]]) -> None:
        self._texts: dict[str, int] = {}
        self._nodes: dict[str, list[int]] = {name: [] for name in m.NODE_COLUMNS}
        self._outputs: dict[str, list[int]] = {name: [] for name in m.OUTPUT_COLUMNS}
        self.stacks = StackRows(self.text)
        self.edges: list[tuple[int, int, int, int, int]] = [(*edge, 1) for edge in edges]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text once; columns hold their numbers."""
        return tuple(self._texts)

    def text(self, text: str) -> int:
        """The number of a text, -1 for an empty one."""
        return self.always(text) if text else -1

    def always(self, text: str) -> int:
        """The number of a text, an empty one too."""
        return self._texts.setdefault(text, len(self._texts))

    def add(self, node: NodeRow, outputs: Iterable[Output]) -> int:
        """Write down a node and what comes out of it; its row."""
        row = len(self._nodes["kind"])
        values = (
            node.kind,
            node.role,
            self.always(node.operation),
            self.text(node.name),
            self.text(node.title),
            self.text(node.function),
            node.call,
            self.text(node.file),
            node.line,
            self.text(node.scope),
            int(node.frozen),
            node.made,
            self.stacks.row(node.stack),
        )
        for column, value in zip(m.NODE_COLUMNS, values, strict=True):
            self._nodes[column].append(value)
        for number, (shape, dtype, device) in enumerate(outputs):
            described = (row, number, self.always(",".join(map(str, shape))), self.always(dtype), self.always(device))
            for column, value in zip(m.OUTPUT_COLUMNS, described, strict=True):
                self._outputs[column].append(value)
        return row

    def nodes(self) -> Table:
        """Columns: ``NODE_COLUMNS``."""
        return Table.from_columns("i4", self._nodes)

    def outputs(self) -> Table:
        """Columns: ``OUTPUT_COLUMNS``."""
        return Table.from_columns("i4", self._outputs)

    def edge_table(self) -> Table:
        """Columns: ``EDGE_COLUMNS``."""
        columns = {name: [edge[place] for edge in self.edges] for place, name in enumerate(m.EDGE_COLUMNS)}
        return Table.from_columns("i4", columns)
