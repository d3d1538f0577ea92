"""What there is to say of a chosen call, of several gathered as one card, or of a part: lines, leaves, operations."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .calltree import call_tree
from .formats import format_count, format_number, format_shape
from .hidden import bookkeeping
from .parts import PART
from .snapshot import Kind
from .words import gradient_words, pass_of

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot
    from .state import RunState
    from .words import GradientWords

MOST_PLACES = 3
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Lines ``first`` to ``last`` of a file that made nodes inside, most of them in ``function``."""

    file: str
    first: int
    last: int
    function: str


@dataclass(frozen=True, slots=True)
class CallFacts:
    """``sort`` is "module" or "part"; ``nodes``: leaves, then operations but transposes and views, then untracked."""

    sort: str
    title: str
    type: str
    contents: str
    places: tuple[Place, ...]
    leaves: tuple[int, ...]
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InnerRow:
    """One node inside: ``gradient`` is what its card says, ``name`` that of a leaf without what all leaves share."""

    node: int
    name: str
    shape: str
    gradient: GradientWords


def call_facts(graph: GraphSnapshot, calls: tuple[int, ...]) -> CallFacts:
    """What a graph knows of these calls, which are at least one, whatever its gradients."""
    tree, first = call_tree(graph), graph.calls[calls[0]]
    members = np.unique(np.concatenate([tree.members(call) for call in calls]))
    members = members[::-1]  # nodes have their numbers from a walk that begins at the root
    kinds = graph.nodes["kind"][members]
    leaves = sorted(members[kinds == Kind.LEAF].tolist(), key=lambda node: _counting(_name(graph, node)))
    operations = members[kinds == Kind.OP]
    untracked = members[kinds == Kind.UNTRACKED]
    parts = [format_count(len(operations), "node")] if len(operations) else []
    parts += [format_count(len(leaves), "leaf", "leaves")] if len(leaves) else []
    parts += [f"{len(untracked)} untracked"] if len(untracked) else []
    title = first.label if len(calls) == 1 else f"{len(calls)} × {first.type}"  # noqa: RUF001 - the sign for times
    shown = operations[~bookkeeping(graph)[operations]]
    return CallFacts(
        PART if first.lines else "module",
        title,
        "" if first.lines or title == first.type or len(calls) > 1 else first.type,
        ", ".join(parts),
        _places(graph, members),
        tuple(leaves),
        (*leaves, *shown.tolist(), *untracked.tolist()),
    )


def inner_rows(state: RunState, graph: GraphSnapshot, facts: CallFacts) -> list[InnerRow]:
    """The nodes inside with their gradients, at most ``MOST_ROWS``."""
    rows = []
    shared = _shared([_name(graph, node) for node in facts.leaves])
    for node in facts.nodes[:MOST_ROWS]:
        outputs = graph.node_outputs(node)
        shape = format_shape(outputs[0].shape) if outputs else ""
        name = _name(graph, node)
        name = name.removeprefix(shared) if node in facts.leaves else name
        rows.append(InnerRow(node, name, shape, gradient_words(state, graph, node)))
    return rows


def norm_inside(state: RunState, graph: GraphSnapshot, facts: CallFacts) -> str:
    """The norm of all gradients of its leaves taken as one vector; "" while one of them is not there."""
    current = pass_of(state, graph)
    if current is None or not facts.leaves:
        return ""
    rows = [current.gradients.row(node, 0) for node in facts.leaves]
    norms = [row["norm"] for row in rows if row is not None and row["defined"] != 0]
    return format_number(float(np.sqrt(np.square(norms).sum()))) if len(norms) == len(rows) else ""


def _name(graph: GraphSnapshot, node: int) -> str:
    return graph.text(node, "title") or graph.text(node, "op")


def _counting(name: str) -> list[tuple[int, str]]:
    """Sorts ``blocks.2`` before ``blocks.10``, and a weight before its bias."""
    parts = [(int(part), "") if part.isdigit() else (-1, part) for part in name.split(".")]
    return [*parts[:-1], (-(parts[-1][1] == "weight"), parts[-1][1])]


def _shared(names: list[str]) -> str:
    """``blocks.3.`` of the names of a block's parameters; "" where they begin differently."""
    split = [name.split(".")[:-1] for name in names]
    common = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return ".".join(common) + "." if common else ""


def _places(graph: GraphSnapshot, members: np.ndarray) -> tuple[Place, ...]:
    """By file, that of most nodes first."""
    found: dict[int, list[int]] = {}
    for node in members[graph.nodes["file"][members] >= 0].tolist():
        found.setdefault(int(graph.nodes["file"][node]), []).append(node)
    places = []
    for file, nodes in sorted(found.items(), key=lambda entry: -len(entry[1]))[:MOST_PLACES]:
        lines = graph.nodes["line"][nodes]
        function = Counter(graph.text(node, "scope") for node in nodes).most_common(1)[0][0]
        places.append(Place(graph.strings[file], int(lines.min()), int(lines.max()), function))
    return tuple(places)
