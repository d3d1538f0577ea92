"""Calls that are built alike as one card: which, what goes into it, and how it opens into theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.graph import fold_moves
from gradscope.graph.fold import initial, revealing, transferred, visible_graph
from gradscope.graph.repeats import repeats
from gradscope.graph.visible import ItemKind
from gradscope.layout.first_sight import first_sight
from gradscope.layout.texts import card_of
from tests.layout.graphs import Builder, gpt, lstm, resnet, towers

if TYPE_CHECKING:
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.visible import VisibleGraph

ROOM = (1000.0, 600.0)


def adding(blocks: int, drop_at: int = -1) -> GraphSnapshot:
    """``x = x + block(x)``, the sum made by the model; in one place a call of another type is in between."""
    b = Builder()
    root = b.call("", "Model", -1)
    x = b.op("Mul", root, b.leaf("w", root), b.input("x"))
    for index in range(blocks):
        block = b.call(f"h.{index}", "Block", root)
        y = b.op("Relu", block, b.linear(f"h.{index}.fc", block, x))
        x = b.op("Add", root, x, y)
        if index == drop_at:
            x = b.op("Mul", b.call("drop", "Dropout", root), b.op("Sin", b.call("drop.a", "A", root), x))
    b.loss(x)
    return b.snapshot()


def titles(graph: GraphSnapshot, state: FoldState) -> list[str]:
    visible = visible_graph(graph, state)
    return [card_of(graph, visible, item).title for item in range(len(visible)) if visible.call[item] >= 0]


def together(graph: GraphSnapshot) -> FoldState:
    """All runs as one card each."""
    return initial(graph, gathered=frozenset(repeats(graph).runs))


def has_cycle(visible: VisibleGraph) -> bool:
    waiting = np.bincount(visible.target, minlength=len(visible))
    ready = np.flatnonzero(waiting == 0).tolist()
    for item in ready:
        for target in visible.target[visible.source == item].tolist():
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return len(ready) < len(visible)


def test_twelve_blocks_are_one_card_at_first_sight_and_open_one_by_one() -> None:
    graph = gpt(12)
    state = first_sight(graph, ROOM)
    assert "12 × Block" in titles(graph, state)  # noqa: RUF001
    assert not any(title.startswith("h.") for title in titles(graph, state))
    head = graph.calls.index(next(call for call in graph.calls if call.module == "h.0"))
    opened = fold_moves.toggled(graph, state, head)
    assert [title for title in titles(graph, opened) if title.startswith("h.")] == [f"h.{i}" for i in range(12)]
    again = fold_moves.toggled(graph, opened, graph.calls.index(next(c for c in graph.calls if c.module == "h.5")))
    assert {"h.5.attn", "h.4", "h.6"} <= set(titles(graph, again))
    assert "h.4.attn" not in titles(graph, again)
    assert titles(graph, fold_moves.gathered(graph, again, head)) == titles(graph, state)


def test_a_card_holds_all_of_its_calls_and_nothing_is_lost() -> None:
    graph = gpt(12)
    visible = visible_graph(graph, together(graph))
    card = next(item for item in range(len(visible)) if len(visible.calls_of(item)) > 1)
    inside = {node for node in range(len(graph)) if (graph.call(node) or graph.calls[0]).module.startswith("h.")}
    assert inside <= set(visible.members_of(card).tolist())
    assert visible.kinds[card] == ItemKind.CLOSED_CALL
    assert (visible.item_of_node >= 0).all()
    for call in visible.calls_of(card):
        assert visible.item_of_call(call) == card


@pytest.mark.parametrize("graph", [gpt(5), lstm(9), resnet(8), adding(6), towers(4, 2)])
def test_a_card_of_several_calls_never_makes_a_cycle(graph: GraphSnapshot) -> None:
    visible = visible_graph(graph, together(graph))
    assert visible.heads
    assert not has_cycle(visible)


def test_what_the_model_does_between_two_blocks_goes_into_the_card() -> None:
    graph = adding(6)
    visible = visible_graph(graph, together(graph))
    adds = [node for node in range(len(graph)) if graph.text(node, "op") == "AddBackward0"]
    card = visible.item_of_call(repeats(graph).heads.index(next(iter(repeats(graph).runs))))
    assert [int(visible.item_of_node[node]) == card for node in adds] == [True] * 5 + [False]


def test_another_module_in_between_parts_a_run() -> None:
    assert [len(run) for run in repeats(adding(7, drop_at=3)).runs.values()] == [4, 3]


def test_calls_of_one_type_that_differ_are_not_alike() -> None:
    b = Builder()
    root = b.call("", "Model", -1)
    x = b.input("x")
    for index in range(4):
        block = b.call(f"h.{index}", "Block", root)
        x = b.op("Relu" if index % 2 else "Tanh", block, b.linear(f"h.{index}.fc", block, x))
    b.loss(x)
    assert not repeats(b.snapshot()).runs


def test_steps_of_one_cell_are_one_card() -> None:
    graph = lstm(200)
    state = first_sight(graph, ROOM)
    assert "200 × LSTMCell" in titles(graph, state)  # noqa: RUF001
    assert len(visible_graph(graph, state)) < 30


def test_what_is_looked_for_inside_is_shown_itself() -> None:
    graph = gpt(12)
    node = next(n for n in range(len(graph)) if graph.text(n, "name") == "h.7.attn.c_proj.weight")
    shown = revealing(graph, first_sight(graph, ROOM), node)
    visible = visible_graph(graph, shown)
    assert int(visible.node[visible.item_of_node[node]]) == node


def test_the_next_graph_keeps_what_was_opened_and_what_was_gathered() -> None:
    graph, longer = gpt(12), gpt(13)
    state = first_sight(graph, ROOM)
    opened = fold_moves.toggled(graph, state, min(state.gathered))
    moved = transferred(opened, graph, longer, (state, first_sight(longer, ROOM)))
    assert not moved.gathered
    assert "h.11" in titles(longer, moved)
    other = replace(state, open=state.open - {next(iter(state.open - frozenset(state.frame)))})
    kept = transferred(other, graph, longer, (state, first_sight(longer, ROOM)))
    assert "13 × Block" in titles(longer, kept)  # noqa: RUF001


def test_opening_everything_and_opening_a_level_take_the_card_apart() -> None:
    graph = gpt(12)
    state = first_sight(graph, ROOM)
    assert not fold_moves.all_below_opened(graph, state).gathered
    closed = replace(fold_moves.to_depth(graph, state, 0), gathered=state.gathered)
    level = fold_moves.level_opened(graph, closed)
    assert not level.gathered
    assert "h.3" in titles(graph, level)
    assert "h.3.attn" not in titles(graph, level)
    assert fold_moves.level_closed(graph, state).gathered == state.gathered


def test_calls_may_be_told_in_any_order() -> None:
    graph = lstm(20)
    rows = [0, *range(12, len(graph.calls)), *reversed(range(1, 12))]  # of the window's first picture, before backward
    place = {row: number for number, row in enumerate(rows)} | {-1: -1}
    calls = tuple(replace(graph.calls[row], parent=place[graph.calls[row].parent]) for row in rows)
    nodes = {**graph.nodes, "call": np.array([place[row] for row in graph.nodes["call"].tolist()], np.int32)}
    told = replace(graph, calls=calls, nodes=nodes)
    assert titles(told, together(told)) == titles(graph, together(graph))
