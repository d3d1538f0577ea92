"""The norms that passed every node in the passes of late, whatever graph they were passes of.

Like ``History``, states share one list and differ in how much of it they see. A pass takes four bytes a node; beyond
``ROOM`` nodes in all or ``PASSES`` passes, the oldest make way.
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .matching import matched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .snapshot import GraphSnapshot
    from .statistics import Floats, NodeStatistics

ROOM = 1 << 20
PASSES = 2048
SLACK = 16  # passes that have made way stay in the list until they are a 16th of it
LATELY = 8
MISSING = -1.0


class PassNorms(NamedTuple):
    """One pass: float32 norms by node, packed, -1 where nothing was measured."""

    iteration: int
    pass_index: int
    fingerprint: str
    norms: bytes

    @property
    def nodes(self) -> int:
        """How many there are."""
        return len(self.norms) // 4


class NodeHistory:
    """Passes in order. Immutable to its readers."""

    __slots__ = ("_first", "_last", "_nodes", "_passes")

    def __init__(self) -> None:
        self._passes: list[PassNorms] = []
        self._first = self._last = 0
        self._nodes = 0

    def __len__(self) -> int:
        return self._last - self._first

    def has_lately(self, iteration: int, pass_index: int, fingerprint: str) -> bool:
        """Whether a pass is among the last few."""
        lately = self._passes[max(self._first, self._last - LATELY) : self._last]
        return any(part[:3] == (iteration, pass_index, fingerprint) for part in lately)

    def appended(self, iteration: int, pass_index: int, fingerprint: str, gradients: NodeStatistics) -> NodeHistory:
        """A history with one pass more."""
        norms = np.where(gradients.known, gradients.columns["norm"], MISSING).astype("<f4").tobytes()
        longer = NodeHistory()
        shared = len(self._passes) == self._last and self._first < max(len(self) // SLACK, 64)
        longer._passes = self._passes if shared else self._passes[self._first : self._last]
        longer._first = self._first if shared else 0
        made = PassNorms(iteration, pass_index, sys.intern(fingerprint), norms)
        longer._passes.append(made)
        longer._last = len(longer._passes)
        longer._nodes = self._nodes + made.nodes
        while len(longer) > PASSES or (longer._nodes > ROOM and len(longer) > 1):
            longer._nodes -= longer._passes[longer._first].nodes
            longer._first += 1
        return longer

    def series(self, node: int, graph: GraphSnapshot, graphs: Mapping[str, GraphSnapshot]) -> tuple[Floats, Floats]:
        """Iterations and norms of what ``node`` of ``graph`` is in each pass; passes without it are left out."""
        found = []
        rows: dict[str, int] = {graph.fingerprint: node}
        for part in self._passes[self._first : self._last]:
            if part.fingerprint not in rows:
                other = graphs.get(part.fingerprint)
                rows[part.fingerprint] = -1 if other is None else matched(node, graph, other)
            row = rows[part.fingerprint]
            if 0 <= row < part.nodes:
                found.append((part.iteration, struct.unpack_from("<f", part.norms, 4 * row)[0]))
        columns = np.array(found, np.float64).reshape(len(found), 2)
        return columns[:, 0], columns[:, 1]
