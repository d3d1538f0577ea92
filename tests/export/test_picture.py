"""How far a graph is opened for a picture, and what stands above it."""

from __future__ import annotations

from gradscope.export.picture import fold_to, heading
from gradscope.graph.fold import visible_graph
from gradscope.graph.visible import ItemKind
from tests.layout import graphs
from tests.samples import spiral_state

from .scenes import graph_of


def test_deeper_shows_more_until_all_is_open() -> None:
    graph = graphs.gpt(3)
    counts = [len(visible_graph(graph, fold_to(graph, depth))) for depth in range(6)]
    assert counts == sorted(counts)
    assert counts[0] < counts[1] < counts[2]
    closed = ItemKind.CLOSED_CALL
    assert (visible_graph(graph, fold_to(graph, 0)).kinds != ItemKind.OPEN_CALL).all()
    assert (visible_graph(graph, fold_to(graph, 99)).kinds != closed).all()
    assert (visible_graph(graph, fold_to(graph, 1)).kinds == closed).any()


def test_without_a_depth_it_is_opened_as_far_as_it_can_be_read() -> None:
    graph = graphs.gpt(12)
    assert 5 < len(visible_graph(graph, fold_to(graph, None))) <= 60


def test_the_heading_says_where_in_the_run_this_is() -> None:
    state = spiral_state()
    graph = graph_of(state)
    assert heading(state, graph, fold_to(graph, None)) == (
        "spiral_mlp.py",
        "iteration 12 · loss = 0.6871 · SpiralNet › net",  # noqa: RUF001 - the sign of the breadcrumb
    )
