"""DOT text: every node and edge, calls as clusters, and no name that could break it."""

from __future__ import annotations

import re

from gradscope.export.dot import export_dot, quoted
from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.snapshot import GraphSnapshot
from tests.export.scenes import graph_of, looks
from tests.layout import graphs
from tests.samples import SPIRAL_EDGES, SPIRAL_NODES, spiral_graph


def _balanced(text: str) -> bool:
    bare = re.sub(r'"(\\.|[^"\\])*"', "", text)
    return bare.count("{") == bare.count("}") and bare.count("[") == bare.count("]") and '"' not in bare


def test_a_whole_graph_has_every_node_and_edge() -> None:
    text = export_dot(GraphSnapshot.from_message(spiral_graph()))
    assert _balanced(text)
    assert len(re.findall(r"^ *n\d+ \[", text, re.MULTILINE)) == len(SPIRAL_NODES)
    assert sorted(re.findall(r"n(\d+) -> n(\d+)", text)) == sorted((str(e[0]), str(e[2])) for e in SPIRAL_EDGES)
    assert text.count("style=dashed]") == 2
    assert 'label="net.0  Linear"' in text
    assert "linear\\nAddmmBackward0\\n64" in text
    assert 'label="SpiralNet";' in text, "a model that is called by its type is named once"


def test_what_is_folded_is_one_node() -> None:
    graph = GraphSnapshot.from_message(spiral_graph())
    text = export_dot(graph, visible_graph(graph, initial(graph).closed(3)))
    assert _balanced(text)
    assert "net.2.weight" not in text
    assert "net.2  Linear\\n4 nodes" in text
    titles = dict(re.findall(r'(i\d+) \[label="([^"\\]*)', text))
    edges = [(titles[a], titles[b]) for a, b in re.findall(r"(i\d+) -> (i\d+)", text)]
    assert ("relu", "net.2  Linear") in edges
    assert ("net.2  Linear", "log_softmax") in edges


def test_a_cut_is_written_on_its_edge() -> None:
    state = looks()[0]
    text = export_dot(graph_of(state), state=state)
    (edge,) = re.findall(r"n1 -> n2 \[.*", text)
    assert 'label="detach, line 4"' in edge
    assert "gs_tracked=false" in edge
    assert "gs_tracked=true" in text


def test_a_deep_graph_stays_well_formed() -> None:
    graph = graphs.gpt(4)
    assert _balanced(export_dot(graph, visible_graph(graph, initial(graph).all_open())))


def test_names_are_escaped() -> None:
    assert quoted('a "b" \\ c\nd') == '"a \\"b\\" \\\\ c\\nd"'
