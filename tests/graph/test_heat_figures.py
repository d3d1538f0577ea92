"""What heat colours by: memory that is counted once, changes against another iteration, ranges that a user chose."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.heat import HeatChoice
from gradscope.graph.heat_figures import offered_modes
from gradscope.graph.marks import build_marks
from gradscope.graph.snapshot import Saved
from gradscope.graph.state import reduce
from gradscope.wire import messages as m
from tests.samples import spiral_state, statistics_table

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState


def saving(state: RunState, *entries: tuple[int, int, int, int]) -> RunState:
    """The graph holds (node, memory, bytes, leaf that owns it) until its backward."""
    graph = state.graph
    assert graph is not None
    saved = tuple(
        Saved(node, "self", (), "float32", held, memory, held, leaf, False) for node, memory, held, leaf in entries
    )
    return replace(state, graphs=MappingProxyType({graph.fingerprint: replace(graph, saved=saved)}))


def shown(state: RunState) -> GraphSnapshot:
    assert state.graph is not None
    return state.graph


def test_memory_that_two_nodes_share_counts_once_in_their_call_and_a_leafs_own_not_at_all() -> None:
    state = saving(spiral_state(), (3, 0, 4096, -1), (4, 1, 512, -1), (8, 1, 512, -1), (8, 2, 100, 5), (3, 1, 512, -1))
    graph = shown(state)
    opened = visible_graph(graph, initial(graph).all_open())
    marks = build_marks(state, graph, opened, "saved")
    assert marks.values[opened.item_of_node[3]] == 4608
    assert marks.values[opened.item_of_node[8]] == 512
    assert marks.values[opened.item_of_node[9]] == 0
    assert np.isnan(marks.values[opened.item_of_node[0]]), "a leaf saves nothing of its own"
    assert marks.words(int(opened.item_of_node[3])).text == "4.6 kB"
    closed = visible_graph(graph, replace(initial(graph), open=frozenset({0})))
    net = closed.item_of_call(4)
    assert build_marks(state, graph, closed, "saved").values[net] == 4608


def test_saved_memory_is_offered_only_where_it_is_known() -> None:
    state = spiral_state()
    assert "saved" not in offered_modes(state, shown(state))
    held = saving(state, (3, 0, 4096, -1))
    assert "saved" in offered_modes(held, shown(held))


def later(state: RunState, norms: dict[int, float]) -> RunState:
    """The next iteration through the same graph, with other gradients."""
    number = state.iteration + 1
    state = reduce(state, m.PassStarted(number, 0, "backward", "spiral", "light", "loss", 0.5, b""))
    return reduce(state, m.GradientsMeasured(number, 0, statistics_table(norms)))


def test_change_is_the_ratio_to_the_other_iteration_and_one_is_the_middle_of_its_scale() -> None:
    before = spiral_state()
    graph = shown(before)
    norms = {10: 1.0, 9: 0.25, 8: 0.079 / 4, 6: 0.0, 4: 0.0302 * 4}
    now = later(before, norms)
    visible = visible_graph(graph, initial(graph).all_open())
    marks = build_marks(now, graph, visible, HeatChoice("change", reference=before))
    words = {node: marks.words(int(visible.item_of_node[node])).text for node in norms}
    assert words == {10: "same", 9: "× 2.00", 8: "÷ 4.00", 6: "now 0", 4: "× 4.00"}  # noqa: RUF001
    shares = marks.fractions[visible.item_of_node[[10, 9, 8]]]
    assert shares[0] == 0.5 < shares[1]
    assert shares[2] < 0.5
    assert marks.caption == f"gradient norm against iteration {before.iteration}"
    assert marks.ends == ("÷ 10.0", "× 10.0")  # noqa: RUF001


def test_without_an_earlier_iteration_the_legend_says_so() -> None:
    state = spiral_state()
    graph = shown(state)
    marks = build_marks(state, graph, visible_graph(graph, initial(graph)), "change")
    assert not marks.scale.known
    assert marks.caption == "no earlier iteration of this graph"


def test_a_chosen_range_spreads_the_colours_over_it() -> None:
    state = spiral_state()
    graph = shown(state)
    visible = visible_graph(graph, initial(graph).all_open())
    marks = build_marks(state, graph, visible, HeatChoice("gradient", limits=(-2.0, -1.0)))
    fractions = {node: marks.fractions[visible.item_of_node[node]] for node in (10, 6, 4)}
    assert fractions[10] == 1.0
    assert fractions[6] == 0.0
    assert fractions[4] == pytest.approx(np.log10(0.0302) + 2)
    assert marks.ends == ("1e-2", "1e-1")


def test_edges_tell_how_much_flows_along_them() -> None:
    state = spiral_state()
    graph = shown(state)
    visible = visible_graph(graph, initial(graph).all_open())
    marks = build_marks(state, graph, visible, HeatChoice(edges="size"))
    assert marks.edge_widths is not None
    width = dict(zip(visible.node[visible.source].tolist(), marks.edge_widths.tolist(), strict=True))
    assert width[3] > width[8] > width[9] - 1e-9 > width[6], "64x16, 64x2, 64x2 and 2 elements"
    colours = build_marks(state, graph, visible, HeatChoice(edges="gradient")).edge_buckets
    assert colours is not None
    bucket = dict(zip(visible.node[visible.source].tolist(), colours.tolist(), strict=True))
    assert bucket[9] > bucket[8] > bucket[4]
    assert bucket[9] == build_marks(state, graph, visible).buckets[visible.item_of_node[9]], "the cards' own scale"
