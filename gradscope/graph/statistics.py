"""What passed through the nodes of a graph: arrays by node for output 0, rows for further outputs.

-1 means "not measured" in every column but ``mean`` and ``v0``..``v3``; ``known`` tells whether a node was reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from gradscope.wire.messages import STATISTIC_COLUMNS

if TYPE_CHECKING:
    from gradscope.wire.table import Table

Floats: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
Bools: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]

_MEASURED = tuple(name for name in STATISTIC_COLUMNS if name not in ("node", "output"))


@dataclass(frozen=True, slots=True, eq=False)
class NodeStatistics:
    """Statistics of one pass. ``known[n]``: something reached output 0 of node n; ``columns[name][n]`` what it came to.

    ``further`` holds the rows of outputs above 0 by (node, output), each a dict of the same columns.
    """

    known: Bools
    columns: dict[str, Floats]
    further: dict[tuple[int, int], dict[str, float]]

    @classmethod
    def empty(cls, nodes: int) -> NodeStatistics:
        """Nothing measured yet, for a graph of so many nodes."""
        columns = {name: np.full(nodes, -1.0) for name in _MEASURED}
        return cls(np.zeros(nodes, bool), columns, {})

    def merged(self, table: Table) -> NodeStatistics:
        """A new object in which the rows of ``table`` replace what was known of their nodes."""
        if table.rows == 0:
            return self
        matrix = np.frombuffer(table.data, "<f8").reshape(len(table.columns), table.rows)
        rows = {name: matrix[index] for index, name in enumerate(table.columns)}
        node, output = rows["node"].astype(np.int64), rows["output"].astype(np.int64)
        inside = (node >= 0) & (node < len(self.known))
        first = inside & (output == 0)
        known = self.known.copy()
        known[node[first]] = True
        columns = dict(self.columns)
        for name in _MEASURED:
            if name in rows:
                values = columns[name].copy()
                values[node[first]] = rows[name][first]
                columns[name] = values
        further = dict(self.further)
        for row in np.flatnonzero(inside & (output > 0)):
            key = (int(node[row]), int(output[row]))
            further[key] = {name: float(rows[name][row]) for name in _MEASURED if name in rows}
        return NodeStatistics(known, columns, further)

    def row(self, node: int, output: int = 0) -> dict[str, float] | None:
        """All columns of one output; None if nothing reached it."""
        if output > 0:
            return self.further.get((node, output))
        if not self.known[node]:
            return None
        return {name: float(values[node]) for name, values in self.columns.items()}

    def elements(self, node: int) -> tuple[float, ...]:
        """The values themselves where output 0 holds at most four, else ()."""
        count = int(self.columns["count"][node])
        if not self.known[node] or not 1 <= count <= 4:
            return ()
        return tuple(float(self.columns[f"v{index}"][node]) for index in range(count))
