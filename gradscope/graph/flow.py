"""Where one node sends the gradient it receives, and whether it has done so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from .formats import format_shape
from .local_rules import REARRANGED, local_rule
from .snapshot import Kind
from .words import pass_of

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot
    from .state import RunState

Tense = Literal["past", "next", "future", "never"]
MOST_LINES = 8
_SENDS: dict[Tense, str] = {"past": "This node took {g} and sent", "next": "Next: this node takes {g} and sends",
                            "future": "This node will take {g} and send",
                            "never": "This node would take {g} and send"}  # fmt: skip
_ADDS: dict[Tense, str] = {"past": "{g} was added to {name}.grad", "next": "Next: {g} is added to {name}.grad",
                           "future": "{g} will be added to {name}.grad",
                           "never": "{g} would be added to {name}.grad"}  # fmt: skip
_RETURNED = "autograd.grad() returns {g} to its caller and leaves {name}.grad as it is"


@dataclass(frozen=True, slots=True)
class Sent:
    """One gradient on its way: ``text`` says what, ``node`` where it goes; untracked ones get nothing."""

    node: int
    text: str
    tracked: bool


def tense(state: RunState, graph: GraphSnapshot, node: int) -> Tense:
    """Whether a node of backward has run, is about to, will, or would have if the pass had come to it."""
    current = pass_of(state, graph)
    if current is None:
        return "future"
    if current.ended:
        return "past" if bool(current.gradients.known[node]) else "never"
    pause = state.pause
    if pause is None or pause.point != "node":
        return "past" if pause is None and bool(current.gradients.known[node]) else "future"
    if pause.node == node:
        return "next"
    place = np.flatnonzero(current.order == node)
    return "past" if len(place) and int(place[0]) < pause.position - 1 else "future"


def root_title(state: RunState, graph: GraphSnapshot) -> str:
    """What gradients are taken of: the name that ``backward()`` was called on, else the root's title."""
    current = pass_of(state, graph)
    if current is not None and current.root:
        return current.root
    roots = np.flatnonzero(graph.nodes["role"] == 2)
    return graph.text(int(roots[0]), "title") if len(roots) else "loss"


def headline(state: RunState, graph: GraphSnapshot, node: int) -> str:
    """What the node does with its gradient, in the tense that is true now; "" where none flows."""
    kind = graph.kind(node)
    if kind not in (Kind.LEAF, Kind.OP) or bool(graph.nodes["frozen"][node] == 1):
        return ""
    title = graph.text(node, "title")
    outputs = graph.node_outputs(node)
    size = format_shape(outputs[0].shape) if outputs else ""
    further = f", first of {len(outputs)} outputs" if len(outputs) > 1 else ""
    gradient = f"g = ∂{root_title(state, graph)}/∂{title}" + (f" ({size}{further})" if size else "")
    when = tense(state, graph, node)
    if kind == Kind.OP:
        return _SENDS[when].format(g=gradient)
    current = pass_of(state, graph)
    form = _RETURNED if current is not None and current.kind == "grad" else _ADDS[when]
    return form.format(g=gradient, name=title)


def sent(graph: GraphSnapshot, node: int) -> list[Sent]:
    """What a node sends to each of its inputs, in the order of ``next_functions``; untracked inputs last."""
    rows = np.flatnonzero(graph.edges["target"] == node)
    ordered = rows[np.lexsort((graph.edges["target_input"][rows], graph.edges["tracked"][rows] != 1))]
    return [_sent(graph, int(row)) for row in ordered]


def _sent(graph: GraphSnapshot, row: int) -> Sent:
    source = int(graph.edges["source"][row])
    title = graph.text(source, "title")
    if graph.edges["tracked"][row] != 1:
        reason = "is frozen" if graph.nodes["frozen"][source] == 1 else "takes no gradient"
        return Sent(source, f"nothing to {title}: it {reason}", False)
    node, output = int(graph.edges["target"][row]), int(graph.edges["source_output"][row])
    result, shape = _shape(graph, node, 0), _shape(graph, source, output)
    rule = local_rule(
        graph.text(node, "op"), graph.text(node, "function"), int(graph.edges["target_input"][row]), result, shape
    )
    size = f" ({format_shape(shape)})" if shape is not None else ""
    end, then = _through_rearranging(graph, source)
    reached = graph.text(end, "title")
    if then:
        return Sent(end, f"{rule or 'a gradient'}{size}, then {then} → {reached}", True)
    return Sent(source, f"{rule or 'a gradient'} → {title}{size}", True)


def _shape(graph: GraphSnapshot, node: int, output: int) -> tuple[int, ...] | None:
    outputs = graph.node_outputs(node)
    return outputs[output].shape if 0 <= output < len(outputs) else None


def _through_rearranging(graph: GraphSnapshot, node: int) -> tuple[int, str]:
    """Past transposes and reshapes with one input to the node that the gradient is meant for, and what they do."""
    words: list[str] = []
    while len(words) < MOST_LINES and graph.text(node, "op") in REARRANGED:
        rows = np.flatnonzero((graph.edges["target"] == node) & (graph.edges["tracked"] == 1))
        if len(rows) != 1:
            break
        words.append(REARRANGED[graph.text(node, "op")])
        node = int(graph.edges["source"][rows[0]])
    return node, ", ".join(words)
