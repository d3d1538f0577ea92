"""What the inspector says about a gradient that is missing or odd: the word of the card, and one sentence more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.leaf_uses import use_words
from gradscope.graph.snapshot import Kind
from gradscope.graph.words import GradientWords, Status, gradient_words, pass_of

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

PRESENT: frozenset[Status] = frozenset({"value", "zero", "nonfinite"})
PAUSE_FIRST = "Pause to see the tensor itself."
READING = "Reading it from the recording…"
MISSING: dict[str, str] = {
    "paused": "Waiting for the training process…",
    "ended": "Only figures were recorded of this moment; tensors can be seen while training is paused.",
    "lost": "The training process cannot be reached; of its tensors only these figures are known.",
}

_SENTENCES: dict[Status, str] = {
    "value": "",
    "zero": "Every element is zero: through this node, nothing before it learns in this pass.",
    "nonfinite": "NaN or Inf is among its elements; they are counted below and drawn in magenta.",
    "not yet": "backward() has not come to this node.",
    "old": "It was not cleared: .grad still holds it, and this pass adds to it.",
    "frozen": "requires_grad is False: autograd keeps no gradient for it, and the optimizer does not move it.",
    "cut": "Its result has no grad_fn: no gradient passes here to what lies before it.",
    "undefined": "Autograd ran this node without a gradient (None): what uses its result sent none back.",
    "none": "The pass is over and brought nothing here.",
}


def about_gradient(state: RunState, graph: GraphSnapshot, node: int) -> tuple[GradientWords, str]:
    """The words of a node's gradient, and a sentence that explains them ("" where there is nothing to explain)."""
    words = gradient_words(state, graph, node)
    if words.status == "none" and graph.kind(node) == Kind.INPUT:
        return words, "It feeds the graph; nobody asked for its gradient (requires_grad is False)."
    if words.status == "not yet" and pass_of(state, graph) is None:
        return words, "backward() has not been called on this graph."
    further = (_changed(state, graph, node), _uses(state, graph, node))
    return words, _SENTENCES[words.status] or " ".join(text for text in further if text)


def _uses(state: RunState, graph: GraphSnapshot, node: int) -> str:
    """What each of a leaf's several uses brought it."""
    current = pass_of(state, graph)
    return use_words(current.uses, graph, node) if current is not None else ""


def _changed(state: RunState, graph: GraphSnapshot, node: int) -> str:
    """What became of a leaf's gradient between the pass and the update: unscaled, clipped, reduced."""
    current = pass_of(state, graph)
    if graph.kind(node) != Kind.LEAF or current is None or current.iteration != state.leaf_gradients.iteration:
        return ""
    name = graph.text(node, "name")
    index = next((p.index for p in state.parameters if name and name == p.name), -1)
    return state.leaf_gradients.words(index)
