"""A loss between tensors that do not have the same shape: (N, 1) against (N,) becomes N times N without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.formats import format_shape
from gradscope.graph.snapshot import Kind

from .findings import Finding, node_place

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

_LOSSES = ("MseLossBackward0", "L1LossBackward0", "SmoothL1LossBackward0", "HuberLossBackward0")
_FUNCTIONS = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")  # they expand both to one shape first
_DIFFERENCES = ("SubBackward0",)


def broadcast_loss(state: RunState) -> list[Finding]:
    """Predictions and targets of different shapes in a loss, or in a difference that becomes one."""
    current = state.current_pass
    graph = state.graphs.get(current.fingerprint) if current is not None else None
    if current is None or graph is None:
        return []
    findings = []
    for node in np.flatnonzero(graph.nodes["kind"] == Kind.OP).tolist():
        op = graph.text(node, "op")
        if op == "ExpandBackward0" and graph.text(node, "function") in _FUNCTIONS:
            given = _expanded(graph, node)
        elif op in _LOSSES or op in _DIFFERENCES:
            given = _given(graph, node)
        else:
            continue
        if len(given) == 2 and _grows(given[0][1], given[1][1]):
            findings.append(_finding(graph, node, given, current.iteration))
    return findings


def _given(graph: GraphSnapshot, node: int) -> list[tuple[str, tuple[int, ...]]]:
    """Name and shape of what an operation was given; what it saved where an input is no node of the graph."""
    edges = graph.edges
    rows = np.flatnonzero(edges["target"] == node)
    found: list[tuple[str, tuple[int, ...]]] = []
    for row in rows[np.argsort(edges["target_input"][rows], kind="stable")].tolist():
        source = int(edges["source"][row])
        outputs = graph.node_outputs(source)
        output = max(0, int(edges["source_output"][row]))
        if output < len(outputs):
            found.append((graph.text(source, "title"), outputs[output].shape))
    if len(found) < 2:
        saved = [(one.name, one.shape) for one in graph.node_saved(node) if one.name in ("self", "target")]
        found = saved if len(saved) == 2 else found
    return found


def _expanded(graph: GraphSnapshot, node: int) -> list[tuple[str, tuple[int, ...]]]:
    """The two sides of a loss that expanded one of them: that one, and the other among what the call was given."""
    edges = graph.edges
    sources = edges["source"][(edges["target"] == node) & (edges["tracked"] == 1)].tolist()
    users = edges["target"][(edges["source"] == node) & (edges["tracked"] == 1)].tolist()
    around = np.isin(edges["target"], [node, *users]) & np.isin(edges["source"], [node, *sources], invert=True)
    others = [int(source) for source in edges["source"][around]]
    if not sources or not others:
        return []
    both = (int(sources[0]), others[-1])
    shapes = [outputs[0].shape if (outputs := graph.node_outputs(one)) else () for one in both]
    return [(graph.text(one, "title"), shape) for one, shape in zip(both, shapes, strict=True)]


def _grows(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether both have to be repeated to fit: the result is larger than either."""
    if len(one) == len(other):
        return False
    wider, narrower = (one, other) if len(one) > len(other) else (other, one)
    padded = (1,) * (len(wider) - len(narrower)) + narrower
    if any(a != b and 1 not in (a, b) for a, b in zip(wider, padded, strict=True)):
        return False
    result = [max(a, b) for a, b in zip(wider, padded, strict=True)]
    size = int(np.prod(result))
    return size > int(np.prod(one)) and size > int(np.prod(other))


def _finding(graph: GraphSnapshot, node: int, given: list[tuple[str, tuple[int, ...]]], iteration: int) -> Finding:
    (first, one), (second, other) = given
    wider = max(len(one), len(other))
    sizes = [(1,) * (wider - len(shape)) + shape for shape in (one, other)]
    result = tuple(max(a, b) for a, b in zip(*sizes, strict=True))
    title = graph.text(node, "function" if graph.text(node, "op") == "ExpandBackward0" else "title")
    longer, shape = (first, one) if len(one) > len(other) else (second, other)
    axis = next((place for place, size in enumerate(shape) if size == 1), len(shape) - 1)
    return Finding(
        "broadcast-loss",
        "warning",
        f"{title}: {format_shape(one)} against {format_shape(other)} is {format_shape(result)}",
        f"{first} is {format_shape(one)} and {second} is {format_shape(other)}: every prediction is compared with every"
        f" target, {format_shape(result)} pairs, and the loss is least when all predictions are the mean.",
        f"Give both one shape: {longer}.squeeze({axis}), or unsqueeze the other.",
        subject=f"{title} {node}",
        node=node,
        fingerprint=graph.fingerprint,
        iteration=iteration,
        places=node_place(graph, node, "the loss"),
    )
