"""The exception that a run came to, in the graph as far as it got.

Where a forward raised, the operation at fault made no autograd node. It is drawn all the same, as one untracked node
behind everything else, fed by what it was given, so that both shapes of a mismatch stand on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from gradscope.wire.messages import ExceptionRaised
from gradscope.wire.messages import GradientLost as GradientLost
from gradscope.wire.messages import Mutation as Mutation
from gradscope.wire.messages import Operand as Operand
from gradscope.wire.messages import Reuse as Reuse
from gradscope.wire.messages import TraceLine as TraceLine
from gradscope.wire.messages import Write as Write

from .formats import format_shape
from .snapshot import Kind, Role
from .statistics import NodeStatistics

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot


Fault: TypeAlias = ExceptionRaised
RAISED = "raised: "  # how the operation of the node begins that stands for what raised
_MOST_SHAPES = 3


@dataclass(frozen=True, slots=True)
class FaultSeen:
    """An exception that was told, and the node at fault in the graph that it names (-1: none)."""

    told: Fault
    node: int


def seen(before: FaultSeen | None, fault: Fault, partial: GraphSnapshot | None) -> FaultSeen:
    """What is known once an exception was told; one that is told again, as it leaves the script, keeps what was."""
    if before is not None and fault.unwound and (before.told.type, before.told.message) == (fault.type, fault.message):
        again = replace(before.told, unwound=True, held=before.told.held or fault.held, caught=False)
        return FaultSeen(again, before.node)
    drawn = fault.node < 0 and partial is not None and partial.fingerprint == fault.fingerprint and fault.expression
    return FaultSeen(fault, len(partial) if drawn and partial is not None else fault.node)


def node_at_fault(fault: FaultSeen | None, graph: GraphSnapshot) -> int:
    """The node of this graph that an exception was raised at; -1 if it is another's or unknown."""
    if fault is None or fault.told.fingerprint != graph.fingerprint:
        return -1
    return fault.node if fault.node < len(graph) else -1


def operand_words(fault: Fault) -> str:
    """``64 x 10 and 12 x 5``: the shapes of the tensors that the operation was given."""
    told = [one for one in fault.operands if one.dtype and not one.name.endswith(".bias")]
    return " and ".join(format_shape(one.shape) for one in told[:_MOST_SHAPES])


def with_operation(graph: GraphSnapshot, fault: Fault) -> GraphSnapshot:
    """The graph with one node more: the operation that raised. Its edges are untracked, since it made no node."""
    strings = list(graph.strings)

    def text(value: str) -> int:
        if not value:
            return -1
        strings.append(value)
        return len(strings) - 1

    node = len(graph)
    place = fault.frames[0] if fault.frames else None
    row = {
        "kind": Kind.UNTRACKED,
        "role": Role.UNTRACKED,
        "op": text(RAISED + operand_words(fault)),
        "title": text(fault.expression),
        "function": text(fault.operation),
        "file": text(place.file if place else ""),
        "line": place.line if place else -1,
        "scope": text(place.function if place else ""),
        "frozen": 0,
    }
    fed = [operand.node for operand in fault.operands if 0 <= operand.node < node]
    edges = {"source": fed, "target": [node] * len(fed), "target_input": list(range(len(fed)))}
    edges |= {"source_output": [0] * len(fed), "tracked": [0] * len(fed)}
    return graph.extended(tuple(strings), row, edges)


def with_room(known: NodeStatistics, nodes: int) -> NodeStatistics:
    """The same figures for a graph of more nodes."""
    wider = NodeStatistics.empty(nodes)
    here = len(known.known)
    wider.known[:here] = known.known
    for name, values in known.columns.items():
        wider.columns[name][:here] = values
    wider.further.update(known.further)
    return wider
