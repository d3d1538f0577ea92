"""The search language: what each word finds, and what is said of a word that is none."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from gradscope.graph.search import EXAMPLES, QueryError, parse
from gradscope.graph.snapshot import GraphSnapshot
from gradscope.graph.state import RunState, reduce
from gradscope.graph.statistics import NodeStatistics
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.samples import SPIRAL_CALLS, SPIRAL_NODES, graph_message, spiral_graph, spiral_state, statistics_table

SPIRAL = GraphSnapshot.from_message(spiral_graph())


def found(query: str, state: RunState | None = None, graph: GraphSnapshot = SPIRAL) -> list[str]:
    """Titles of what is found, by id."""
    if state is not None:
        assert state.graph is not None
        graph = state.graph
    return [graph.text(int(node), "title") for node in np.flatnonzero(parse(query).find(graph, state))]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("softmax", ["log_softmax"]),
        ("RELU", ["relu"]),
        ("relubackward0", ["relu"]),
        ("cross_entropy", ["log_softmax", "loss"]),
        ("net.2 bias", ["net.2.bias"]),
        ("relu softmax", []),
        ("module:relu", ["relu"]),
        ("name:logits", ["logits"]),
        ("op:addmm", ["linear", "logits"]),
        ("op:linear", ["T", "linear", "T", "logits"]),  # the function that made them
        ("line:30", ["log_softmax", "loss"]),
        ("file:spiral_mlp line:26", ["x", "y"]),
        ("no such thing", []),
        ("", []),
        ("-", []),
    ],
)
def test_words_meet_names_operations_functions_and_modules(query: str, titles: list[str]) -> None:
    assert found(query) == titles


def test_a_module_type_means_all_that_is_inside_however_deep() -> None:
    assert found("sequential op:backward") == ["T", "linear", "relu", "T", "logits"]
    assert found("linear -op:accumulate -op:tback") == ["linear", "logits"]
    assert found("net.0") == ["net.0.weight", "net.0.bias", "T", "linear"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("64x16", ["linear", "relu"]),
        ("64×16", ["linear", "relu"]),  # noqa: RUF001 - as the cards write it
        ("64,16", ["linear", "relu"]),
        ("(64,16)", ["linear", "relu"]),
        ("64x*", ["linear", "relu", "logits", "log_softmax", "x"]),
        ("*x16", ["T", "linear", "relu", "net.2.weight"]),
        ("?x2", ["net.0.weight", "T", "logits", "log_softmax", "x"]),
        ("64x?x?", []),
        ("shape:64", ["y"]),
        ("shape:?", ["net.0.bias", "net.2.bias", "y"]),
        ("scalar", ["loss"]),
        ("64 leaf", []),
        ("16 leaf", ["net.0.weight", "net.0.bias", "net.2.weight"]),
    ],
)
def test_shapes_stand_for_whole_shapes(query: str, titles: list[str]) -> None:
    assert found(query) == titles


def test_a_star_stands_for_one_or_more_sizes() -> None:
    row = (1, 1, "AddBackward0", "", "add", "add", -1, 3, "forward")
    graph = GraphSnapshot.from_message(
        graph_message([(*row, shape, "float16") for shape in ("64", "64,3", "64,3,5", "64,30,5", "6")], [], [])
    )
    shapes = [o.shape for node in np.flatnonzero(parse("64x*").find(graph)) for o in graph.node_outputs(int(node))]
    assert shapes == [(64, 3), (64, 3, 5), (64, 30, 5)]
    assert int(parse("64x3x*").find(graph).sum()) == 1
    assert int(parse("*x5").find(graph).sum()) == 2
    assert int(parse("size>300").find(graph).sum()) == 2
    assert int(parse("size=6").find(graph).sum()) == 1


def test_dtype_and_device() -> None:
    assert found("int64") == ["y"]
    assert found("long") == ["y"]
    assert found("dtype:float -leaf -op:backward") == ["x"]
    assert len(found("cpu")) == len(SPIRAL)
    assert found("device:cuda") == found("cuda:0") == []


def test_words_for_what_a_node_is() -> None:
    assert found("leaf") == ["net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"]
    assert found("root") == ["loss"]
    assert found("input") == ["x", "y"]
    assert found("intermediate 64x2") == ["logits", "log_softmax"]
    assert found("untracked") == found("frozen") == []
    assert found('"leaf"') == []
    assert found('"log_soft"') == ["log_softmax"]
    assert found('-"relu" op:relu') == []


def test_gradients_are_compared_where_they_are_known() -> None:
    state = spiral_state()  # linear, the eighth of eleven, is about to run
    assert found("grad>0.1", state) == ["log_softmax", "loss"]
    assert found("grad<1e-6", state) == []
    assert found("grad<=0.0034", state) == ["net.2.bias"]
    assert found("grad=1", state) == ["loss"]
    assert found("grad.max>=0.5", state) == ["loss"]
    assert found("value>3 grad<1", state) == ["linear", "relu"]
    assert found("not-yet leaf", state) == ["net.0.weight", "net.0.bias"]
    assert found("grad>0") == []  # without a state nothing is known


def test_undefined_and_unmeasured_are_no_numbers() -> None:
    state = spiral_state()
    columns: dict[str, list[float]] = {name: [-1.0] for name in m.STATISTIC_COLUMNS}
    columns |= {"node": [3.0], "output": [0.0], "defined": [0.0]}
    undefined = reduce(state, m.GradientsMeasured(12, 0, Table.from_columns("f8", columns)))
    assert "linear" not in found("grad<1", undefined)
    assert found("undefined", undefined) == ["linear"]
    assert "linear" in found("no-grad", undefined)


def test_bad_numbers_and_missing_gradients() -> None:
    state = spiral_state()
    bad = statistics_table({4: float("nan"), 8: float("inf"), 6: 0.0})
    state = reduce(state, m.GradientsMeasured(12, 0, bad))
    assert found("nan", state) == ["relu"]
    assert found("inf", state) == ["logits"]
    assert found("nonfinite", state) == ["relu", "logits"]
    assert found("zero", state) == ["net.2.bias"]
    assert found("grad>1e30", state) == ["logits"]
    assert found("no_grad", state) == ["x", "y"]  # the others may still come
    over = reduce(state, m.PassEnded(12, 0, 0.01))
    assert found("no-grad leaf", over) == ["net.0.weight", "net.0.bias"]
    assert found("-no-grad leaf", over) == ["net.2.weight", "net.2.bias"]


def test_figures_of_another_graph_are_not_asked() -> None:
    state = spiral_state()
    other = replace(state.passes[-1], gradients=NodeStatistics.empty(3))
    assert found("grad>0", replace(state, passes=(other,), values=MappingProxyType({}))) == []


def test_only_figures_change_while_training_runs() -> None:
    assert not parse("relu leaf 64x* size>3").live
    assert parse("relu grad>1").live
    assert parse("-nan").live


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("grad>", "needs a number"),
        ("grad>abc", "needs a number"),
        ("grad=nan", "by the word nan"),
        ("loss>1", "no figure of a node"),
        ("modul:linear", "There is no “modul:”"),
        ("name:", "needs a word"),
        ("line:ten", "number of a line"),
        ("shape:wide", "needs sizes"),
    ],
)
def test_what_is_no_search_is_answered_by_a_sentence(query: str, part: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert part in str(caught.value)
    assert str(caught.value).endswith(".")


def test_expressions_and_quotation_marks_are_text() -> None:
    nodes = [
        (1, 1, "MulBackward0", "", "w*x", "mul", -1, 3, "f", "", "float32"),
        (1, 1, "SliceBackward0", "", "x[:, 0]", "slice", -1, 3, "f", "", "float32"),
        (1, 1, "GtBackward0", "", "y>0", "gt", -1, 3, "f", "", "float32"),
    ]
    graph = GraphSnapshot.from_message(graph_message(nodes, [], []))
    assert found("w*x", graph=graph) == ["w*x"]
    assert found("x[:,", graph=graph) == ["x[:, 0]"]
    assert found('"x[:, 0]"', graph=graph) == ["x[:, 0]"]
    assert found('"y>0"', graph=graph) == ["y>0"]
    assert found('name:"x[:, 0', graph=graph) == ["x[:, 0]"]  # still being typed


def test_every_example_is_a_search() -> None:
    state = spiral_state()
    for text, meaning in EXAMPLES:
        parse(text).find(SPIRAL, state)
        assert meaning


def test_an_empty_graph_holds_nothing() -> None:
    empty = GraphSnapshot.from_message(graph_message([], [], []))
    for text, _ in EXAMPLES:
        assert not parse(text).find(empty, None).any()


def test_the_samples_are_what_these_tests_take_them_for() -> None:
    assert [SPIRAL.calls[0].type, len(SPIRAL.calls)] == ["SpiralNet", len(SPIRAL_CALLS)]
    assert len(SPIRAL) == len(SPIRAL_NODES)
