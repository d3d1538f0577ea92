"""GraphML: what networkx reads again is what is known of the graph, value by value and type by type."""

from __future__ import annotations

import io
from dataclasses import replace

import networkx
import pytest

from gradscope.export.attributes import edge_attributes, graph_attributes, node_attributes
from gradscope.export.graphml import export_graphml
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.samples import graph_message, timed_forward, timed_nodes

from .scenes import LOOKS_EDGES, LOOKS_NODES, graph_of, looks, spiral

CASES = {"spiral": spiral()[0], "looks": looks()[0]}


def read(state: RunState) -> networkx.MultiDiGraph:
    text = export_graphml(state, graph_of(state))
    return networkx.read_graphml(io.BytesIO(text.encode()), node_type=int, force_multigraph=True)


def clean(value: object) -> object:
    return value.replace("\x00", "\ufffd").replace("\x1b", "\ufffd") if isinstance(value, str) else value


def test_times_are_figures_of_a_node_where_somebody_measured() -> None:
    state = reduce(reduce(CASES["spiral"], timed_nodes(12, {4: 4e-3})), timed_forward(12, [(4, 0, 5e-3)], {2: 6e-3}))
    back = read(state).nodes
    assert (back[4]["backward_seconds"], back[4]["forward_seconds"]) == (4e-3, 5e-3)
    assert not {"backward_seconds", "forward_seconds"} & set(back[3])


@pytest.mark.parametrize("name", CASES)
def test_everything_comes_back(name: str) -> None:
    state = CASES[name]
    graph, back = graph_of(state), read(state)
    assert sorted(back.nodes) == list(range(len(graph)))
    for node in range(len(graph)):
        expected = {key: clean(value) for key, value in node_attributes(state, graph, node).items()}
        assert {key: repr(value) for key, value in back.nodes[node].items()} == {
            key: repr(value) for key, value in expected.items()
        }
    edges = sorted((source, target, sorted(given.items())) for source, target, given in back.edges(data=True))
    assert edges == sorted((a, b, sorted(given.items())) for a, b, given in edge_attributes(graph))
    assert back.graph.items() >= graph_attributes(state, graph).items()


def test_figures_and_places_are_there_by_name() -> None:
    nodes = read(CASES["spiral"]).nodes
    assert nodes[3]["grad_norm"] == pytest.approx(0.0231)
    assert nodes[3]["value_norm"] == pytest.approx(4.2)
    assert (nodes[3]["call"], nodes[3]["module_type"], nodes[3]["line"]) == ("net.0#0", "Linear", 18)
    assert nodes[0]["gradient"] == "not yet"
    assert "grad_norm" not in nodes[0]
    assert nodes[10]["role"] == "root"


def test_nan_is_a_number_again() -> None:
    norm = read(CASES["looks"]).nodes[3]["grad_norm"]
    assert isinstance(norm, float)
    assert norm != norm


def test_two_edges_between_the_same_nodes_stay_two() -> None:
    edges = [*LOOKS_EDGES, (0, 0, 3, 1, 1)]
    state = RunState()
    for message in (graph_message(LOOKS_NODES, edges, [], "two"), m.PassStarted(0, 0, "backward", "two", "light")):
        state = reduce(state, message)
    assert read(state).number_of_edges(0, 3) == 2


def test_signs_stay_and_what_is_not_known_is_left_out() -> None:
    row = dict.fromkeys(m.STATISTIC_COLUMNS, -1.0) | {"node": 3, "output": 0, "defined": 1}
    row |= {"norm": 2.0, "std": 0.5, "mean": -0.25}
    graph = graph_message(LOOKS_NODES, LOOKS_EDGES, [], "signs")
    nodes = {name: graph.nodes.column(name) for name in m.NODE_COLUMNS}
    nodes["frozen"] = [0, 1, 0, 0, 0]
    outputs = {name: graph.outputs.column(name) for name in m.OUTPUT_COLUMNS}
    outputs = {name: [*values, 1 if name == "output" else values[3]] for name, values in outputs.items()}
    wide = replace(graph, nodes=Table.from_columns("i4", nodes), outputs=Table.from_columns("i4", outputs))
    state = RunState()
    for message in (
        wide,
        m.PassStarted(0, 0, "backward", "signs", "light"),
        m.GradientsMeasured(0, 0, Table.from_columns("f8", {name: [value] for name, value in row.items()})),
    ):
        state = reduce(state, message)
    back = read(state).nodes
    assert {name: value for name, value in back[3].items() if name.startswith("grad_")} == {
        "grad_norm": 2.0,
        "grad_std": 0.5,
        "grad_mean": -0.25,
    }
    assert back[3]["outputs"] == "[[2, 3], [2, 3]]"
    assert [back[node].get("frozen") for node in range(5)] == [None, True, None, None, None]
