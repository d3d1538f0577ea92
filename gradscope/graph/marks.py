"""What a step of training changes in the picture of a graph: numbers, bars, words, the halo and the lit edges. Pure.

Arrays hold what every item needs for its colour; words are made for the items in view, when they are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .cuts import takes_no_part
from .edge_figures import bucket_widths, gradient_buckets, size_widths
from .fault import node_at_fault
from .heat import HeatChoice, HeatMode, HeatScale, buckets
from .heat_figures import HEAT, HeatAsk, node_figures, totals_of
from .snapshot import Kind
from .time_figures import time_word
from .words import gradient_words, pass_of, value_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .aggregate import Aggregates
    from .heat import Bytes1
    from .snapshot import GraphSnapshot, Ints
    from .state import RunState
    from .statistics import Bools, Floats, NodeStatistics
    from .visible import VisibleGraph


@dataclass(frozen=True, slots=True)
class Words:
    """The last row of a card: ``status`` as in ``gradient_words``, "" where the item has no such row."""

    status: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Figures of n items. ``values`` is NaN where nothing is known, ``fractions`` 0..1 along ``scale``.

    ``halo`` is the item about to run (-1: none), ``lit`` the edges that its gradient came along, ``derivatives`` the
    local derivative by edge between one-element nodes; ``choice`` is what was asked for, limits and reference with it.
    ``edge_widths`` (pixels) and ``edge_buckets`` are by line, None where edges are drawn plain.
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
    choice: HeatChoice = field(default_factory=HeatChoice)
    edge_widths: Floats | None = None
    edge_buckets: Bytes1 | None = None
    memo: dict[int, tuple[str, Words]] = field(default_factory=dict)

    def title(self, item: int, plain: str) -> str:
        """The card's title, with its value where that is one element: ``loss = 0.6871``."""
        return self._texts(item, plain)[0]

    @property
    def caption(self) -> str:
        """What the scale measures."""
        reference = self.choice.reference
        if self.mode != "change":
            row = HEAT[self.mode]
            wanting = bool(row.missing) and not row.offered(self.state, self.graph)
            caption = row.caption if not row.measure else row.caption.replace("time", time_word(self.graph), 1)
            return f"{caption.partition(',')[0]}: needs detail" if wanting else caption
        then = pass_of(reference, self.graph) if reference is not None else None
        return f"gradient norm against iteration {then.iteration}" if then else "no earlier iteration of this graph"

    @property
    def measure(self) -> str:
        """How the figures were taken, or where they would come from; "" where the caption says it all."""
        row = HEAT[self.mode]
        return row.missing if row.missing and not row.offered(self.state, self.graph) else row.measure

    @property
    def ends(self) -> tuple[str, str]:
        """The numbers at the scale's ends."""
        return (self._end(self.scale.low), self._end(self.scale.high))

    @property
    def around_one(self) -> bool:
        """Whether the figures are ratios, told both ways from the middle of the scale."""
        return HEAT[self.mode].around_one

    def _end(self, decade: float) -> str:
        if not HEAT[self.mode].bare_ends:
            return HEAT[self.mode].text(10.0**decade)
        return f"1e{decade:.0f}" if float(decade).is_integer() else f"{10.0**decade:.1e}".replace("e-0", "e-")

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
        if node >= 0 and takes_no_part(self.graph, node):
            told = gradient_words(self.state, self.graph, node)
            return Words(told.status, told.text)
        if node >= 0 and self.graph.kind(node) == Kind.INPUT:
            return Words("", "")
        value = float(self.values[item])
        if self.mode not in ("role", "gradient"):
            if self.nonfinite[item]:
                return Words("nonfinite", "NaN / Inf")
            return Words("", "") if np.isnan(value) else Words("value", HEAT[self.mode].text(value))
        if node >= 0:
            told = gradient_words(self.state, self.graph, node)
        elif self.totals is not None:
            told = self.totals.words(item)
        else:
            return Words("", "")
        return Words(told.status, told.text)


def build_marks(
    state: RunState, graph: GraphSnapshot, visible: VisibleGraph, heat: HeatChoice | HeatMode = "gradient"
) -> Marks:
    """The figures of this moment for what is visible."""
    choice = heat if isinstance(heat, HeatChoice) else HeatChoice(heat)
    row = HEAT[choice.mode]
    totals = totals_of(state, graph, visible) if choice.mode in ("role", "gradient", "change") else None
    values, nonfinite = row.figures(HeatAsk(state, graph, visible, choice, totals))
    scale = row.scale(values) if choice.limits is None else HeatScale(choice.limits[0], choice.limits[1], known=True)
    fractions = scale.fractions(values)
    halo_node = _halo_node(state, graph)
    halo = int(visible.item_of_node[halo_node]) if halo_node >= 0 else -1
    newest = pass_of(state, graph)
    gradients = newest.gradients if newest is not None else None
    widths, edge_colours = _edges(graph, visible, choice, gradients, scale if choice.mode == "gradient" else None)
    return Marks(
        state,
        graph,
        visible,
        choice.mode,
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
        choice,
        widths,
        edge_colours,
    )


def _edges(
    graph: GraphSnapshot,
    visible: VisibleGraph,
    choice: HeatChoice,
    gradients: NodeStatistics | None,
    scale: HeatScale | None,
) -> tuple[Floats | None, Bytes1 | None]:
    """Widths and colours of the lines; by gradient on the cards' own scale while these are coloured by it, too."""
    if choice.edges == "plain":
        return None, None
    if choice.edges == "size":
        return size_widths(graph, visible), None
    fitting = scale or HeatScale.of(node_figures(gradients, len(graph), "norm")[0])
    colours = gradient_buckets(graph, visible, gradients, fitting)
    return bucket_widths(colours), colours


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
    one = gradients.known & (gradients.columns["count"] == 1) & (gradients.columns["defined"] != 0)
    if not one.any():
        return {}
    edges, source, target = _only_uses(graph, visible)
    values = gradients.columns["v0"]
    usable = one & np.isfinite(values)
    wanted = np.flatnonzero(usable[source] & (usable & (values != 0))[target])
    ratios = values[source[wanted]] / values[target[wanted]]
    return dict(zip(edges[wanted].tolist(), ratios.tolist(), strict=True))


@lru_cache(maxsize=2)  # neither changes, and every iteration asks
def _only_uses(graph: GraphSnapshot, visible: VisibleGraph) -> tuple[Ints, Ints, Ints]:
    """Lines on screen between two nodes of which the first is used nowhere else: line, source node and target node."""
    single = np.flatnonzero(np.diff(visible.edge_start) == 1)
    rows = visible.edge_rows[visible.edge_start[single]]
    source, target = graph.edges["source"][rows], graph.edges["target"][rows]
    tracked = graph.edges["tracked"] == 1
    uses = np.bincount(graph.edges["source"][tracked], minlength=len(graph))
    wanted = (uses[source] == 1) & tracked[rows]
    wanted &= (visible.node[visible.source[single]] >= 0) & (visible.node[visible.target[single]] >= 0)
    return single[wanted].astype(np.int32), source[wanted], target[wanted]
