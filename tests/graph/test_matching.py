"""The same node in graphs that are built differently, and its norms over them."""

from __future__ import annotations

import numpy as np

from gradscope.graph import node_history
from gradscope.graph.matching import identities, matched
from gradscope.graph.node_history import NodeHistory
from gradscope.graph.statistics import NodeStatistics
from tests.layout import graphs


def measured(norms: list[float]) -> NodeStatistics:
    empty = NodeStatistics.empty(len(norms))
    columns = {**empty.columns, "norm": np.array(norms)}
    return NodeStatistics(np.array(norms) >= 0, columns, {})


def test_no_two_nodes_of_a_graph_are_the_same() -> None:
    graph = graphs.gpt(3)
    assert len(set(identities(graph))) == len(graph)


def test_every_node_finds_itself_and_its_like_in_a_deeper_network() -> None:
    small, large = graphs.gpt(2), graphs.gpt(4)
    assert [matched(node, small, small) for node in range(len(small))] == list(range(len(small)))
    pairs = [(node, matched(node, small, large)) for node in range(len(small))]
    assert len({other for _, other in pairs if other >= 0}) == sum(other >= 0 for _, other in pairs)
    for node, other in pairs:
        if other >= 0:
            assert small.text(node, "op") == large.text(other, "op")
            assert small.call(node) == large.call(other) or small.call(node).label == large.call(other).label
    inside = [node for node in range(len(small)) if small.call(node) is not None and small.call(node).module]
    assert all(dict(pairs)[node] >= 0 for node in inside)


def test_a_step_more_in_a_loop_leaves_the_other_steps_what_they_were() -> None:
    short, long = graphs.lstm(3), graphs.lstm(4)
    for node in range(len(short)):
        call = short.call(node)
        if call is not None:
            assert long.call(matched(node, short, long)).label == call.label


def test_norms_are_read_across_graphs() -> None:
    small, large = graphs.gpt(1), graphs.gpt(2)
    known = {"small": small, "large": large}
    small, large = (graph.__class__(name, *_rest(graph)) for name, graph in known.items())
    history = NodeHistory()
    for iteration, graph in enumerate((small, large, small)):
        norms = [iteration * 1000.0 + node for node in range(len(graph))]
        history = history.appended(iteration, 0, graph.fingerprint, measured(norms))
    node = len(small) - 1
    other = matched(node, small, large)
    iterations, norms = history.series(node, small, {"small": small, "large": large})
    assert iterations.tolist() == [0, 1, 2]
    assert norms.tolist() == [node, 1000.0 + other, 2000.0 + node]
    iterations, _ = history.series(node, small, {"small": small})
    assert iterations.tolist() == [0, 2], "a graph that is forgotten cannot be read"


def test_an_older_history_never_sees_more_and_old_passes_make_way(monkeypatch) -> None:
    monkeypatch.setattr(node_history, "PASSES", 100)
    graph = graphs.line()
    histories = [NodeHistory()]
    for iteration in range(400):
        part = measured([float(iteration)] * len(graph))
        histories.append(histories[-1].appended(iteration, 0, graph.fingerprint, part))
    for count, history in enumerate(histories):
        iterations, norms = history.series(0, graph, {})
        assert iterations.tolist() == norms.tolist() == list(range(max(0, count - 100), count))


def _rest(graph):
    return (graph.strings, graph.nodes, graph.outputs, graph.edges, graph.calls)
