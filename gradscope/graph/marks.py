"""What a step of training changes in the picture of a graph: numbers, bars, words, the halo and the lit edges. Pure.

Arrays hold what every item needs for its colour; words are made for the items in view, when they are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from .aggregate import aggregates
from .fault import node_at_fault
from .formats import format_number
from .heat import HeatScale, buckets
from .snapshot import Kind
from .words import gradient_words, pass_of, value_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .aggregate import Aggregates
    from .heat import Bytes1
    from .snapshot import GraphSnapshot, Ints
    from .state import RunState
    from .statistics import Bools, Floats, NodeStatistics
    from .visible import VisibleGraph

HeatMode = Literal["role", "gradient", "activation", "time"]
CAPTIONS: dict[str, str] = {
    "role": "gradient norm",
    "gradient": "gradient norm, log scale",
    "activation": "activation norm, log scale",
    "time": "seconds in backward, log scale",
}
_COLUMNS = {"role": "norm", "gradient": "norm", "activation": "norm", "time": "seconds"}


@dataclass(frozen=True, slots=True)
class Words:
    """The last row of a card: ``status`` as in ``gradient_words``, "" where the item has no such row."""

    status: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Figures of n items. ``values`` is NaN where nothing is known, ``fractions`` 0..1 along ``scale``.

    ``halo`` is the item about to run (-1: none), ``lit`` the edges that its gradient came along, ``derivatives`` the
    local derivative by edge between one-element nodes.
    """

    state: RunState
    graph: GraphSnapshot
    visible: VisibleGraph
    mode: HeatMode
    scale: HeatScale
    values: Floats
    fractions: Floats
    nonfinite: Bools
    buckets: Bytes1
    halo: int
    lit: Ints
    derivatives: Mapping[int, float]
    step: tuple[int, int, int]  # iteration, pass and node: a new one sets the travelling gradient off
    totals: Aggregates | None = None
    memo: dict[int, tuple[str, Words]] = field(default_factory=dict)

    def title(self, item: int, plain: str) -> str:
        """The card's title, with its value where that is one element: ``loss = 0.6871``."""
        return self._texts(item, plain)[0]

    def words(self, item: int) -> Words:
        """What the last row of the card says."""
        return self._texts(item, "")[1]

    def _texts(self, item: int, plain: str) -> tuple[str, Words]:
        known = self.memo.get(item)
        if known is None:
            known = self.memo[item] = (self._titled(item), self._worded(item))
        return known[0] or plain, known[1]

    def _titled(self, item: int) -> str:
        node = int(self.visible.node[item])
        return value_words(self.state, self.graph, node) if node >= 0 else ""

    def _worded(self, item: int) -> Words:
        node = int(self.visible.node[item])
        if node >= 0 and self.graph.kind(node) in (Kind.INPUT, Kind.UNTRACKED):
            return Words("", "")
        value = float(self.values[item])
        if self.mode in ("activation", "time"):
            if self.nonfinite[item]:
                return Words("nonfinite", "NaN / Inf")
            return Words("", "") if np.isnan(value) else Words("value", format_number(value))
        if node >= 0:
            told = gradient_words(self.state, self.graph, node)
        elif self.totals is not None:
            told = self.totals.words(item)
        else:
            return Words("", "")
        return Words(told.status, told.text)


def build_marks(
    state: RunState, graph: GraphSnapshot, visible: VisibleGraph, heat_mode: HeatMode = "gradient"
) -> Marks:
    """The figures of this moment for what is visible."""
    statistics = _statistics(state, graph, heat_mode)
    node_values, node_nonfinite = _of_nodes(statistics, len(graph), _COLUMNS[heat_mode])
    totals = aggregates(state, graph, visible) if heat_mode in ("role", "gradient") and _has_calls(visible) else None
    values, nonfinite = _of_items(graph, visible, node_values, node_nonfinite, totals)
    scale = HeatScale.of(values)
    fractions = scale.fractions(values)
    halo_node = _halo_node(state, graph)
    halo = int(visible.item_of_node[halo_node]) if halo_node >= 0 else -1
    gradients = _statistics(state, graph, "gradient")
    return Marks(
        state,
        graph,
        visible,
        heat_mode,
        scale,
        values,
        fractions,
        nonfinite,
        buckets(fractions, nonfinite),
        halo,
        _lit_edges(graph, visible, halo_node, gradients),
        _derivatives(graph, visible, gradients),
        (state.iteration, state.pause.pass_index if state.pause else -1, halo_node),
        totals,
    )


