"""What took how long: decoded, summed in boxes, coloured, and said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.formats import format_seconds
from gradscope.graph.heat_figures import offered_modes
from gradscope.graph.marks import build_marks
from gradscope.graph.state import RunState, reduce
from gradscope.graph.time_figures import backward_seconds, forward_seconds, time_words
from gradscope.wire import messages as m
from tests.samples import spiral_graph, spiral_state, timed_forward, timed_nodes

ITERATION = 12
NET = 4  # the row of the call ``net`` among the graph's: around net.0, net.1 and net.2


@pytest.fixture
def state() -> RunState:
    """Nodes 2 and 3 are one call of linear; 9 and 10 one of cross_entropy, outside of every module."""
    state = spiral_state()
    state = reduce(state, timed_nodes(ITERATION, {10: 1e-3, 9: 2e-3}))
    state = reduce(state, timed_nodes(ITERATION, {8: 4e-3, 4: 8e-3}))
    operations = [(2, 0, 5e-4), (3, 0, 5e-4), (4, 1, 1e-4), (9, 2, 3e-4), (10, 2, 3e-4)]
    return reduce(state, timed_forward(ITERATION, operations, {0: 9e-3, 1: 6e-4, NET: 7e-3}))


def test_what_is_told_piece_by_piece_comes_together_and_the_rest_is_unknown(state: RunState) -> None:
    graph = state.graph
    assert graph is not None
    known = backward_seconds(state, graph)
    assert {int(node): known[node] for node in np.flatnonzero(~np.isnan(known))} == {
        10: 1e-3,
        9: 2e-3,
        8: 4e-3,
        4: 8e-3,
    }
    told = forward_seconds(state, graph)
    assert told is not None
    assert told.calls[NET] == 7e-3
    assert np.isnan(told.calls[2])
    assert np.isnan(told.operations[8])


def test_the_next_pass_has_no_times_of_the_one_before(state: RunState) -> None:
    again = reduce(state, m.PassStarted(ITERATION, 0, "backward", "spiral", "detail", "loss", 0.6, b"\x0a\0\0\0"))
    graph = again.graph
    assert graph is not None
    assert forward_seconds(again, graph) is not None, "the same pass, told once more with its order"
    later = reduce(again, m.PassStarted(ITERATION + 1, 0, "backward", "spiral", "light", "loss", 0.6))
    assert forward_seconds(later, graph) is None
    assert np.isnan(backward_seconds(later, graph)).all()
    assert time_words(later, graph, 10) == ""


def test_a_box_has_the_sum_of_its_nodes_in_backward_and_its_own_call_in_the_forward(state: RunState) -> None:
    graph = state.graph
    assert graph is not None
    closed = visible_graph(graph, replace(initial(graph), open=frozenset({0})))
    net = closed.item_of_call(NET)
    marks = build_marks(state, graph, closed, "backward_time")
    assert marks.values[net] == pytest.approx(12e-3)
    assert marks.values[closed.item_of_node[9]] == 2e-3
    assert marks.words(net).text == "12.0 ms"
    assert marks.ends == ("100 \N{MICRO SIGN}s", "100 ms")
    marks = build_marks(state, graph, closed, "forward_time")
    assert marks.values[net] == 7e-3
    assert marks.values[closed.item_of_node[9]] == marks.values[closed.item_of_node[10]] == 3e-4
    opened = visible_graph(graph, initial(graph).all_open())
    marks = build_marks(state, graph, opened, "forward_time")
    items = [opened.item_of_call(row) for row in (1, 3)]
    assert min(items) >= 0
    assert marks.values[items[0]] == 6e-4
    assert np.isnan(marks.values[items[1]]), "nothing in net.2 was timed"


def test_one_torch_call_counts_once_in_a_box_that_nobody_timed(state: RunState) -> None:
    graph = state.graph
    assert graph is not None
    untimed = reduce(state, timed_forward(ITERATION, [(2, 0, 5e-4), (3, 0, 5e-4), (4, 1, 1e-4)], {0: 9e-3}))
    closed = visible_graph(graph, replace(initial(graph), open=frozenset({0})))
    marks = build_marks(untimed, graph, closed, "forward_time")
    assert marks.values[closed.item_of_call(NET)] == pytest.approx(6e-4)


def test_the_hottest_is_the_one_that_took_longest(state: RunState) -> None:
    graph = state.graph
    assert graph is not None
    opened = visible_graph(graph, initial(graph).all_open())
    marks = build_marks(state, graph, opened, "backward_time")
    shares = {node: marks.fractions[opened.item_of_node[node]] for node in (10, 9, 8, 4)}
    assert sorted(shares, key=lambda node: shares[node]) == [10, 9, 8, 4]
    assert not marks.nonfinite.any()


def test_times_are_offered_in_detail_and_the_legend_says_what_is_missing_elsewhere(state: RunState) -> None:
    graph = state.graph
    assert graph is not None
    assert {"backward_time", "forward_time"} <= set(offered_modes(state, graph))
    visible = visible_graph(graph, initial(graph))
    assert build_marks(state, graph, visible, "backward_time").caption == "time in backward, log scale"
    assert "Wall time on the host" in build_marks(state, graph, visible, "forward_time").measure
    light = reduce(state, m.PassStarted(ITERATION + 1, 0, "backward", "spiral", "light", "loss", 0.6))
    assert not {"backward_time", "forward_time"} & set(offered_modes(light, graph))
    marks = build_marks(light, graph, visible, "backward_time")
    assert marks.caption == "time in backward: needs detail"
    assert "step through an iteration" in marks.measure


def test_on_an_accelerator_times_are_said_to_be_those_of_the_launch(state: RunState) -> None:
    told = spiral_graph()
    away = reduce(state, replace(told, strings=tuple("cuda:0" if text == "cpu" else text for text in told.strings)))
    graph = away.graph
    assert graph is not None
    marks = build_marks(away, graph, visible_graph(graph, initial(graph)), "backward_time")
    assert marks.caption == "launch time in backward, log scale"
    assert time_words(away, graph, 10).startswith("launch time in backward: 1.00 ms\nlaunch time in the forward: ")


def test_words_name_the_torch_call_and_the_module(state: RunState) -> None:
    graph = state.graph
    assert graph is not None
    assert time_words(state, graph, 4) == "time in backward: 8.00 ms\ntime in the forward: 100 \N{MICRO SIGN}s by relu"
    linear = time_words(state, graph, 3)
    assert (
        linear
        == "time in the forward: 500 \N{MICRO SIGN}s by linear (2 nodes of one call), 600 \N{MICRO SIGN}s by net.0"
    )
    assert time_words(state, graph, 11) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0"),
        (8.7e-7, "870 ns"),
        (1.5e-9, "2 ns"),
        (9.996e-7, "1.00 us"),
        (1.234e-5, "12.3 us"),
        (0.004, "4.00 ms"),
        (0.9999, "1.00 s"),
        (1.2, "1.20 s"),
        (123.4, "123 s"),
        (4000.0, "4000 s"),
    ],
)
def test_a_time_has_its_unit_and_three_digits(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text.replace("us", "\N{MICRO SIGN}s")
