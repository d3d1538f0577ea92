"""The words of a gradient and of numbers, as a user reads them."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import Any

import pytest

from gradscope.graph.aggregate import aggregates
from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.formats import (
    format_bytes,
    format_count,
    format_element,
    format_elements,
    format_number,
    format_shape,
)
from gradscope.graph.snapshot import Cut, GraphSnapshot, Source
from gradscope.graph.state import RunState, reduce
from gradscope.graph.words import GradientWords, aliases_of, gradient_words, value_words
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.samples import SPIRAL_NODES, graph_message, spiral_graph, spiral_state, statistics_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0231, "2.31e-2"),
        (0.125, "1.25e-1"),
        (1.0, "1.00"),
        (64.46, "64.5"),
        (999.7, "1.00e3"),
        (123.4, "123"),
        (12345.0, "1.23e4"),
        (0.0, "0"),
        (-0.5, "-5.00e-1"),
        (math.nan, "NaN"),
        (math.inf, "Inf"),
        (-math.inf, "-Inf"),
    ],
)
def test_a_magnitude_has_three_digits(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2.0"), (-3.0, "-3.0"), (0.6871, "0.6871"), (2.5e-7, "2.5e-7"), (1e10, "1e10"), (math.nan, "NaN")],
)
def test_an_element_is_written_as_a_person_would(value: float, text: str) -> None:
    assert format_element(value) == text


def test_shapes_counts_lists_and_sizes() -> None:
    assert format_shape((64, 16)) == "64\N{MULTIPLICATION SIGN}16"
    assert format_shape(()) == "scalar"
    assert format_count(1, "leaf", "leaves") == "1 leaf"
    assert format_count(12000, "node") == "12,000 nodes"
    assert format_elements((1.0, -2.5)) == "[1.0, -2.5]"
    assert [format_bytes(size) for size in (512, 1_400_000, 250_000_000)] == ["512 B", "1.4 MB", "250 MB"]


def _words(state: RunState, node: int) -> GradientWords:
    graph = state.graph
    assert graph is not None
    return gradient_words(state, graph, node)


def _told(node: int = 3, **figures: float) -> m.GradientsMeasured:
    """A message that one node has passed, with these figures."""
    row: dict[str, float] = dict.fromkeys(m.STATISTIC_COLUMNS, 0.0)
    row |= {"node": node, "defined": 1, "count": 64, "norm": 1.0, **figures}
    return m.GradientsMeasured(12, 0, Table.from_columns("f8", {name: [value] for name, value in row.items()}))


def test_in_the_middle_of_backward() -> None:
    state = spiral_state()
    assert _words(state, 3) == GradientWords("value", "2.31e-2")
    assert _words(state, 0) == GradientWords("not yet", "grad: not yet")
    assert _words(state, 11).status == "none"


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"norm": 0.0}, GradientWords("zero", "grad: zero")),
        ({"nan": 3}, GradientWords("nonfinite", "3 NaN")),
        ({"nan": 3, "inf": 1}, GradientWords("nonfinite", "3 NaN, 1 Inf")),
        ({"norm": math.nan, "nan": -1, "inf": -1}, GradientWords("nonfinite", "NaN")),
        ({"defined": 0, "norm": -1}, GradientWords("undefined", "grad: undefined")),
        ({"count": 1, "norm": 3.0, "v0": -3.0}, GradientWords("value", "grad = -3.0")),
        ({"count": 2, "norm": 3.0, "v0": 1.0, "v1": -2.0}, GradientWords("value", "grad = [1.0, -2.0]")),
        ({"count": 1, "nan": 1, "v0": math.nan}, GradientWords("nonfinite", "grad = NaN")),
    ],
)
def test_what_passed_is_told(figures: dict[str, float], words: GradientWords) -> None:
    assert _words(reduce(spiral_state(), _told(**figures)), 3) == words


def test_a_pass_that_is_over_brings_nothing_more() -> None:
    state = reduce(spiral_state(), m.PassEnded(12, 0, 0.1))
    assert _words(state, 0) == GradientWords("none", "grad: none")


def test_an_old_gradient_names_its_iteration_until_this_pass_comes() -> None:
    started = m.PassStarted(12, 0, "backward", "spiral", "detail", "loss", 1.0, b"", struct.pack("<i", 0))
    state = reduce(spiral_state(), started)
    assert _words(state, 0) == GradientWords("old", "old, from iteration 11")
    assert _words(state, 1) == GradientWords("not yet", "grad: not yet")
    assert _words(reduce(state, _told(0)), 0).status == "value"


def test_frozen_parameters_and_cut_paths_say_so() -> None:
    nodes: list[tuple[Any, ...]] = list(SPIRAL_NODES)
    nodes[4] = (3, 4, *nodes[4][2:])
    message = graph_message(nodes, [], [])
    graph = GraphSnapshot.from_message(message)
    frozen = graph.nodes["frozen"].copy()
    frozen[11] = 1
    cut = Cut(3, 0, 4, 0, "detach", Source("spiral_mlp.py", 18, "forward"), None)
    graph = replace(graph, nodes={**graph.nodes, "frozen": frozen}, cuts=(cut,))
    assert gradient_words(RunState(), graph, 4) == GradientWords("cut", "cut at line 18")
    assert gradient_words(RunState(), graph, 11) == GradientWords("frozen", "frozen")
    nodes[11] = (2, 0, *nodes[11][2:])  # a leaf that this graph only takes in: its gradient is cut off
    taken_in = GraphSnapshot.from_message(graph_message(nodes, [], []))
    assert [gradient_words(RunState(), taken_in, node).status for node in (11, 12)] == ["cut", "none"]


def test_other_names_are_those_of_a_leaf_and_a_loss_is_that_of_its_own_root() -> None:
    state = spiral_state()
    graph = state.graph
    assert graph is not None
    first = state.parameters[0]
    named = (replace(first, name="logits", aliases=("head",)), replace(first, aliases=("tied.weight",)))
    known = replace(state, parameters=named)
    assert aliases_of(known, graph, 0) == ("tied.weight",)
    assert aliases_of(known, graph, 8) == (), "an intermediate that has the name of a parameter is none"
    other = replace(state, values={}, passes=(replace(state.passes[-1], root="penalty"),))
    assert value_words(other, graph, 10) == "", "the pass began at another root"


def test_before_the_first_pass_everything_is_not_yet() -> None:
    graph = GraphSnapshot.from_message(spiral_graph())
    assert gradient_words(RunState(), graph, 0).status == "not yet"


def test_values_of_few_elements_stand_beside_the_title() -> None:
    state = spiral_state()
    graph = state.graph
    assert graph is not None
    assert value_words(state, graph, 10) == "loss = 0.6871"
    assert value_words(state, graph, 3) == ""
    row = statistics_table({10: 0.5}, count=1)
    told = reduce(state, m.ValuesMeasured(12, "spiral", row))
    assert value_words(told, graph, 10) == "loss = 0.5"


def test_a_folded_call_sums_up_what_is_inside() -> None:
    state = spiral_state()
    graph = state.graph
    assert graph is not None
    visible = visible_graph(graph, initial(graph).closed(3).closed(1).closed(2))
    made = aggregates(state, graph, visible)
    last, first, middle = (visible.item_of_call(call) for call in (3, 1, 2))
    assert made.contents(last) == "2 nodes, 2 leaves"
    assert made.norm[last] == pytest.approx(math.hypot(0.05, 0.0034))  # of its leaves
    assert made.norm[first] == pytest.approx(0.0231)  # no leaf has one yet: of what enters
    assert made.contents(middle) == "1 node"
    assert made.words(middle) == GradientWords("value", "3.02e-2")


def test_without_leaves_only_what_enters_a_call_counts() -> None:
    state = reduce(spiral_state(), _told(2, norm=5.0))  # T, whose gradient comes from linear in the same call
    graph = state.graph
    assert graph is not None
    visible = visible_graph(graph, initial(graph).closed(1))
    assert aggregates(state, graph, visible).norm[visible.item_of_call(1)] == pytest.approx(0.0231)


def test_a_folded_call_reports_the_worst_inside() -> None:
    state = reduce(spiral_state(), _told(7, nan=2))
    graph = state.graph
    assert graph is not None
    visible = visible_graph(graph, initial(graph).closed(3))
    made = aggregates(state, graph, visible)
    assert made.words(visible.item_of_call(3)) == GradientWords("nonfinite", "NaN or Inf inside")
    assert made.words(int(visible.item_of_node[0])) == GradientWords("not yet", "grad: not yet")
    assert made.words(int(visible.item_of_node[11])).status == "none"