def _has_calls(visible: VisibleGraph) -> bool:
    return bool((visible.node < 0).any())


def _statistics(state: RunState, graph: GraphSnapshot, mode: HeatMode) -> NodeStatistics | None:
    if mode == "activation":
        return state.values.get(graph.fingerprint)
    newest = pass_of(state, graph)
    return newest.gradients if newest is not None else None


def _of_nodes(statistics: NodeStatistics | None, nodes: int, column: str) -> tuple[Floats, Bools]:
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


def _of_items(
    graph: GraphSnapshot, visible: VisibleGraph, values: Floats, bad: Bools, totals: Aggregates | None
) -> tuple[Floats, Bools]:
    """A node's own figure; of a call its aggregate gradient, else the norm over the values that leave it."""
    n = len(visible)
    own = visible.node >= 0
    result, nonfinite = np.full(n, np.nan), np.zeros(n, bool)
    result[own], nonfinite[own] = values[visible.node[own]], bad[visible.node[own]]
    if own.all():
        return result, nonfinite
    item = np.repeat(np.arange(n), np.diff(visible.member_start))
    norms = _leaving(graph, visible, values) if totals is None else np.where(totals.norm >= 0, totals.norm, np.nan)
    result[~own] = norms[~own]
    nonfinite[~own] = (np.bincount(item, bad[visible.members], n) > 0)[~own]
    return result, nonfinite


def _leaving(graph: GraphSnapshot, visible: VisibleGraph, values: Floats) -> Floats:
    n = len(visible)
    item = np.repeat(visible.source, np.diff(visible.edge_start)).astype(np.int64)
    keys = np.unique(item * len(graph) + graph.edges["source"][visible.edge_rows])
    item, figures = keys // max(1, len(graph)), values[keys % max(1, len(graph))]
    known = ~np.isnan(figures)
    squares = np.bincount(item[known], figures[known] ** 2, n)
    norms: Floats = np.where(np.bincount(item[known], minlength=n) > 0, np.sqrt(squares), np.nan)
    return norms


def _halo_node(state: RunState, graph: GraphSnapshot) -> int:
    pause = state.pause
    if pause is None or pause.point == "exception":
        return node_at_fault(state.fault, graph)
    if not 0 <= pause.node < len(graph):
        return -1
    return pause.node if pause.fingerprint in ("", graph.fingerprint) else -1


def _lit_edges(graph: GraphSnapshot, visible: VisibleGraph, halo: int, gradients: NodeStatistics | None) -> Ints:
    if halo < 0 or gradients is None or len(gradients.known) != len(graph):
        return np.zeros(0, np.int32)
    edges = graph.edges
    came = (edges["source"] == halo) & (edges["tracked"] == 1) & gradients.known[edges["target"]]
    if not came.any():
        return np.zeros(0, np.int32)
    drawn = np.repeat(np.arange(len(visible.source)), np.diff(visible.edge_start))
    return np.unique(drawn[came[visible.edge_rows]]).astype(np.int32)


def _derivatives(graph: GraphSnapshot, visible: VisibleGraph, gradients: NodeStatistics | None) -> dict[int, float]:
    """d target / d source, where both are one element and the source has one use: the ratio of their gradients."""
    if gradients is None or len(gradients.known) != len(graph):
        return {}
    single = np.flatnonzero(np.diff(visible.edge_start) == 1)
    rows = visible.edge_rows[visible.edge_start[single]]
    source, target = graph.edges["source"][rows], graph.edges["target"][rows]
    one = gradients.known & (gradients.columns["count"] == 1) & (gradients.columns["defined"] != 0)
    uses = np.bincount(graph.edges["source"][graph.edges["tracked"] == 1], minlength=len(graph))
    wanted = one[source] & one[target] & (uses[source] == 1) & (graph.edges["tracked"][rows] == 1)
    wanted &= (visible.node[visible.source[single]] >= 0) & (visible.node[visible.target[single]] >= 0)
    values = gradients.columns["v0"]
    wanted &= np.isfinite(values[source]) & np.isfinite(values[target]) & (values[target] != 0)
    return {
        int(single[place]): float(values[source[place]] / values[target[place]]) for place in np.flatnonzero(wanted)
    }
