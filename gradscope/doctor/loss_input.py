"""What a loss is given: probabilities where it wants scores, and statistics of a model that is not in training mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.snapshot import Kind

from .findings import Finding, node_place

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

# Nodes that hand every number on as it is, in another shape.
_SAME = frozenset(
    f"{name}Backward0"
    for name in ("View", "UnsafeView", "Reshape", "ReshapeAlias", "Squeeze", "Unsqueeze", "Transpose", "Permute")
) | {"SqueezeBackward1", "TBackward0", "CloneBackward0", "ToCopyBackward0", "AliasBackward0"}
_SIGMOID, _SOFTMAX, _LOG_SOFTMAX = "SigmoidBackward0", "SoftmaxBackward0", "LogSoftmaxBackward0"
_NLL = ("NllLossBackward0", "NllLoss2DBackward0")
_WITH_LOGITS = "BinaryCrossEntropyWithLogitsBackward0"
_BATCH_NORMS = ("NativeBatchNormBackward0", "CudnnBatchNormBackward0", "MiopenBatchNormBackward0")


def squashed_twice(state: RunState) -> list[Finding]:
    """Softmax or sigmoid before a loss that does the same once more, or a loss that wants logarithms of them."""
    current = state.current_pass
    graph = state.graphs.get(current.fingerprint) if current is not None else None
    if current is None or graph is None:
        return []
    found = []
    for node in np.flatnonzero(graph.nodes["kind"] == Kind.OP).tolist():
        op = graph.text(node, "op")
        if op == _WITH_LOGITS:
            before = _maker(graph, node)
            if graph.text(before, "op") == _SIGMOID:
                found.append(_twice(graph, before, node, "binary_cross_entropy_with_logits", current.iteration))
        elif op in _NLL:
            scores = _maker(graph, node)
            before = _maker(graph, scores)
            if graph.text(scores, "op") == _LOG_SOFTMAX and graph.text(before, "op") in (_SOFTMAX, _SIGMOID):
                found.append(_twice(graph, before, node, "cross_entropy", current.iteration))
            elif graph.text(scores, "op") == _SOFTMAX:
                found.append(_no_logarithm(graph, scores, node, current.iteration))
    return found


def _maker(graph: GraphSnapshot, node: int) -> int:
    """The node that made the first input of another one, past all that only give it another shape; -1 if a leaf did."""
    edges = graph.edges
    while node >= 0:
        rows = np.flatnonzero((edges["target"] == node) & (edges["tracked"] == 1) & (edges["target_input"] == 0))
        node = int(edges["source"][rows[0]]) if len(rows) else -1
        if node < 0 or graph.nodes["kind"][node] != Kind.OP:
            return -1
        if graph.text(node, "op") not in _SAME:
            return node
    return -1


def _twice(graph: GraphSnapshot, first: int, loss: int, function: str, iteration: int) -> Finding:
    squash = "sigmoid" if graph.text(first, "op") == _SIGMOID else "softmax"
    title = graph.text(first, "title")
    return Finding(
        "squashed-twice",
        "warning",
        f"{squash} before {function}",
        f"{function} wants scores of any size and squashes them itself. What it is given comes out of {squash} already:"
        " all lies between 0 and 1, the loss cannot come near 0, and its gradients are weak.",
        f"Give {function} the scores as the last layer makes them, and use {squash} only to read predictions."
        + (
            " For one answer of each class on its own take binary_cross_entropy_with_logits." * (squash == "sigmoid")
            if function == "cross_entropy"
            else ""
        ),
        subject=f"{title} {first}",
        node=first,
        fingerprint=graph.fingerprint,
        iteration=iteration,
        places=(*node_place(graph, first, f"the {squash}"), *node_place(graph, loss, "the loss")),
    )


def _no_logarithm(graph: GraphSnapshot, scores: int, loss: int, iteration: int) -> Finding:
    title = graph.text(scores, "title")
    return Finding(
        "no-logarithm",
        "warning",
        "nll_loss of probabilities",
        f"nll_loss takes the logarithms of probabilities, and {title} is the probabilities themselves: the loss is"
        " their mean below 0, and says little about right and wrong.",
        "Use log_softmax in place of softmax; or cross_entropy on the scores themselves.",
        subject=f"{title} {scores}",
        node=scores,
        fingerprint=graph.fingerprint,
        iteration=iteration,
        places=(*node_place(graph, scores, "the softmax"), *node_place(graph, loss, "the loss")),
    )


def evaluation_mode(state: RunState) -> list[Finding]:
    """Batch normalisation that takes its stored statistics in a pass that trains its weight: the model is in eval()."""
    current = state.current_pass
    graph = state.graphs.get(current.fingerprint) if current is not None else None
    if current is None or graph is None:
        return []
    # In training torch saves the mean of the batch; in evaluation there is none, and it saves an empty tensor.
    stored = sorted({one.node for one in graph.saved if one.name == "result1" and one.shape == (0,)})
    stored = [node for node in stored if graph.text(node, "op") in _BATCH_NORMS and _trains(graph, node)]
    norms = sum(graph.text(row, "op") in _BATCH_NORMS for row in range(len(graph)))
    if not stored or len(stored) < norms:  # some of them frozen on purpose
        return []
    first = stored[0]
    return [
        Finding(
            "evaluation-mode",
            "warning",
            "The model trains in evaluation mode",
            f"{graph.text(first, 'title')} normalises by stored statistics, not by those of the batch, as all"
            " batch norms do after eval(). Dropout is off in this mode, too.",
            "Call model.train() before each training epoch, and model.eval() only around evaluation.",
            node=first,
            fingerprint=graph.fingerprint,
            iteration=current.iteration,
            places=node_place(graph, first, "normalised here"),
        )
    ]


def _trains(graph: GraphSnapshot, node: int) -> bool:
    """Whether a weight or bias of its own takes a gradient."""
    edges = graph.edges
    sources = edges["source"][(edges["target"] == node) & (edges["tracked"] == 1)]
    return bool((graph.nodes["kind"][sources] == Kind.LEAF).any())
