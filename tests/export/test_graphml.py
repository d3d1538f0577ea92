"""GraphML: what networkx reads again is what is known of the graph, value by value and type by type."""

from __future__ import annotations

import io

import networkx
import pytest

from gradscope.export.attributes import edge_attributes, graph_attributes, node_attributes
from gradscope.export.graphml import export_graphml
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from tests.samples import graph_message

from .scenes import LOOKS_EDGES, LOOKS_NODES, graph_of, looks, spiral

CASES = {"spiral": spiral()[0], "looks": looks()[0]}


def read(state: RunState) -> networkx.MultiDiGraph:
    text = export_graphml(state, graph_of(state))
    return networkx.read_graphml(io.BytesIO(text.encode()), node_type=int, force_multigraph=True)


def clean(value: object) -> object:
    return value.replace("\x00", "\ufffd").replace("\x1b", "\ufffd") if isinstance(value, str) else value


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
