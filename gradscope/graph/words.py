"""The words of a node: its gradient, or why there is none, and its value, in the terms a user knows.

Card, outline, inspector and export all ask here, so that they agree. What a status means:

========= ==========================================================================================
value     the gradient passed in this pass and is finite
zero      it passed, and every element is zero
nonfinite it passed, and NaN or Inf is among its elements
undefined autograd handed the node no tensor at all (None)
not yet   the pass has not come to this node, and may still
old       a leaf that still carries the gradient of an earlier iteration, to which this pass will add
none      the pass is over and nothing came; an input never gets one
frozen    a parameter that takes no gradient
cut       a leaf or an operation that this pass does not reach, because a path ends ahead of it or behind it
========= ==========================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from .cuts import cut_of, short_words
from .fault import RAISED
from .formats import format_element, format_elements, format_number, format_shape
from .snapshot import Kind, Role

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot
    from .state import PassState, RunState

Status = Literal["value", "frozen", "not yet", "old", "zero", "none", "cut", "undefined", "nonfinite"]
Codes: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int8]]
NodeIds: TypeAlias = np.ndarray[tuple[int], np.dtype[np.intp]]

# From harmless to worst: what a folded call reports is the last of these that occurs inside it.
STATUSES: tuple[Status, ...] = (
    "value",
    "frozen",
    "not yet",
    "old",
    "zero",
    "none",
    "cut",
    "undefined",
    "nonfinite",
)
INPUT_TEXT = "takes no gradient"
_CODE = {status: code for code, status in enumerate(STATUSES)}

__all__ = [
    "INPUT_TEXT",
    "STATUSES",
    "GradientWords",
    "Status",
    "format_element",
    "format_elements",
    "format_number",
    "format_shape",
    "gradient_statuses",
    "gradient_words",
    "pass_of",
    "status_text",
    "value_words",
]


@dataclass(frozen=True, slots=True)
class GradientWords:
    """``text`` is what a card says; with status "value" and more than four elements it is the norm alone."""

    status: Status
    text: str


def pass_of(state: RunState, graph: GraphSnapshot) -> PassState | None:
    """The newest pass of this iteration that ran through ``graph``; None for a partial graph."""
    if graph.partial:
        return None
    return next((p for p in reversed(state.passes) if p.fingerprint == graph.fingerprint), None)


def gradient_statuses(state: RunState, graph: GraphSnapshot) -> Codes:
    """The status of every node as an index into ``STATUSES``."""
    return _codes(pass_of(state, graph), graph, np.arange(len(graph)))


def gradient_words(state: RunState, graph: GraphSnapshot, node: int) -> GradientWords:
    """What is to be said of the gradient at one node."""
    current = pass_of(state, graph)
    status = STATUSES[int(_codes(current, graph, np.array([node]))[0])]
    if status == "value" and current is not None:
        elements = current.gradients.elements(node)
        if elements:
            return GradientWords(status, f"grad = {format_elements(elements)}")
        return GradientWords(status, format_number(float(current.gradients.columns["norm"][node])))
    if status == "nonfinite" and current is not None:
        return GradientWords(status, _nonfinite_text(current, node))
    if status == "old" and current is not None:
        return GradientWords(status, f"old, from iteration {current.iteration - 1}")
    if status == "none" and graph.kind(node) == Kind.INPUT:
        return GradientWords(status, INPUT_TEXT)
    if status == "cut" and graph.text(node, "op").startswith(RAISED):
        return GradientWords(status, "raised here")
    if status == "cut":
        found = cut_of(graph, node)
        return GradientWords(status, short_words(found.cut) if found is not None else "cut")
    return GradientWords(status, status_text(status))


def status_text(status: Status) -> str:
    """What a card says where there is no number to show."""
    if status in ("frozen", "cut", "old"):
        return status
    return f"grad: {status}"


def value_words(state: RunState, graph: GraphSnapshot, node: int) -> str:
    """``w = 2.0`` or ``b = [1.0, 2.0]`` where the forward value has at most four elements and is known, else ""."""
    title = graph.text(node, "title")
    values = state.values.get(graph.fingerprint)
    if values is not None and node < len(values.known):
        elements = values.elements(node)
        if elements:
            return f"{title} = {format_elements(elements)}"
    current = pass_of(state, graph)
    if current is not None and current.loss is not None and graph.role(node) == Role.ROOT and title == current.root:
        return f"{title} = {format_element(current.loss)}"
    return ""


def aliases_of(state: RunState, graph: GraphSnapshot, node: int) -> tuple[str, ...]:
    """What else a leaf is called beside its name: in a tied layer, or inside of a wrapper (``module.fc1.weight``)."""
    name = graph.text(node, "name") if graph.kind(node) != Kind.OP else ""
    return next((known.aliases for known in state.parameters if name and known.name == name), ())


def _codes(current: PassState | None, graph: GraphSnapshot, nodes: NodeIds) -> Codes:
    kind = graph.nodes["kind"][nodes]
    over = current is not None and current.ended
    codes = np.full(len(nodes), _CODE["none" if over else "not yet"], np.int8)
    codes[kind == Kind.INPUT] = _CODE["none"]
    codes[kind == Kind.UNTRACKED] = _CODE["cut"]
    codes[(kind == Kind.INPUT) & (graph.nodes["role"][nodes] == Role.LEAF)] = _CODE["cut"]
    if current is not None:
        _fill_measured(codes, current, nodes)
    codes[graph.nodes["frozen"][nodes] == 1] = _CODE["frozen"]
    return codes


def _fill_measured(codes: Codes, current: PassState, nodes: NodeIds) -> None:
    """What the pass brought, over what was assumed; a NaN norm counts though light level counts no elements."""
    gradients = current.gradients
    inside = nodes[nodes < len(gradients.known)]
    if len(inside) < len(nodes):
        return
    column = {name: gradients.columns[name][nodes] for name in ("defined", "norm", "nan", "inf")}
    known = gradients.known[nodes]
    if current.old:
        codes[np.isin(nodes, np.fromiter(current.old, np.intp, len(current.old)))] = _CODE["old"]
    codes[known] = _CODE["value"]
    codes[known & (column["norm"] == 0)] = _CODE["zero"]
    bad = (column["nan"] > 0) | (column["inf"] > 0) | ~np.isfinite(column["norm"])
    codes[known & bad] = _CODE["nonfinite"]
    codes[known & (column["defined"] == 0)] = _CODE["undefined"]


def _nonfinite_text(current: PassState, node: int) -> str:
    elements = current.gradients.elements(node)
    if elements:
        return f"grad = {format_elements(elements)}"
    counts = [(int(current.gradients.columns[name][node]), label) for name, label in (("nan", "NaN"), ("inf", "Inf"))]
    texts = [f"{count:,} {label}" for count, label in counts if count > 0]
    return ", ".join(texts) if texts else format_number(float(current.gradients.columns["norm"][node]))
