"""Reach and paths in a graph."""

from __future__ import annotations

import pytest

from gradscope.graph.queries import ancestors, descendants, path_to_root, roots_of
from gradscope.graph.snapshot import GraphSnapshot
from tests.samples import spiral_graph


@pytest.fixture
def spiral() -> GraphSnapshot:
    return GraphSnapshot.from_message(spiral_graph())


def test_what_went_in_and_where_it_went(spiral: GraphSnapshot) -> None:
    assert ancestors(spiral, 3) == {0, 1, 2}
    assert ancestors(spiral, 3, tracked_only=False) == {0, 1, 2, 11}
    assert descendants(spiral, 8) == {9, 10}
    assert descendants(spiral, 6, 5, tracked_only=False) == {7, 8, 9, 10}
    assert ancestors(spiral, 2, 4) == {0, 1, 3}


def test_the_path_of_a_gradient(spiral: GraphSnapshot) -> None:
    assert path_to_root(spiral, 0) == [0, 2, 3, 4, 8, 9, 10]
    assert path_to_root(spiral, 10) == [10]
    assert path_to_root(spiral, 11) == []


def test_a_graph_without_a_root_role_ends_where_nothing_consumes(spiral: GraphSnapshot) -> None:
    nodes = {**spiral.nodes, "role": spiral.nodes["role"].clip(0, 1)}
    bare = GraphSnapshot(spiral.fingerprint, spiral.strings, nodes, spiral.outputs, spiral.edges, spiral.calls)
    assert roots_of(bare) == [10]
