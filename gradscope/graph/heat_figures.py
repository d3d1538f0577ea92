"""What heat is made of: one row a mode, with its words and the figure that it gives to every item on screen.

Figures are one number an item, NaN where nothing is known, and whether NaN or Inf is among what they stand for. A new
mode is a row of ``HEAT`` and a name in ``heat.HEAT_MODES``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .aggregate import aggregates
from .formats import format_bytes, format_number, format_seconds
from .heat import HEAT_MODES, HeatMode, HeatScale
from .saved_bytes import has_saved, saved_bytes
from .time_figures import backward_of_items, backward_seconds, forward_of_items, forward_seconds
from .words import pass_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .aggregate import Aggregates
    from .heat import HeatChoice
    from .snapshot import GraphSnapshot
    from .state import RunState
    from .statistics import Bools, Floats, NodeStatistics
    from .visible import VisibleGraph

    Figures = tuple[Floats, Bools]


_BY_THE_HOST = (
    "Wall time on the host, without what GradScope itself does and without pauses. Work on an accelerator counts only"
    " until it has been started. It is one measurement: what else the machine does shows in it"
)
_NEEDS_DETAIL = (
    "Times need detail level: step through an iteration, choose Run > Capture level > Detail, or record with"
    " --level detail"
)


@dataclass(frozen=True, slots=True, eq=False)
class HeatAsk:
    """Whose figures are wanted. ``totals`` are those of the calls on screen, None where there are none."""

    state: RunState
    graph: GraphSnapshot
    visible: VisibleGraph
    choice: HeatChoice
    totals: Aggregates | None

    @property
    def statistics(self) -> NodeStatistics | None:
        """Of the newest pass through the graph."""
        current = pass_of(self.state, self.graph)
        return current.gradients if current is not None else None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One mode. ``button`` and ``tip`` are its switch, ``caption`` its legend, ``text`` writes one figure, ``scale``
    finds the scale, ``offered`` says whether there may be figures, ``missing`` where they would come from. ``measure``
    says how they were taken. ``around_one``: a ratio, coloured both ways from 1.
    """

    button: str
    tip: str
    caption: str
    figures: Callable[[HeatAsk], Figures]
    text: Callable[[float], str] = format_number
    scale: Callable[[Floats], HeatScale] = HeatScale.of
    offered: Callable[[RunState, GraphSnapshot], bool] = lambda _state, _graph: True
    around_one: bool = False
    bare_ends: bool = True  # the scale's ends are told as powers of ten
    measure: str = ""
    missing: str = ""


def totals_of(state: RunState, graph: GraphSnapshot, visible: VisibleGraph) -> Aggregates | None:
    """What the calls on screen come to; None where there are none."""
    return aggregates(state, graph, visible) if bool((visible.node < 0).any()) else None


def offered_modes(state: RunState, graph: GraphSnapshot) -> tuple[HeatMode, ...]:
    """The modes that there may be figures for."""
    return tuple(mode for mode in HEAT_MODES if HEAT[mode].offered(state, graph))


def node_figures(statistics: NodeStatistics | None, nodes: int, column: str) -> Figures:
    """One column by node."""
    values, nonfinite = np.full(nodes, np.nan), np.zeros(nodes, bool)
    if statistics is None or column not in statistics.columns or len(statistics.known) != nodes:
        return values, nonfinite
    columns = statistics.columns
    usable = statistics.known & (columns["defined"] != 0) & ~(columns[column] < 0)
    values[usable] = columns[column][usable]
    nonfinite = statistics.known & ((columns["nan"] > 0) | (columns["inf"] > 0) | ~np.isfinite(columns["norm"]))
    for (node, _), row in statistics.further.items():
        nonfinite[node] |= row.get("nan", 0) > 0 or row.get("inf", 0) > 0
    return values, nonfinite


def ratio_text(ratio: float) -> str:
    """How a gradient has changed: times 1.8, divided by 3.2, or the same."""
    if ratio == 0 or np.isinf(ratio):
        return "now 0" if ratio == 0 else "was 0"
    factor, sign = (ratio, "×") if ratio >= 1 else (1 / ratio, "÷")  # noqa: RUF001 - the sign of multiplication
    return "same" if factor < 1.0005 else f"{sign} {factor:.3f}" if factor < 1.1 else f"{sign} {format_number(factor)}"


def _gradients(ask: HeatAsk) -> Figures:
    figures = node_figures(ask.statistics, len(ask.graph), "norm")
    totals = ask.totals
    return _of_items(ask.visible, figures, None if totals is None else np.where(totals.norm >= 0, totals.norm, np.nan))


