"""What the nodes of a pass took in it, and its forward before it: seconds of the host, NaN where nobody measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gradscope.wire.messages import BackwardTimed, ForwardTimed

    from .snapshot import GraphSnapshot, Ints
    from .statistics import Floats

NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class ForwardSeconds:
    """Of the graph of one pass. ``operations``: by node what the torch call took that made it, ``together`` which nodes
    were made by one (-1: unknown); ``calls``: by row of the graph's calls.
    """

    iteration: int
    pass_index: int
    operations: Floats
    together: Ints
    calls: Floats


def forward_told(
    message: ForwardTimed, graph: GraphSnapshot, known: tuple[ForwardSeconds, ...]
) -> tuple[ForwardSeconds, ...]:
    """``known`` of other passes of the iteration, and what was told, decoded for the graph of its pass."""
    operations, together = np.full(len(graph), np.nan), np.full(len(graph), NOBODY, np.int32)
    calls = np.full(len(graph.calls), np.nan)
    node = np.array(message.operations.column("node"), np.int64)
    usable = (node >= 0) & (node < len(graph))
    operations[node[usable]] = np.array(message.operations.column("seconds"))[usable]
    together[node[usable]] = np.array(message.operations.column("operation"), np.int32)[usable]
    call = np.array(message.calls.column("call"), np.int64)
    inside = (call >= 0) & (call < len(calls))
    calls[call[inside]] = np.array(message.calls.column("seconds"))[inside]
    iteration, index = message.iteration, message.pass_index
    others = (one for one in known if one.iteration == iteration and one.pass_index != index)
    return (*others, ForwardSeconds(iteration, index, operations, together, calls))


def backward_told(message: BackwardTimed, known: Floats, graph: GraphSnapshot) -> Floats:
    """``known`` with what was told; a new array, by node of the graph."""
    nodes = len(graph)
    seconds = known.copy() if len(known) == nodes else np.full(nodes, np.nan)
    node = np.array(message.nodes.column("node"), np.int64)
    usable = (node >= 0) & (node < nodes)
    seconds[node[usable]] = np.array(message.nodes.column("seconds"))[usable]
    return seconds
