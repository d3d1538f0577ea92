"""Gradients on their way through one pass: not finite, dying in a ReLU, vanishing or exploding over depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.formats import format_number
from gradscope.graph.snapshot import Kind

from .findings import Finding, node_place

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import PassState, RunState
    from gradscope.graph.statistics import Bools, Floats

VANISHED = 1e-8  # of the largest gradient, by element
EXPLODED = 1e5
_RELUS = ("ReluBackward0", "ReluBackward1", "ThresholdBackward0")
_MOST_RELUS = 4


def _current(state: RunState) -> tuple[PassState, GraphSnapshot] | None:
    current = state.current_pass
    graph = state.graphs.get(current.fingerprint) if current is not None else None
    if current is None or graph is None or not current.ended or len(current.gradients.known) != len(graph):
        return None
    return current, graph


def not_finite(state: RunState) -> list[Finding]:
    """The first node, in the order of backward, that sent NaN or Inf on."""
    found = _current(state)
    if found is None:
        return []
    current, graph = found
    bad = _bad(current)
    if not bad.any():
        return []
    tracked = graph.edges["tracked"] == 1
    source, target = graph.edges["source"][tracked], graph.edges["target"][tracked]
    from_bad = np.zeros(len(graph), bool)
    from_bad[source[bad[target]]] = True
    first = np.flatnonzero(bad & ~from_bad)
    node = int(first[0]) if len(first) else int(np.flatnonzero(bad)[0])
    senders = [int(row) for row in target[source == node]]
    sender = senders[0] if senders else node
    title, op = graph.text(sender, "title"), graph.text(sender, "op")
    loss_itself = not senders
    sentence = (
        "The gradient that backward began with is not finite: the loss itself is not."
        if loss_itself
        else f"{op} ({title}) received finite gradients and sent NaN or Inf on to {graph.text(node, 'title')}."
    )
    return [
        Finding(
            "gradient-not-finite",
            "error",
            f"NaN or Inf comes out of {op} ({title})" if not loss_itself else "The gradient of the loss is not finite",
            sentence,
            "Look at what this operation was given: a root, a logarithm or a division near 0; with float16 use a"
            " GradScaler. Break when any gradient is NaN stops right there.",
            node=sender,
            fingerprint=graph.fingerprint,
            iteration=current.iteration,
            places=node_place(graph, sender, f"{op} was made here"),
            evidence=(("nodes with NaN or Inf", f"{int(bad.sum())} of {int(current.gradients.known.sum())}"),),
            detail_helps=current.level != "detail",
        )
    ]


def _bad(current: PassState) -> Bools:
    columns = current.gradients.columns
    wrong = (columns["nan"] > 0) | (columns["inf"] > 0) | ~np.isfinite(columns["norm"])
    return np.asarray(current.gradients.known & (columns["defined"] != 0) & wrong)


def dead_relu(state: RunState) -> list[Finding]:
    """A ReLU that takes in a gradient and lets none of it through: every one of its inputs is below 0."""
    found = _current(state)
    if found is None:
        return []
    current, graph = found
    norms, known = current.gradients.columns["norm"], current.gradients.known
    values = state.values.get(graph.fingerprint)
    findings: list[Finding] = []
    for node in np.flatnonzero(graph.nodes["kind"] == Kind.OP).tolist():
        if graph.text(node, "op") not in _RELUS or not known[node]:
            continue
        rows = np.flatnonzero((graph.edges["target"] == node) & (graph.edges["tracked"] == 1))
        sources = graph.edges["source"][rows]
        silent = len(sources) > 0 and bool((known[sources] & (norms[sources] == 0)).all()) and norms[node] > 0
        row = values.row(node) if values is not None and len(values.known) == len(graph) else None
        zero = row is not None and row["count"] > 1 and row["zeros"] == row["count"]
        if (silent or zero) and len(findings) < _MOST_RELUS:
            findings.append(_dead(graph, node, current.iteration, row))
    return findings


def _dead(graph: GraphSnapshot, node: int, iteration: int, row: dict[str, float] | None) -> Finding:
    call = graph.call(node)
    title = call.label if call is not None and call.type == "ReLU" else graph.text(node, "title")
    zeros = f"{row['zeros']:.0f} of {row['count']:.0f}" if row is not None else "not measured in light level"
    return Finding(
        "dead-relu",
        "warning",
        f"{title}: a dead ReLU",
        f"Every input of this ReLU is below 0, so its output is 0 everywhere and no gradient passes through {title} to"
        " what lies before it.",
        "Look at the bias and the scale of the layer before: a bias far below 0, or a step that was too large. Lower"
        " the learning rate, initialise anew, or use leaky_relu.",
        subject=f"{title} {node}",
        node=node,
        fingerprint=graph.fingerprint,
        iteration=iteration,
        places=node_place(graph, node, "the ReLU"),
        evidence=(("zeros in its output", zeros),),
    )


def over_depth(state: RunState) -> list[Finding]:
    """Gradients of weights that differ by orders of magnitude along the depth."""
    found = _current(state)
    if found is None:
        return []
    current, graph = found
    rows, sizes = _weights(current, graph)
    if len(rows) < 4:
        return []
    largest, smallest = int(np.argmax(sizes)), int(np.argmin(sizes))
    first, last = rows[smallest], rows[largest]
    big, small = float(sizes[largest]), float(sizes[smallest])
    rule, name, node = "", "", -1
    if big > EXPLODED:
        rule, name, node = "exploding", graph.text(last, "name"), last
    elif 0 < small < VANISHED * big:
        rule, name, node = "vanishing", graph.text(first, "name"), first
    if not rule:
        return []
    figures = (
        f"{format_number(big)} at {graph.text(last, 'name')} to {format_number(small)} at {graph.text(first, 'name')}"
    )
    remedy = {
        "exploding": "Clip gradients (torch.nn.utils.clip_grad_norm_), lower the learning rate, normalise layers.",
        "vanishing": "Use residual connections or normalisation, another activation, or another initialisation.",
    }
    return [
        Finding(
            f"gradients-{rule}",
            "warning",
            f"Gradients are {rule}: {name}",
            f"By element, the gradients of the weights go from {figures}.",
            remedy[rule],
            node=node,
            fingerprint=graph.fingerprint,
            iteration=current.iteration,
        )
    ]


def _weights(current: PassState, graph: GraphSnapshot) -> tuple[list[int], Floats]:
    """Leaves of two dimensions or more that got a finite gradient, and its root mean square."""
    columns, known = current.gradients.columns, current.gradients.known
    rows: list[int] = []
    sizes: list[float] = []
    for node in np.flatnonzero((graph.nodes["kind"] == Kind.LEAF) & known).tolist():
        outputs = graph.node_outputs(node)
        count = float(np.prod(outputs[0].shape)) if outputs and len(outputs[0].shape) > 1 else 0.0
        norm = float(columns["norm"][node])
        if count > 1 and np.isfinite(norm) and norm >= 0:
            rows.append(node)
            sizes.append(norm / count**0.5)
    return rows, np.array(sizes)
