"""Folding by levels, types and depths: what is on screen afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from gradscope.graph import fold_moves as moves
from gradscope.graph.fold import FoldState, initial, visible_graph
from gradscope.graph.snapshot import GraphSnapshot
from gradscope.graph.visible import ItemKind
from tests.layout import graphs
from tests.samples import spiral_graph


@pytest.fixture(scope="module")
def gpt() -> GraphSnapshot:
    return graphs.gpt(3)


def shown(graph: GraphSnapshot, state: FoldState, kind: ItemKind) -> list[str]:
    """Labels of the calls that are boxes, or cards."""
    visible = visible_graph(graph, state)
    return sorted(graph.calls[int(visible.call[item])].label for item in np.flatnonzero(visible.kinds == kind))


def boxes(graph: GraphSnapshot, state: FoldState) -> list[str]:
    return shown(graph, state, ItemKind.OPEN_CALL)


def cards(graph: GraphSnapshot, state: FoldState) -> list[str]:
    return shown(graph, state, ItemKind.CLOSED_CALL)


def row(graph: GraphSnapshot, label: str) -> int:
    return next(index for index, call in enumerate(graph.calls) if call.label == label)


def test_levels_open_from_the_outside_and_close_from_the_inside(gpt: GraphSnapshot) -> None:
    states = [moves.to_depth(gpt, initial(gpt), 0)]
    assert boxes(gpt, states[0]) == []
    while (further := moves.level_opened(gpt, states[-1])) != states[-1]:
        assert set(boxes(gpt, states[-1])) < set(boxes(gpt, further))
        states.append(further)
    assert cards(gpt, states[-1]) == []
    assert len(states) - 1 == moves.deepest(gpt, states[0]) > 1
    for depth, state in enumerate(states):
        assert boxes(gpt, moves.to_depth(gpt, initial(gpt), depth)) == boxes(gpt, state)
    back = states[-1]
    for state in reversed(states[:-1]):
        back = moves.level_closed(gpt, back)
        assert boxes(gpt, back) == boxes(gpt, state)
    assert moves.level_closed(gpt, back) == back


def test_one_call_is_opened_level_by_level_and_others_stay(gpt: GraphSnapshot) -> None:
    closed = moves.to_depth(gpt, initial(gpt), 0)
    block = next(index for index, call in enumerate(gpt.calls) if call.type == "Block")
    once = moves.level_opened(gpt, closed, block)
    assert boxes(gpt, once) == [gpt.calls[block].label]
    twice = moves.level_opened(gpt, once, block)
    assert set(boxes(gpt, once)) < set(boxes(gpt, twice))
    assert all(label.startswith(gpt.calls[block].module) for label in boxes(gpt, twice))
    assert boxes(gpt, moves.level_closed(gpt, twice, block)) == boxes(gpt, once)
    assert boxes(gpt, moves.level_closed(gpt, once, block)) == []


def test_of_closed_calls_on_several_levels_the_shallowest_open_first(gpt: GraphSnapshot) -> None:
    closed = moves.to_depth(gpt, initial(gpt), 0)
    blocks = [index for index, call in enumerate(gpt.calls) if call.type == "Block"]
    once = moves.level_opened(gpt, closed, blocks[0])
    further = moves.level_opened(gpt, once)
    assert {gpt.calls[block].label for block in blocks} <= set(boxes(gpt, further))
    assert not [name for name in boxes(gpt, further) if name.startswith(f"{gpt.calls[blocks[0]].module}.")]


def test_a_call_out_of_sight_is_opened_with_what_is_around_it(gpt: GraphSnapshot) -> None:
    closed = moves.to_depth(gpt, initial(gpt), 0)
    block = next(index for index, call in enumerate(gpt.calls) if call.type == "Block")
    depths = moves.all_below_opened(gpt, closed, block)
    inner = next(name for name in boxes(gpt, depths) if name != gpt.calls[block].label)
    opened = moves.all_below_opened(gpt, closed, row(gpt, inner))
    assert {gpt.calls[block].label, inner} <= set(boxes(gpt, opened))


def test_everything_below_a_call(gpt: GraphSnapshot) -> None:
    closed = moves.to_depth(gpt, initial(gpt), 0)
    block = next(index for index, call in enumerate(gpt.calls) if call.type == "Block")
    opened = moves.all_below_opened(gpt, closed, block)
    label = gpt.calls[block].module
    assert not [name for name in cards(gpt, opened) if name.startswith(label)]
    assert [name for name in cards(gpt, opened) if not name.startswith(label)]
    again = moves.all_below_closed(gpt, opened, block)
    assert boxes(gpt, again) == []
    assert boxes(gpt, moves.toggled(gpt, again, block)) == [gpt.calls[block].label]  # what was inside is forgotten
    assert cards(gpt, moves.all_below_opened(gpt, closed)) == []
    assert boxes(gpt, moves.all_below_closed(gpt, opened)) == []


def test_everything_alike(gpt: GraphSnapshot) -> None:
    closed = moves.to_depth(gpt, initial(gpt), 0)
    blocks = [call.label for call in gpt.calls if call.type == "Block"]
    opened = moves.all_alike_opened(gpt, closed, row(gpt, blocks[1]))
    assert boxes(gpt, opened) == sorted(blocks)
    assert boxes(gpt, moves.all_alike_closed(gpt, opened, row(gpt, blocks[0]))) == []


def test_an_opened_call_shows_the_one_operation_of_an_inner_call_as_its_card() -> None:
    graph = GraphSnapshot.from_message(spiral_graph())
    closed = moves.to_depth(graph, initial(graph), 0)
    visible = visible_graph(graph, closed)
    assert cards(graph, closed) == ["net.0", "net.2"]
    assert 4 in visible.node.tolist()  # relu, all that is in net.1
    assert moves.deepest(graph, closed) == 1
