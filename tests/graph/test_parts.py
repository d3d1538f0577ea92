"""Long flat stretches cut into parts: few cards at first sight, everything still there, nothing said that is not so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from gradscope.graph.calltree import call_tree
from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.parts import MOST_BESIDE, PART, parted
from gradscope.graph.snapshot import Kind
from tests.layout import graphs


@pytest.mark.parametrize("graph", [graphs.maml(2, 2), graphs.script(400)], ids=["maml", "script"])
def test_a_flat_graph_is_cut_into_parts_that_are_few_and_hold_everything(graph) -> None:
    made = parted(graph)
    tree = call_tree(made)
    operations = np.flatnonzero(made.nodes["kind"] == Kind.OP)
    assert (tree.home[operations] >= 0).all()
    assert max(Counter(tree.home[operations].tolist()).values()) <= MOST_BESIDE * 2  # chips are not counted
    assert sum(1 for call in made.calls if call.parent < 0) <= MOST_BESIDE
    first = visible_graph(made, initial(made))
    assert len(first) <= 3 * MOST_BESIDE
    everything = visible_graph(made, initial(made).all_open())
    assert set(range(len(made))) <= set(everything.node.tolist())


def test_parts_follow_each_other_without_a_cycle() -> None:
    made = parted(graphs.maml(3, 2))
    tree = call_tree(made)
    source, target = tree.home[made.edges["source"]], tree.home[made.edges["target"]]
    operations = made.nodes["kind"][made.edges["source"]] == Kind.OP
    between = nx.DiGraph((a, b) for a, b in zip(source[operations], target[operations], strict=True) if a != b)
    assert nx.is_directed_acyclic_graph(between)


def test_a_part_is_named_by_its_lines_and_no_node_says_it_was_made_in_it() -> None:
    graph = graphs.maml(2, 2)
    made = parted(graph)
    parts = [call for call in made.calls if call.type == PART]
    assert parts
    assert {call.label for call in parts} == {"line 10"}  # where the builder's script says that all was made
    assert (made.nodes["call"] == graph.nodes["call"]).all()
    assert made.call(0) is None


def test_a_part_of_a_graph_without_lines_is_named_by_its_operations() -> None:
    graph = graphs.maml(2, 2)
    unseen = {name: np.full(len(graph), -1, np.int32) for name in ("file", "line")}
    made = parted(replace(graph, nodes=graph.nodes | unseen))
    titles = {graph.text(node, "title") for node in range(len(graph))} | {call.label for call in graph.calls}
    parts = [call for call in made.calls if call.type == PART]
    assert parts
    for part in parts:
        assert set(part.label.split(" to ")) <= titles


def test_a_graph_that_modules_fold_is_left_as_it_is() -> None:
    for graph in (graphs.resnet(16), graphs.lstm(200), graphs.line()):
        assert parted(graph) is graph


def test_the_same_graph_is_cut_the_same_way() -> None:
    one, other = parted(graphs.script(300)), parted(graphs.script(300))
    assert one.calls == other.calls
    assert (one.part == other.part).all()
