"""One captured autograd graph as immutable arrays, decoded from ``GraphCaptured``.

Node ids are row numbers and stay the same for every iteration with the same fingerprint. Edges point in the direction
of the forward, from leaf to root; the engine runs against them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from gradscope.wire.messages import (
    CALL_COLUMNS,
    CUT_COLUMNS,
    EDGE_COLUMNS,
    NODE_COLUMNS,
    OUTPUT_COLUMNS,
    SAVED_COLUMNS,
)

from .stacks import StackLine, outwards, stacks_of
from .ties import Hook, Link, hooks_of, links_of

if TYPE_CHECKING:
    from gradscope.wire.messages import GraphCaptured
    from gradscope.wire.table import Table

Ints: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int32]]


class Kind(IntEnum):
    """What a node is to autograd; the order is that of ``NODE_KINDS``."""

    LEAF = 0
    OP = 1
    INPUT = 2
    UNTRACKED = 3


class Role(IntEnum):
    """What a node is to the learner; the order is that of ``ROLES``."""

    LEAF = 0
    INTERMEDIATE = 1
    ROOT = 2
    INPUT = 3
    UNTRACKED = 4


@dataclass(frozen=True, slots=True)
class Output:
    """Metadata of one output of the forward operation that a node belongs to."""

    shape: tuple[int, ...]
    dtype: str
    device: str


@dataclass(frozen=True, slots=True)
class Source:
    """A line of the user's code. ``function`` is the one it stands in."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A tensor that a node holds until its backward. ``size`` in bytes, -1 if packed.

    Equal ``memory`` numbers share memory of ``held`` bytes; ``leaf`` is the leaf that owns it, -1 if none does.
    """

    node: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    size: int
    memory: int
    held: int
    leaf: int
    packed: bool
    version: int = -1  # how often it had been written to in place; -1 if unknown


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a path of gradient ends, between ``source`` and ``target``; the reason is one of ``CUT_REASONS``.

    ``target`` is -1 where no identity survives or nothing follows, ``source`` -1 where it is not known. ``off`` is
    where gradient was switched off for it.
    """

    source: int
    source_output: int
    target: int
    target_input: int
    reason: str
    at: Source | None
    off: Source | None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one module. ``module`` is its path from the root model ("" for the root itself).

    A part of a long flat stretch (see ``parts``) has ``lines``; its ``module`` is that of the call around it.
    """

    module: str
    occurrence: int
    type: str
    parent: int
    lines: str = ""

    @property
    def label(self) -> str:
        """``fc1`` for a first call, ``fc1#2`` for the third; of a part its lines."""
        if self.lines:
            return self.lines
        name = self.module or self.type
        return name if self.occurrence == 0 else f"{name}#{self.occurrence}"


