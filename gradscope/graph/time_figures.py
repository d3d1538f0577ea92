"""What the items on screen took, in backward and in the forward, and how that is said."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .formats import format_count, format_seconds
from .words import pass_of

if TYPE_CHECKING:
    from .snapshot import GraphSnapshot
    from .state import PassState, RunState
    from .statistics import Floats
    from .times import ForwardSeconds
    from .visible import VisibleGraph


def backward_seconds(state: RunState, graph: GraphSnapshot, current: PassState | None = None) -> Floats:
    """By node; of the newest pass through the graph unless another is named."""
    current = current or pass_of(state, graph)
    known = current.seconds if current is not None else np.zeros(0)
    return known if len(known) == len(graph) else _unknown(len(graph))


@lru_cache(maxsize=4)  # an export asks for every node
def _unknown(nodes: int) -> Floats:
    values = np.full(nodes, np.nan)
    values.flags.writeable = False
    return values


def forward_seconds(state: RunState, graph: GraphSnapshot, current: PassState | None = None) -> ForwardSeconds | None:
    """The same of the forward; None where it is not known."""
    current = current or pass_of(state, graph)
    if current is None:
        return None
    place = (current.iteration, current.index)
    told = next((one for one in state.forward if (one.iteration, one.pass_index) == place), None)
    return told if told is not None and len(told.operations) == len(graph) else None


def backward_of_items(visible: VisibleGraph, seconds: Floats) -> Floats:
    """What each item on screen took: of a call the sum of all nodes inside."""
    return _by_item(visible, seconds, _sum_inside(visible, seconds))


def forward_of_items(visible: VisibleGraph, told: ForwardSeconds) -> Floats:
    """A node's torch call; of a call itself, or of all that one card stands for; of anything else its torch calls."""
    once = told.operations.copy()  # several nodes of one torch call took its time together
    known = np.flatnonzero(told.together >= 0)
    _, first = np.unique(told.together[known], return_index=True)
    once[np.delete(known, first)] = 0.0
    of_calls = _sum_inside(visible, once)
    for item in np.flatnonzero(visible.node < 0):
        own = [told.calls[call] for call in visible.calls_of(int(item)) if call < len(told.calls)]
        if own and not np.isnan(own).all():
            of_calls[item] = np.nansum(own)
    return _by_item(visible, told.operations, of_calls)


@lru_cache(maxsize=2)  # it does not change, and every iteration asks
def time_word(graph: GraphSnapshot) -> str:
    """What the clock of the host measures: on an accelerator work is only started by the time that it looks."""
    devices = {graph.strings[row] for row in np.unique(graph.outputs["device"]).tolist() if row >= 0}
    return "time" if devices <= {"cpu", ""} else "launch time"


def time_words(state: RunState, graph: GraphSnapshot, node: int) -> str:
    """``time in backward: 4.12 ms`` and ``time in the forward: 1.02 ms by linear, 1.20 ms by fc1``; else ""."""
    lines = []
    seconds = float(backward_seconds(state, graph)[node])
    if not np.isnan(seconds):
        lines.append(f"{time_word(graph)} in backward: {format_seconds(seconds)}")
    told = forward_seconds(state, graph)
    parts = [] if told is None else _forward_parts(told, graph, node)
    if parts:
        lines.append(f"{time_word(graph)} in the forward: {', '.join(parts)}")
    return "\n".join(lines)


def _forward_parts(told: ForwardSeconds, graph: GraphSnapshot, node: int) -> list[str]:
    """Of the torch call that made the node, and of the module call around that."""
    parts = []
    seconds = float(told.operations[node])
    if not np.isnan(seconds):
        together = int(np.count_nonzero(told.together == told.together[node]))
        others = f" ({format_count(together, 'node')} of one call)" if together > 1 else ""
        parts.append(f"{format_seconds(seconds)} by {graph.text(node, 'function') or 'its call'}{others}")
    row = int(graph.nodes["call"][node])
    call = graph.call(node)
    if call is not None and 0 <= row < len(told.calls) and not np.isnan(told.calls[row]):
        parts.append(f"{format_seconds(float(told.calls[row]))} by {call.label}")
    return parts


def _by_item(visible: VisibleGraph, of_nodes: Floats, of_calls: Floats) -> Floats:
    single = visible.node >= 0
    result = of_calls.copy()
    result[single] = of_nodes[visible.node[single]]
    return result


def _sum_inside(visible: VisibleGraph, values: Floats) -> Floats:
    """By item the sum over its members of what is known; NaN where nothing is."""
    n = len(visible)
    item = np.repeat(np.arange(n), np.diff(visible.member_start))
    figures = values[visible.members]
    known = ~np.isnan(figures)
    counted = np.bincount(item[known], minlength=n) > 0
    sums: Floats = np.where(counted, np.bincount(item[known], figures[known], n), np.nan)
    return sums
