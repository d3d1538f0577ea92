"""What a card says before any number is known: title, shape, operation, and what is inside a closed call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.calltree import call_tree
from gradscope.graph.fault import RAISED
from gradscope.graph.formats import format_count, format_shape
from gradscope.graph.snapshot import Kind, Role
from gradscope.graph.visible import ItemKind

from .sizes import chip_text, gathered_header, operation_text

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.visible import VisibleGraph


@dataclass(frozen=True, slots=True)
class Card:
    """``title`` bold at left, ``side`` at right (shape, or a call's type), ``detail`` below."""

    title: str
    side: str = ""
    detail: str = ""


def card_of(graph: GraphSnapshot, visible: VisibleGraph, item: int) -> Card:
    """The texts of one item."""
    kind = ItemKind(int(visible.kinds[item]))
    if kind in (ItemKind.CLOSED_CALL, ItemKind.OPEN_CALL):
        return _call_card(graph, visible, item)
    node = int(visible.node[item])
    if kind is ItemKind.CHIP:
        return Card(chip_text(graph.text(node, "op")) or title_of(graph, node))
    return Card(title_of(graph, node), shape_of(graph, node), detail_of(graph, node))


def shorter_names(name: str) -> tuple[str, ...]:
    """``net.0.weight``, ``0.weight``, ``weight``: of a name ever less from its front; of an expression only itself.

    The name of a call may end in its number: ``cell#7``.
    """
    parts = name.split(".")
    bare = [*parts[:-1], parts[-1].partition("#")[0]]
    if not all(part.isidentifier() or part.isdigit() for part in bare):
        return (name,)
    return tuple(".".join(parts[first:]) for first in range(len(parts)))


def title_of(graph: GraphSnapshot, node: int) -> str:
    """What the outline, the inspector and the card call a node."""
    return graph.text(node, "title") or graph.text(node, "op") or f"node {node}"


def shape_of(graph: GraphSnapshot, node: int) -> str:
    """Shape or ``scalar``; of several outputs that of the first, and how many more there are."""
    outputs = graph.node_outputs(node)
    if not outputs:
        return ""
    more = f" +{len(outputs) - 1}" if len(outputs) > 1 else ""
    return format_shape(outputs[0].shape) + more


def detail_of(graph: GraphSnapshot, node: int) -> str:
    """The autograd node, or what takes its place where there is none."""
    kind = graph.kind(node)
    if kind in (Kind.LEAF, Kind.OP):
        call = int(graph.nodes["call"][node])
        return operation_text(graph, node, call if call in call_tree(graph).bare else -1)
    if int(graph.nodes["frozen"][node]) == 1:
        return "frozen"
    if graph.role(node) == Role.LEAF:
        return "leaf, not reached"
    if kind is Kind.UNTRACKED and graph.text(node, "op").startswith(RAISED):
        return graph.text(node, "op").removeprefix(RAISED) or graph.text(node, "function")
    if kind is Kind.UNTRACKED:
        return f"{graph.text(node, 'function') or graph.text(node, 'op')}, untracked".lstrip(", ")
    outputs = graph.node_outputs(node)
    dtype = outputs[0].dtype if outputs else ""
    return f"input, {dtype}" if dtype.startswith(("int", "uint", "bool")) else "input, no gradient"


def _call_card(graph: GraphSnapshot, visible: VisibleGraph, item: int) -> Card:
    call = graph.calls[int(visible.call[item])]
    side = call.type if call.label != call.type else ""
    kinds = graph.nodes["kind"][visible.members_of(item)]
    leaves = int(np.count_nonzero(kinds == Kind.LEAF))
    nodes = int(np.count_nonzero(kinds == Kind.OP))
    untracked = int(np.count_nonzero(kinds == Kind.UNTRACKED))
    parts = [format_count(nodes, "node")] if nodes or not (leaves or untracked) else []
    if leaves:
        parts.append(format_count(leaves, "leaf", "leaves"))
    if untracked:
        parts.append(f"{untracked} untracked")
    if len(visible.calls_of(item)) > 1:
        return Card(*gathered_header(graph, visible, item), ", ".join(parts))
    return Card(call.label, side, ", ".join(parts))