@dataclass(frozen=True, slots=True, eq=False)
class GraphSnapshot:
    """A graph: N nodes, E edges, C calls. Integer columns index ``strings`` where a text is meant (-1: none)."""

    fingerprint: str
    strings: tuple[str, ...]
    nodes: dict[str, Ints]
    outputs: dict[str, Ints]
    edges: dict[str, Ints]
    calls: tuple[Call, ...]
    partial: bool = False
    iteration: int = -1
    saved: tuple[Saved, ...] = ()
    cuts: tuple[Cut, ...] = ()
    links: tuple[Link, ...] = ()
    hooks: tuple[Hook, ...] = ()
    stacks: tuple[StackLine, ...] = ()
    part: Ints = field(default_factory=lambda: np.zeros(0, np.int32))  # by node the part that it is in; empty: no parts
    cuts_known: bool = False  # False: captured in light level, where nobody looks for cuts
    _output_start: Ints = field(default_factory=lambda: np.zeros(1, np.int32))

    def __len__(self) -> int:
        return len(self.nodes["kind"])

    @classmethod
    def from_message(cls, message: GraphCaptured) -> GraphSnapshot:
        """Decode the columns; rows of outputs are sorted by node."""
        nodes = _columns(message.nodes, NODE_COLUMNS)
        outputs = _columns(message.outputs, OUTPUT_COLUMNS)
        by_node = np.lexsort((outputs["output"], outputs["node"]))
        outputs = {name: values[by_node] for name, values in outputs.items()}
        start = np.searchsorted(outputs["node"], np.arange(len(nodes["kind"]) + 1)).astype(np.int32)
        calls = _columns(message.calls, CALL_COLUMNS)
        strings = message.strings
        return cls(
            message.fingerprint,
            strings,
            nodes,
            outputs,
            _columns(message.edges, EDGE_COLUMNS),
            tuple(
                Call(_text(strings, module), int(occurrence), _text(strings, kind), int(parent))
                for module, occurrence, kind, parent in zip(*(calls[name] for name in CALL_COLUMNS), strict=True)
            ),
            message.partial,
            message.iteration,
            _saved(message),
            _cuts(message),
            links_of(message),
            hooks_of(message),
            stacks_of(message),
            cuts_known=bool(message.cuts.columns),
            _output_start=start,
        )

    def extended(self, strings: tuple[str, ...], row: dict[str, int], edges: dict[str, list[int]]) -> GraphSnapshot:
        """The graph with one node more, which has no outputs, and edges to it. Columns left out are -1."""
        count = len(next(iter(edges.values()), ()))
        return replace(
            self,
            strings=strings,
            nodes={name: _longer(column, [row.get(name, -1)]) for name, column in self.nodes.items()},
            edges={name: _longer(column, edges.get(name, [-1] * count)) for name, column in self.edges.items()},
            _output_start=_longer(self._output_start, [int(self._output_start[-1])]),
        )

    def kind(self, node: int) -> Kind:
        """Leaf, op, input or untracked."""
        return Kind(int(self.nodes["kind"][node]))

    def role(self, node: int) -> Role:
        """The role in the pass that this graph was captured for."""
        return Role(int(self.nodes["role"][node]))

    def text(self, node: int, column: str) -> str:
        """A text column of one node ("op", "name", "title", "function", "file", "scope"); "" if it has none."""
        return _text(self.strings, int(self.nodes[column][node]))

    def call(self, node: int) -> Call | None:
        """The module call that the node was made in."""
        row = int(self.nodes["call"][node])
        return self.calls[row] if row >= 0 else None

    def node_saved(self, node: int) -> tuple[Saved, ...]:
        """What the node holds until its backward; known in detail level only."""
        return tuple(entry for entry in self.saved if entry.node == node)

    def bytes_held(self) -> int:
        """What the graph keeps alive beyond its leaves, memory that several nodes share counted once."""
        return sum({e.memory: e.held for e in self.saved if e.memory >= 0 and e.leaf < 0}.values())

    def source(self, node: int) -> Source | None:
        """The user's line that made the node."""
        file = self.text(node, "file")
        return Source(file, int(self.nodes["line"][node]), self.text(node, "scope")) if file else None

    def stack(self, node: int) -> tuple[StackLine, ...]:
        """The user's frames in which the node was made, innermost first; known in detail level only."""
        return outwards(self.stacks, int(self.nodes["stack"][node]))

    def node_outputs(self, node: int) -> tuple[Output, ...]:
        """Shape, dtype and device of each output of the forward operation; for a leaf of the leaf itself."""
        rows = range(int(self._output_start[node]), int(self._output_start[node + 1]))
        return tuple(
            Output(
                parse_shape(_text(self.strings, int(self.outputs["shape"][row]))),
                _text(self.strings, int(self.outputs["dtype"][row])),
                _text(self.strings, int(self.outputs["device"][row])),
            )
            for row in rows
        )


def parse_shape(text: str) -> tuple[int, ...]:
    """``"64,10"`` to ``(64, 10)``; ``""`` is a scalar's ``()``."""
    return tuple(int(part) for part in text.split(",")) if text else ()


def _longer(column: Ints, more: list[int]) -> Ints:
    return np.concatenate([column, np.array(more, np.int32)]).astype(np.int32)


def _text(strings: tuple[str, ...], index: int) -> str:
    return strings[index] if index >= 0 else ""


def _saved(message: GraphCaptured) -> tuple[Saved, ...]:
    if not message.saved.rows:
        return ()
    unknown = [-1] * message.saved.rows  # an older probe did not say
    columns = [
        [int(value) for value in message.saved.column(name)] if name in message.saved.columns else unknown
        for name in SAVED_COLUMNS
    ]
    text = message.strings
    return tuple(
        Saved(
            node,
            _text(text, name),
            parse_shape(_text(text, shape)),
            _text(text, dtype),
            size,
            memory,
            held,
            leaf,
            packed == 1,
            version,
        )
        for node, name, shape, dtype, size, memory, held, leaf, packed, version in zip(*columns, strict=True)
    )


def _cuts(message: GraphCaptured) -> tuple[Cut, ...]:
    if not message.cuts.rows:
        return ()
    columns = _columns(message.cuts, CUT_COLUMNS)
    text = message.strings
    rows = zip(*(columns[name].tolist() for name in CUT_COLUMNS), strict=True)
    return tuple(
        Cut(
            source,
            output,
            target,
            slot,
            _text(text, reason),
            Source(_text(text, file), line, _text(text, scope)) if file >= 0 else None,
            Source(_text(text, off_file), off_line, "") if off_file >= 0 else None,
        )
        for source, output, target, slot, reason, file, line, scope, off_file, off_line in rows
    )


def _columns(table: Table, names: tuple[str, ...]) -> dict[str, Ints]:
    """Columns by name as read-only arrays; one that an older probe did not send is all -1."""
    if table.kind != "i4":
        raise ValueError(f"a graph's table is of kind i4, not {table.kind}")
    matrix = np.frombuffer(table.data, "<i4").reshape(len(table.columns), table.rows)
    known = {name: matrix[row] for row, name in enumerate(table.columns)}
    missing = np.full(table.rows, -1, np.int32)
    return {name: known.get(name, missing) for name in names}
