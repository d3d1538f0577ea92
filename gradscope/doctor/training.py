"""A training as such: gradients that pile up, parameters that nobody trains, updates too large or too small."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.formats import format_count, format_number
from gradscope.graph.last_known import last_updates
from gradscope.graph.snapshot import Kind, Role
from gradscope.graph.why import why_parameter

from .findings import Finding, Place, node_place

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.graph.why import Why

SETTLED = 3  # iterations before the size of updates says anything
LARGE_UPDATE, SMALL_UPDATE = 0.5, 1e-9
_MOST = 8


def not_cleared(state: RunState) -> list[Finding]:
    """The first pass of an iteration adds to gradients of an earlier one."""
    first = next((one for one in state.passes if one.index == 0), None)
    if first is None or not first.old or first.iteration < 1 or first.kind != "backward":
        return []
    graph = state.graphs.get(first.fingerprint)
    stepped = _stepped(state, first.iteration)
    names = [graph.text(row, "name") for row in sorted(first.old)] if graph is not None else []
    names = [name for name in names if name in stepped]
    if not names:  # of a network that only hands the gradient on, as a discriminator does for its generator
        return []
    places = node_place(graph, _root(graph), "backward() of this adds to them") if graph is not None else ()
    return [
        Finding(
            "not-cleared",
            "warning",
            "Gradients are never cleared" if _ever(state) else "Gradients of an earlier iteration are still there",
            f"When backward() began, {format_count(len(names), 'parameter')} still had the gradient of an iteration"
            " before, and this one was added to it. Each step follows the sum of all batches so far.",
            "Call optimizer.zero_grad() once in each iteration, before backward(). Accumulating on purpose needs no"
            " update in between.",
            iteration=first.iteration,
            places=places,
            evidence=(("parameters", _few(names)),),
        )
    ]


def _stepped(state: RunState, iteration: int) -> set[str]:
    """Names of the parameters that the update of an iteration changed."""
    record = state.history[-1] if len(state.history) else None
    if record is None or record.iteration != iteration:
        return set()
    columns = record.parameters
    rows = columns["parameter"][columns["update_norm"] > 0].astype(int)
    return {state.parameters[row].name for row in rows.tolist() if row < len(state.parameters)}


def _ever(state: RunState) -> bool:
    return state.cleared_at < 0


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def not_in_optimizer(state: RunState) -> list[Finding]:
    """A parameter that gets a gradient, and that no optimizer ever steps."""
    if len(state.history) < SETTLED or not any(one.in_optimizer for one in state.parameters):
        return []
    reached = _reached(state)
    lost = [one.name for one in state.parameters if one.requires_grad and not one.in_optimizer and one.name in reached]
    if not lost:
        return []
    hidden = all(name.startswith("leaf ") for name in lost)  # no module that has been called says it is its own
    return [
        Finding(
            "not-in-optimizer",
            "warning",
            f"{_few(lost)}: in no optimizer",
            f"Backward brings a gradient to {format_count(len(lost), 'parameter')} that no optimizer knows which"
            " has stepped so far: they stay as they are.",
            ("They are in no module's parameters() either: layers in a plain list belong into nn.ModuleList. " * hidden)
            + "Pass model.parameters() of the whole model to the optimizer, after every layer was made; or freeze"
            " them.",
            subject=lost[0],
            iteration=state.iteration,
            evidence=(("parameters", _few(lost)),),
        )
    ]


def _reached(state: RunState) -> set[str]:
    """Names of leaves that a backward came to."""
    names: set[str] = set()
    for graph in state.graphs.values():
        for row in np.flatnonzero(graph.nodes["kind"] == Kind.LEAF):
            names.add(graph.text(int(row), "name"))
    return names


def never_reached(state: RunState) -> list[Finding]:
    """A parameter in an optimizer that no backward of the run has come to."""
    if len(state.history) < SETTLED:
        return []
    reached = _reached(state)
    lost = [one for one in state.parameters if one.requires_grad and one.in_optimizer and one.name not in reached]
    if not lost or not reached:
        return []
    alike: dict[tuple[object, ...], tuple[Why, list[str]]] = {}
    for one in lost:
        why = why_parameter(state, one)
        line = (why.source.file, why.source.line) if why.source is not None else ()
        alike.setdefault((why.reason, *line), (why, []))[1].append(one.name)
    return [_unreached(state, why, names) for why, names in alike.values()]


def _unreached(state: RunState, why: Why, names: list[str]) -> Finding:
    source, graph = why.source, state.graph
    places = (Place(source.file, source.line, source.function, "", why.short),) if source is not None else ()
    return Finding(
        "no-gradient",
        "warning",
        f"{_few(names)}: no gradient, {why.short}",
        f"No backward so far came to {format_count(len(names), 'parameter')} of the optimizer. {why.sentence}",
        why.fix,
        subject=names[0],
        node=why.path[0] if why.path and graph is not None else -1,
        fingerprint=graph.fingerprint if graph is not None else "",
        iteration=state.iteration,
        places=places,
        evidence=(("parameters", _few(names)),),
    )


def rate_of_zero(state: RunState) -> list[Finding]:
    """An optimizer that steps, iteration after iteration, with a learning rate of 0."""
    if len(state.history) < SETTLED or any(state.history[-back].learning_rate != 0 for back in range(1, SETTLED + 1)):
        return []
    return [
        Finding(
            "rate-zero",
            "warning",
            "The learning rate is 0",
            f"The last {SETTLED} updates had a learning rate of 0: nothing that the first group of the optimizer"
            " holds has changed.",
            "Give the optimizer a learning rate above 0. If a schedule sets it, look where it starts and ends.",
            iteration=state.iteration,
            evidence=(("learning rate", "0"),),
        )
    ]


def update_size(state: RunState) -> list[Finding]:
    """Updates that are large or tiny beside what they change."""
    if len(state.history) < SETTLED:
        return []
    found: list[Finding] = []
    large, small = [], []
    for index, (_, gradient, value, update) in sorted(last_updates(reversed(state.history)).items()):
        parameter = state.parameters[index] if 0 <= index < len(state.parameters) else None
        if parameter is None or len(parameter.shape) < 2 or value < 1e-3 or update < 0 or gradient <= 0:
            continue
        ratio = update / value
        if ratio > LARGE_UPDATE:
            large.append((parameter.name, ratio))
        elif update > 0 and ratio < SMALL_UPDATE:
            small.append((parameter.name, ratio))
    rate = state.history[-1].learning_rate
    said = (("learning rate", f"{rate:g}"),) if rate is not None else ()
    for kind, pairs in (("large", large), ("small", small)):
        if pairs:
            found.append(_update(kind, pairs, state.iteration, said))
    return found


def _update(kind: str, pairs: list[tuple[str, float]], iteration: int, said: tuple[tuple[str, str], ...]) -> Finding:
    name, ratio = max(pairs, key=lambda one: one[1]) if kind == "large" else min(pairs, key=lambda one: one[1])
    change = f"{ratio:.0%}" if ratio >= 0.01 else format_number(ratio)
    return Finding(
        f"update-too-{kind}",
        "warning" if kind == "large" else "note",
        f"{name} changes by {change} of itself in one update",
        f"The last update was {change} of the norm of {name}; about 0.1 % is usual."
        + (" Training jumps about." if kind == "large" else " It hardly moves."),
        "Lower the learning rate."
        if kind == "large"
        else "Raise the learning rate, or look why its gradient is so small.",
        iteration=iteration,
        evidence=(*((one, format_number(r)) for one, r in pairs[:_MOST]), *said),
    )


def loss(state: RunState) -> list[Finding]:
    """A loss that is not a number."""
    current = state.current_pass
    if current is None or current.loss is None or math.isfinite(current.loss):
        return []
    graph = state.graphs.get(current.fingerprint)
    row = _root(graph)
    return [
        Finding(
            "loss-not-finite",
            "error",
            f"{current.root or 'The loss'} is {format_number(current.loss)}",
            f"In iteration {current.iteration} the loss is {format_number(current.loss)}, and its gradients are too.",
            "Look at the forward values for the first node that holds NaN or Inf: a logarithm or root of 0, a division"
            " by 0, or weights that ran away. Run again in detail to see them.",
            node=row,
            fingerprint=current.fingerprint,
            iteration=current.iteration,
            places=node_place(graph, row, "the loss") if graph is not None else (),
            detail_helps=current.level != "detail",
        )
    ]


def _root(graph: GraphSnapshot | None) -> int:
    if graph is None:
        return -1
    return next((int(row) for row in np.flatnonzero(graph.nodes["role"] == Role.ROOT)), -1)
