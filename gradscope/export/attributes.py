"""What is known of a node, an edge and a graph as flat named values, for formats that keep such: GraphML and DOT."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, TypeAlias

from gradscope.graph.cuts import cut_edges, label
from gradscope.graph.formats import format_shape
from gradscope.graph.time_figures import backward_seconds, forward_seconds
from gradscope.graph.words import gradient_words, pass_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.graph.statistics import NodeStatistics

Value: TypeAlias = str | int | float | bool
Attributes: TypeAlias = dict[str, Value]
_FIGURES = ("norm", "max_abs", "mean", "std")
_COUNTS = ("zeros", "nan", "inf", "count")


def graph_attributes(state: RunState, graph: GraphSnapshot) -> Attributes:
    """Where the graph comes from: script, torch, iteration, pass, loss."""
    current = pass_of(state, graph)
    values: dict[str, Value | None] = {
        "fingerprint": graph.fingerprint,
        "script": state.hello.script if state.hello is not None else None,
        "torch": state.hello.torch if state.hello is not None else None,
        "iteration": current.iteration if current is not None else None,
        "pass": current.index if current is not None else None,
        "kind": current.kind if current is not None else None,
        "root": current.root if current is not None else None,
        "loss": current.loss if current is not None else None,
    }
    return {name: value for name, value in values.items() if value is not None and value != ""}


def node_attributes(state: RunState | None, graph: GraphSnapshot, node: int) -> Attributes:
    """What is known of one node, without what is not; without a state, what the graph alone says."""
    call, source, outputs = graph.call(node), graph.source(node), graph.node_outputs(node)
    first = outputs[0] if outputs else None
    values: dict[str, Value | None] = {
        "kind": graph.kind(node).name.lower(),
        "role": graph.role(node).name.lower(),
        "op": graph.text(node, "op"),
        "title": graph.text(node, "title"),
        "name": graph.text(node, "name"),
        "function": graph.text(node, "function"),
        "frozen": True if int(graph.nodes["frozen"][node]) == 1 else None,
        "call": f"{call.module}#{call.occurrence}" if call else None,
        "module": call.module if call else None,
        "module_type": call.type if call else None,
        "shape": format_shape(first.shape) if first else None,
        "dtype": first.dtype if first else None,
        "device": first.device if first else None,
        "outputs": json.dumps([list(output.shape) for output in outputs]) if len(outputs) > 1 else None,
        "file": source.file if source else None,
        "line": source.line if source else None,
        "scope": source.function if source else None,
    }
    found = {name: value for name, value in values.items() if value is not None and value != ""}
    if state is not None:
        found |= _measured(state, graph, node)
    return found


def edge_attributes(graph: GraphSnapshot) -> Iterator[tuple[int, int, Attributes]]:
    """Source, target and attributes of every edge; ``cut`` where gradient ends on it, with the reason and the line."""
    columns = ("source", "target", "source_output", "target_input", "tracked")
    edges = zip(*(graph.edges[name].tolist() for name in columns), strict=True)
    for row, (source, target, output, slot, tracked) in zip(cut_edges(graph).tolist(), edges, strict=True):
        attributes: Attributes = {"source_output": output, "target_input": slot, "tracked": tracked == 1}
        yield source, target, attributes | ({"cut": label(graph.cuts[row])} if row >= 0 else {})


def _measured(state: RunState, graph: GraphSnapshot, node: int) -> Attributes:
    words = gradient_words(state, graph, node)
    found: Attributes = {"gradient": words.status}
    current, values = pass_of(state, graph), state.values.get(graph.fingerprint)
    if current is not None:
        found |= _figures("grad", current.gradients, node)
    if values is not None:
        found |= _figures("value", values, node)
    seconds = {"backward_seconds": backward_seconds(state, graph)[node]}
    forward = forward_seconds(state, graph)
    if forward is not None:
        seconds["forward_seconds"] = forward.operations[node]
    found |= {name: float(value) for name, value in seconds.items() if not math.isnan(value)}
    return found


def _figures(prefix: str, statistics: NodeStatistics, node: int) -> Attributes:
    """-1 is "not measured" of all but the mean, which is measured where its deviation is."""
    row = statistics.row(node) if node < len(statistics.known) else None
    if row is None or row.get("defined") == 0:
        return {}
    found: Attributes = {}
    for name in _FIGURES:
        value = row["std"] if name == "mean" else row[name]
        if value >= 0 or math.isnan(value):
            found[f"{prefix}_{name}"] = row[name]
    for name in _COUNTS:
        if row[name] >= 0:
            found[f"{prefix}_{name}"] = int(row[name])
    elements = statistics.elements(node)
    if elements:
        found[f"{prefix}_elements"] = json.dumps(list(elements))
    return found
