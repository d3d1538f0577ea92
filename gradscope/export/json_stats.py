"""What passed through the graphs of one iteration, as the exported JSON says it.

-1, the mark of "not measured", becomes null; a gradient that autograd left undefined is null as a whole.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradscope.graph.cuts import takes_no_part
from gradscope.graph.last_known import last_updates
from gradscope.graph.parts import PART
from gradscope.graph.snapshot import Kind
from gradscope.graph.time_figures import backward_seconds, forward_seconds
from gradscope.graph.why import NOT_REACHED, why_no_gradient, why_parameter
from gradscope.graph.words import STATUSES, gradient_statuses

if TYPE_CHECKING:
    from gradscope.graph.history import IterationRecord
    from gradscope.graph.last_known import LastUpdate
    from gradscope.graph.run_log import RunLog
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import PassState, RunState
    from gradscope.graph.statistics import NodeStatistics

_FIGURES = ("norm", "max_abs", "mean", "std")
_COUNTS = ("zeros", "nan", "inf", "count")
_HAS_GRADIENT = frozenset({"value", "zero", "nonfinite"})


def stats_document(state: RunState, log: RunLog, iteration: int) -> dict[str, Any]:
    """``{"iteration": 2, "passes": [...]}`` of a state that stands at the end of the iteration."""
    updates = _updates(log, log.at(iteration).ending)
    passes = [p for p in state.passes if p.iteration == iteration and p.fingerprint in state.graphs]
    return {
        "iteration": iteration,
        "passes": [
            {
                "pass": p.index,
                "nodes": _nodes(_only(state, p), state.graphs[p.fingerprint], p, updates),
                "calls": _calls(state, state.graphs[p.fingerprint], p),
            }
            for p in passes
        ],
    }


def parameters_document(log: RunLog, state: RunState | None, iteration: int) -> list[dict[str, Any]]:
    """One entry per leaf that is known by name, with the norm of its gradient at the end of the iteration."""
    ending = log.iterations[iteration].ending if iteration in log.iterations else None
    norms = _column(ending, "grad_norm")
    seen = _seen_norms(state)
    endings = [entry.ending for number, entry in sorted(log.iterations.items()) if entry.ending and number <= iteration]
    last = last_updates(reversed(endings))
    entries: list[dict[str, Any]] = []
    for parameter in log.parameters:
        norm = _measured(norms.get(parameter.index, -1.0))
        if norm is None and ending is None:
            norm = seen.get(parameter.name)
        held = state.leaf_gradients if state is not None else None
        arrived = held.at_pass_end.get(parameter.index) if held is not None and held.iteration == iteration else None
        norm = _measured(arrived) if norm is None and arrived is not None else norm
        why = None
        if norm is None:
            why = why_parameter(state, parameter).short if state is not None else NOT_REACHED
        entries.append(
            {
                "name": parameter.name,
                "shape": list(parameter.shape),
                "requires_grad": parameter.requires_grad,
                "in_optimizer": parameter.in_optimizer,
                "grad_norm": norm,
                "grad_norm_after_backward": None if arrived is None else _measured(arrived),
                "why_no_grad": why,
                "last_update": _last_update(last.get(parameter.index)),
            }
        )
    return entries


def _last_update(last: LastUpdate | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {"iteration": last.iteration, "norm": strict(last.change), "ratio": strict(last.ratio)}


def _nodes(
    state: RunState, graph: GraphSnapshot, current: PassState, updates: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    values = state.values.get(graph.fingerprint)
    statuses = gradient_statuses(state, graph)
    document: dict[str, dict[str, Any]] = {}
    uses = _uses(current)
    took, forward = backward_seconds(state, graph, current), forward_seconds(state, graph, current)
    for node in range(len(graph)):
        value = _row(values, node, 0) if values is not None else None
        kind = graph.kind(node)
        if kind in (Kind.INPUT, Kind.UNTRACKED) and value is None and not takes_no_part(graph, node):
            continue
        has_gradient = STATUSES[int(statuses[node])] in _HAS_GRADIENT
        outputs = max(1, len(graph.node_outputs(node)))
        document[str(node)] = {
            "grad": [_row(current.gradients, node, output) for output in range(outputs)],
            "value": value,
            "update": updates.get(graph.text(node, "name")) if kind == Kind.LEAF else None,
            "backward_seconds": _known(took[node]),
            "forward_seconds": None if forward is None else _known(forward.operations[node]),
            "uses": uses.get(node, []),
            "why_no_grad": None if has_gradient else why_no_gradient(state, graph, node).short,
        }
    return document


def _calls(state: RunState, graph: GraphSnapshot, current: PassState) -> dict[str, dict[str, Any]]:
    """What each module call of the graph took in the forward; empty in light."""
    forward = forward_seconds(state, graph, current)
    if forward is None:
        return {}
    return {
        f"{call.module}#{call.occurrence}": {"forward_seconds": _known(seconds)}
        for call, seconds in zip(graph.calls, forward.calls.tolist(), strict=True)
        if call.type != PART
    }


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _uses(current: PassState) -> dict[int, list[dict[str, Any]]]:
    """By leaf what each of its several uses brought it."""
    found: dict[int, list[dict[str, Any]]] = {}
    for use in current.uses:
        figures = {
            "norm": _measured(use.norm),
            "share": None if math.isnan(use.share) else use.share,
            "cosine": use.cosine if use.has_cosine else None,
        }
        found.setdefault(use.leaf, []).append({"node": use.target, "input": use.slot} | figures)
    return found


def _only(state: RunState, current: PassState) -> RunState:
    """The state as if ``current`` were its newest pass, so that words are those of this pass."""
    return replace(state, passes=(current,), partial=None)


def _row(statistics: NodeStatistics, node: int, output: int) -> dict[str, Any] | None:
    if output == 0 and node >= len(statistics.known):
        return None
    row = statistics.row(node, output)
    if row is None or row.get("defined") == 0:
        return None
    figures: dict[str, Any] = {name: _measured(row.get(name, -1.0)) for name in _FIGURES}
    mean = row.get("mean", -1.0)
    figures["mean"] = strict(mean) if figures["std"] is not None else None
    counts = {name: None if row.get(name, -1.0) < 0 else int(row[name]) for name in _COUNTS}
    return figures | counts


def _measured(value: float) -> float | str | None:
    return None if value < 0 and not math.isinf(value) else strict(value)


def strict(value: float | None) -> float | str | None:
    """A number as strict JSON can hold it: the non-finite ones as ``"nan"``, ``"inf"``, ``"-inf"``."""
    if value is None or math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def _column(ending: IterationRecord | None, name: str) -> dict[int, float]:
    columns = ending.parameters if ending is not None else {}
    if name not in columns:
        return {}
    return dict(zip(columns["parameter"].astype(int).tolist(), columns[name].tolist(), strict=True))


def _updates(log: RunLog, ending: IterationRecord | None) -> dict[str, dict[str, Any]]:
    """By parameter name the norm of its last change, and that over the norm of its value."""
    moved, size = _column(ending, "update_norm"), _column(ending, "value_norm")
    found: dict[str, dict[str, Any]] = {}
    for parameter in log.parameters:
        norm, value = moved.get(parameter.index, -1.0), size.get(parameter.index, -1.0)
        if norm >= 0 or math.isnan(norm):
            found[parameter.name] = {"norm": strict(norm), "ratio": strict(norm / value) if value > 0 else None}
    return found


def _leaf_names(graph: GraphSnapshot) -> dict[str, int]:
    return {
        graph.text(node, "name"): node
        for node in range(len(graph))
        if graph.kind(node) == Kind.LEAF and graph.text(node, "name")
    }


def _seen_norms(state: RunState | None) -> dict[str, float | str]:
    """What the newest pass brought each named leaf, for an iteration that never came to its end."""
    current = state.current_pass if state is not None else None
    graph = state.graphs.get(current.fingerprint) if state is not None and current is not None else None
    if current is None or graph is None:
        return {}
    rows = ((name, _row(current.gradients, node, 0)) for name, node in _leaf_names(graph).items())
    return {name: row["norm"] for name, row in rows if row is not None and row["norm"] is not None}
