"""A node's place by what lasts of it, and the nodes that a breakpoint means in a graph.

The rule is that of the training process (``gradscope.probe.places``): the call that made the node, its operation, and
which of those it was in the order of the forward; a leaf goes by its name. So a breakpoint set on a picture is found
there again, in another graph, and after a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.wire.messages import Breakpoint

from .snapshot import Call, GraphSnapshot, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator


def at_node(graph: GraphSnapshot, node: int, number: int) -> Breakpoint | None:
    """A breakpoint on this node; None for one that never runs: an input, or an operation without gradient."""
    if not 0 <= node < len(graph):
        return None
    operation = graph.text(node, "op")
    if graph.kind(node) is Kind.LEAF:
        return Breakpoint(number, "node", operation=operation, name=graph.text(node, "name"))
    if graph.kind(node) is not Kind.OP:
        return None
    call = call_key(graph.call(node))
    occurrence = _alike(graph, call, operation).index(node)
    return Breakpoint(number, "node", call, operation, occurrence)


def at_operation(graph: GraphSnapshot, node: int, number: int) -> Breakpoint | None:
    """A breakpoint on every node of this one's operation."""
    inside = 0 <= node < len(graph) and graph.kind(node) in (Kind.LEAF, Kind.OP)
    return Breakpoint(number, "operation", operation=graph.text(node, "op")) if inside else None


def at_function(graph: GraphSnapshot, node: int, number: int) -> Breakpoint | None:
    """A breakpoint on every call of the torch function that made this node; None where it is not known."""
    function = graph.text(node, "function") if 0 <= node < len(graph) and graph.kind(node) is Kind.OP else ""
    return Breakpoint(number, "function", operation=function) if function else None


def at_call(graph: GraphSnapshot, call: int, number: int) -> Breakpoint | None:
    """A breakpoint on every call of this one's module."""
    return Breakpoint(number, "call", graph.calls[call].module) if 0 <= call < len(graph.calls) else None


def nodes(graph: GraphSnapshot, breakpoint_: Breakpoint) -> list[int]:
    """The nodes at which it may stop backward, or that it stops in front of; none for one that looks at every node."""
    kind = breakpoint_.kind
    if kind == "function":
        return [node for node in _running(graph) if graph.text(node, "function") == breakpoint_.operation]
    if kind == "line":
        places = ((node, graph.source(node)) for node in _running(graph))
        return [node for node, at in places if at and at.line == breakpoint_.occurrence and _is(at.file, breakpoint_)]
    if kind == "operation":
        return [node for node in _running(graph) if graph.text(node, "op") == breakpoint_.operation]
    if kind != "node":
        return []
    if breakpoint_.name:
        found = [n for n in _running(graph) if graph.kind(n) is Kind.LEAF]
        return [node for node in found if graph.text(node, "name") == breakpoint_.name]
    alike = _alike(graph, breakpoint_.call, breakpoint_.operation)
    return alike[breakpoint_.occurrence : breakpoint_.occurrence + 1]


def calls(graph: GraphSnapshot, breakpoint_: Breakpoint) -> list[int]:
    """The calls that it stops at."""
    if breakpoint_.kind != "call":
        return []
    wanted = breakpoint_.call
    return [row for row, call in enumerate(graph.calls) if wanted in (call.module, call_key(call))]


def _is(file: str, one: Breakpoint) -> bool:
    return file == one.name or file.endswith(f"/{one.name}")


def call_key(call: Call | None) -> str:
    """``fc1#0``; "" for a node that no call made."""
    return "" if call is None else f"{call.module}#{call.occurrence}"


def _running(graph: GraphSnapshot) -> Iterator[int]:
    return (node for node in range(len(graph)) if graph.kind(node) in (Kind.LEAF, Kind.OP))


def _alike(graph: GraphSnapshot, call: str, operation: str) -> list[int]:
    """Operations with one name made in one call, in the order of the forward."""
    found = [
        node
        for node in _running(graph)
        if graph.kind(node) is Kind.OP and graph.text(node, "op") == operation and call_key(graph.call(node)) == call
    ]
    return sorted(found, key=lambda node: (int(graph.nodes["made"][node]), node))