def _activations(ask: HeatAsk) -> Figures:
    figures = node_figures(ask.state.values.get(ask.graph.fingerprint), len(ask.graph), "norm")
    return _of_items(ask.visible, figures, _leaving(ask.graph, ask.visible, figures[0]))


def _saved(ask: HeatAsk) -> Figures:
    return saved_bytes(ask.graph, ask.visible), np.zeros(len(ask.visible), bool)


def _changes(ask: HeatAsk) -> Figures:
    now, bad = _gradients(ask)
    other = ask.choice.reference
    if other is None:
        return np.full(len(ask.visible), np.nan), bad
    then, _ = _gradients(replace(ask, state=other, totals=totals_of(other, ask.graph, ask.visible)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = now / then
    ratio[(now == 0) & (then == 0)] = 1.0
    return ratio, bad


def _backward_times(ask: HeatAsk) -> Figures:
    seconds = backward_seconds(ask.state, ask.graph)
    return backward_of_items(ask.visible, seconds), np.zeros(len(ask.visible), bool)


def _forward_times(ask: HeatAsk) -> Figures:
    told, nobody = forward_seconds(ask.state, ask.graph), np.zeros(len(ask.visible), bool)
    return (np.full(len(ask.visible), np.nan) if told is None else forward_of_items(ask.visible, told)), nobody


def _has_backward_times(state: RunState, graph: GraphSnapshot) -> bool:
    current = pass_of(state, graph)
    if current is None or current.level != "detail":
        return False
    return not current.ended or not bool(np.isnan(backward_seconds(state, graph)).all())


def _has_forward_times(state: RunState, graph: GraphSnapshot) -> bool:
    return forward_seconds(state, graph) is not None


def _of_items(visible: VisibleGraph, figures: Figures, of_calls: Floats | None) -> Figures:
    """A node's own figure; of a call what is given, and NaN or Inf if any node inside has it."""
    values, bad = figures
    n, own = len(visible), visible.node >= 0
    result, nonfinite = np.full(n, np.nan), np.zeros(n, bool)
    result[own], nonfinite[own] = values[visible.node[own]], bad[visible.node[own]]
    if of_calls is None or own.all():
        return result, nonfinite
    result[~own] = of_calls[~own]
    if bad.any():
        item = np.repeat(np.arange(n), np.diff(visible.member_start))
        nonfinite[~own] = (np.bincount(item, bad[visible.members], n) > 0)[~own]
    return result, nonfinite


def _leaving(graph: GraphSnapshot, visible: VisibleGraph, values: Floats) -> Floats:
    """The norm over the values that leave a call."""
    n = len(visible)
    item = np.repeat(visible.source, np.diff(visible.edge_start)).astype(np.int64)
    keys = np.unique(item * len(graph) + graph.edges["source"][visible.edge_rows])
    item, figures = keys // max(1, len(graph)), values[keys % max(1, len(graph))]
    known = ~np.isnan(figures)
    squares = np.bincount(item[known], figures[known] ** 2, n)
    norms: Floats = np.where(np.bincount(item[known], minlength=n) > 0, np.sqrt(squares), np.nan)
    return norms


HEAT: dict[HeatMode, HeatRow] = {
    "role": HeatRow("Role", "Bars in the colour of each node's role", "gradient norm", _gradients),
    "gradient": HeatRow("Gradient", "Colour by gradient norm", "gradient norm, log scale", _gradients),
    "activation": HeatRow(
        "Activation", "Colour by the norm of the forward value", "activation norm, log scale", _activations
    ),
    "saved": HeatRow(
        "Saved",
        "Colour by the memory that a node keeps alive until its backward",
        "bytes saved for backward, log scale",
        _saved,
        text=lambda value: format_bytes(round(value)),
        bare_ends=False,
        offered=lambda _, graph: has_saved(graph),
    ),
    "change": HeatRow(
        "Change",
        "Colour by gradient norm against another iteration's",
        "gradient norm against another iteration",
        _changes,
        text=ratio_text,
        bare_ends=False,
        scale=HeatScale.of_ratios,
        around_one=True,
    ),
    "backward_time": HeatRow(
        "Backward time",
        "Colour by the time that each node took in backward",
        "time in backward, log scale",
        _backward_times,
        text=format_seconds,
        scale=HeatScale.of_times,
        offered=_has_backward_times,
        bare_ends=False,
        measure=_BY_THE_HOST,
        missing=_NEEDS_DETAIL,
    ),
    "forward_time": HeatRow(
        "Forward time",
        "Colour by the time that each torch call and each module call took in the forward",
        "time in the forward, log scale",
        _forward_times,
        text=format_seconds,
        scale=HeatScale.of_times,
        offered=_has_forward_times,
        bare_ends=False,
        measure=_BY_THE_HOST,
    ),
}
