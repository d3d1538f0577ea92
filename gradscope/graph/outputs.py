"""Operations with several outputs (split, unbind, an LSTM): which of them a line on screen carries, and what is known.

Where such a line leaves its card there is a port; its number is that of the output.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .formats import format_number, format_shape
from .visible import ItemKind
from .words import pass_of

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot, Ints
    from .state import PassState, RunState
    from .visible import VisibleGraph

Lines: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]


@lru_cache(maxsize=4)  # a graph never changes
def output_counts(graph: GraphSnapshot) -> Ints:
    """How many outputs each node has."""
    return np.bincount(graph.outputs["node"], minlength=len(graph)).astype(np.int32)


@lru_cache(maxsize=4)
def port_lines(graph: GraphSnapshot, visible: VisibleGraph) -> Lines:
    """The lines that leave the card of an operation with several outputs, in order."""
    several = np.append(output_counts(graph), 0)[visible.node[visible.source]] > 1
    kinds = visible.kinds[visible.source]
    return np.flatnonzero(several & ((kinds == ItemKind.NODE) | (kinds == ItemKind.CHIP)))


def outputs_of(graph: GraphSnapshot, visible: VisibleGraph, line: int) -> tuple[int, ...]:
    """The outputs that a line carries."""
    rows = visible.edge_rows[visible.edge_start[line] : visible.edge_start[line + 1]]
    return tuple(sorted(set(graph.edges["source_output"][rows].tolist())))


def port_text(outputs: tuple[int, ...]) -> str:
    """``0``, ``0, 2``; of many the first and the last."""
    return ", ".join(map(str, outputs)) if len(outputs) <= 3 else f"{outputs[0]} … {outputs[-1]}"


def told_outputs(state: RunState | None, graph: GraphSnapshot, node: int, outputs: tuple[int, ...]) -> list[str]:
    """Each output with its shape and the gradient that came to it: ``output 1: 5x4, gradient norm 0.012``."""
    known = graph.node_outputs(node)
    current = pass_of(state, graph) if state is not None else None
    lines = [f"{graph.text(node, 'title') or graph.text(node, 'op')}, output {port_text(outputs)} of {len(known)}"]
    for output in outputs[:8]:
        shape = format_shape(known[output].shape) if output < len(known) else "?"
        dtype = known[output].dtype if output < len(known) else ""
        row = current.gradients.row(node, output) if current is not None and _fits(current, graph) else None
        lines.append(f"output {output}: {shape} {dtype}, {_gradient(row)}")
    return lines


def _fits(current: PassState, graph: GraphSnapshot) -> bool:
    return len(current.gradients.known) == len(graph)


def _gradient(row: dict[str, float] | None) -> str:
    if row is None:
        return "no gradient yet"
    if row.get("defined", 1.0) == 0:
        return "no gradient came"
    bad = [f"{int(row[name]):,} {word}" for name, word in (("nan", "NaN"), ("inf", "Inf")) if row.get(name, 0) > 0]
    return f"gradient norm {format_number(row['norm'])}" if not bad else f"gradient with {', '.join(bad)}"
