"""What of a graph is on screen: boxes, cards, chips, references, and the lines between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.graph.fold import FoldState, breadcrumb, initial, revealing, short_label, transferred, visible_graph
from gradscope.graph.snapshot import GraphSnapshot, Kind
from gradscope.graph.visible import ItemKind, VisibleGraph
from tests.layout import graphs
from tests.samples import SPIRAL_CALLS, SPIRAL_EDGES, SPIRAL_NODES, graph_message, spiral_graph

if TYPE_CHECKING:
    from collections.abc import Callable

MADE: dict[str, Callable[[], GraphSnapshot]] = {
    "spiral": lambda: GraphSnapshot.from_message(spiral_graph()),
    "line": graphs.line,
    "resnet": lambda: graphs.resnet(4),
    "gpt": lambda: graphs.gpt(3),
    "lstm": lambda: graphs.lstm(6),
}


@pytest.fixture
def spiral() -> GraphSnapshot:
    return MADE["spiral"]()


def _name(graph: GraphSnapshot, visible: VisibleGraph, item: int) -> str:
    node = int(visible.node[item])
    return graph.text(node, "title") if node >= 0 else graph.calls[int(visible.call[item])].label


def _names(graph: GraphSnapshot, visible: VisibleGraph, kind: ItemKind) -> list[str]:
    return [_name(graph, visible, int(item)) for item in np.flatnonzero(visible.kinds == kind)]


def _lines(graph: GraphSnapshot, visible: VisibleGraph) -> set[tuple[str, str]]:
    return {
        (_name(graph, visible, source), _name(graph, visible, target))
        for source, target in zip(visible.source.tolist(), visible.target.tolist(), strict=True)
    }


def _states(graph: GraphSnapshot) -> list[FoldState]:
    state = initial(graph)
    rng = np.random.default_rng(7)
    random = [frozenset(np.flatnonzero(rng.random(len(graph.calls)) < share).tolist()) for share in (0.3, 0.6, 0.9)]
    made = [FoldState(opened, state.parents, state.frame) for opened in random]
    plain = FoldState(state.open, state.parents, state.frame, chips=False, inputs=False, untracked=False)
    return [state, state.all_open(), state.all_closed(), plain, *made]


@pytest.mark.parametrize("name", MADE)
def test_every_node_is_seen_once_and_every_line_has_two_ends(name: str) -> None:
    graph = MADE[name]()
    for state in _states(graph):
        visible = visible_graph(graph, state)
        shown = visible.item_of_node >= 0
        assert (shown == (state.inputs | (graph.nodes["kind"] != Kind.INPUT))).all()
        for node in np.flatnonzero(shown):
            assert int(node) in visible.members_of(int(visible.item_of_node[node]))
        single = np.isin(visible.kinds, (ItemKind.NODE, ItemKind.CHIP))
        assert len(np.unique(visible.node[single])) == single.sum()
        assert (visible.source != visible.target).all()
        ends = np.concatenate((visible.source, visible.target))
        assert not (visible.kinds[ends] == ItemKind.OPEN_CALL).any()
        pairs = set(zip(visible.source.tolist(), visible.target.tolist(), strict=True))
        assert len(pairs) == len(visible.source)


@pytest.mark.parametrize("name", MADE)
def test_boxes_come_before_what_they_hold_and_hold_all_of_it(name: str) -> None:
    graph = MADE[name]()
    for state in _states(graph):
        visible = visible_graph(graph, state)
        inside = np.flatnonzero(visible.parent >= 0)
        assert (visible.parent[inside] < inside).all()
        assert (visible.kinds[visible.parent[inside]] == ItemKind.OPEN_CALL).all()
        for item in inside.tolist():
            if visible.kinds[item] != ItemKind.REFERENCE:
                outer = visible.members_of(int(visible.parent[item]))
                assert np.isin(visible.members_of(item), outer).all()


@pytest.mark.parametrize("name", MADE)
def test_with_everything_open_every_edge_is_a_line(name: str) -> None:
    graph = MADE[name]()
    visible = visible_graph(graph, initial(graph).all_open())
    assert sorted(visible.edge_rows.tolist()) == list(range(len(graph.edges["source"])))
    for edge in range(len(visible.source)):
        for row in visible.edge_rows[visible.edge_start[edge] : visible.edge_start[edge + 1]].tolist():
            assert visible.node[visible.source[edge]] == graph.edges["source"][row]
            assert visible.item_of_node[graph.edges["target"][row]] == visible.target[edge]
            assert bool(visible.tracked[edge]) >= bool(graph.edges["tracked"][row])


def test_a_small_net_starts_open_and_its_outer_calls_are_the_breadcrumb(spiral: GraphSnapshot) -> None:
    state = initial(spiral)
    visible = visible_graph(spiral, state)
    assert breadcrumb(spiral, state) == ("SpiralNet", "net")
    assert _names(spiral, visible, ItemKind.OPEN_CALL) == ["net.0", "net.2"]
    assert _names(spiral, visible, ItemKind.CHIP) == ["T", "T"]
    box = visible.item_of_call(1)
    assert [_name(spiral, visible, i) for i in np.flatnonzero(visible.parent == box)] == [
        "net.0.weight",
        "net.0.bias",
        "T",
        "linear",
    ]


def test_a_batch_stands_outside_of_the_module_that_takes_it(spiral: GraphSnapshot) -> None:
    visible = visible_graph(spiral, initial(spiral))
    assert visible.parent[visible.item_of_node[11]] == -1


def test_a_variable_stands_in_the_forward_that_it_is_a_variable_of() -> None:
    b = graphs.Builder()
    root = b.call("", "Net", -1)
    stem = b.call("stem", "Sequential", root)
    x = b.input("x", scope="forward")
    b.loss(b.linear("stem.1", stem, b.linear("stem.0", stem, x)))
    graph = b.snapshot()
    visible = visible_graph(graph, initial(graph).all_open())
    assert visible.parent[visible.item_of_node[x]] == -1  # a variable of Net.forward, and Net is the frame


def test_a_criterion_does_not_keep_the_model_from_being_the_frame() -> None:
    b = graphs.Builder()
    root = b.call("", "Net", -1)
    x = b.linear("b", root, b.linear("a", root, b.input("x")))
    b.op("MseLoss", b.call("criterion", "MSELoss", -1), x)
    graph = b.snapshot()
    state = initial(graph)
    assert breadcrumb(graph, state) == ("Net",)
    assert _names(graph, visible_graph(graph, state), ItemKind.OPEN_CALL) == ["a", "b"]


def test_two_models_side_by_side_are_both_boxes() -> None:
    b = graphs.Builder()
    first = b.call("generator", "Sequential", -1)
    x = b.linear("generator.1", first, b.linear("generator.0", first, b.input("z")))
    second = b.call("critic", "Sequential", -1)
    b.loss(b.linear("critic.1", second, b.linear("critic.0", second, x)))
    graph = b.snapshot()
    state = initial(graph, limit=100)
    assert breadcrumb(graph, state) == ()
    assert {"generator", "critic"} <= set(_names(graph, visible_graph(graph, state), ItemKind.OPEN_CALL))


def test_a_closed_call_is_one_item_with_its_lines(spiral: GraphSnapshot) -> None:
    visible = visible_graph(spiral, initial(spiral).toggled(3))
    item = visible.item_of_call(3)
    assert visible.kinds[item] == ItemKind.CLOSED_CALL
    assert visible.members_of(item).tolist() == [5, 6, 7, 8]
    assert {("relu", "net.2"), ("net.2", "log_softmax")} <= _lines(spiral, visible)
    assert "net.2.weight" not in _names(spiral, visible, ItemKind.NODE)


def test_closing_the_outermost_call_leaves_it_and_the_loss(spiral: GraphSnapshot) -> None:
    state = initial(spiral).closed(0)
    visible = visible_graph(spiral, state)
    assert breadcrumb(spiral, state) == ()
    assert _names(spiral, visible, ItemKind.CLOSED_CALL) == ["SpiralNet"]
    assert _lines(spiral, visible) == {
        ("x", "SpiralNet"),
        ("SpiralNet", "log_softmax"),
        ("log_softmax", "loss"),
        ("y", "loss"),
    }


def test_a_call_of_one_operation_is_that_operations_card_without_a_box(spiral: GraphSnapshot) -> None:
    state = initial(spiral)
    opened = visible_graph(spiral, state)
    assert opened.item_of_call(2) == -1
    relu = opened.item_of_node[4]
    assert opened.kinds[relu] == ItemKind.NODE
    assert opened.parent[relu] == -1
    closed = visible_graph(spiral, state.closed(2))
    assert closed.kinds[closed.item_of_call(2)] == ItemKind.CLOSED_CALL
    assert visible_graph(spiral, state.closed(2).toggled(2)).item_of_call(2) == -1


def test_a_batch_does_not_keep_the_only_module_from_being_the_frame() -> None:
    b = graphs.Builder()
    net = b.call("net", "Sequential", b.call("", "Net", -1))
    x = b.input("x", scope="forward")
    b.loss(b.linear("net.1", net, b.linear("net.0", net, x)))
    graph = b.snapshot()
    assert breadcrumb(graph, initial(graph)) == ("Net", "net")


def test_a_limit_keeps_siblings_together(spiral: GraphSnapshot) -> None:
    few = visible_graph(spiral, initial(spiral, limit=9))
    assert _names(spiral, few, ItemKind.CLOSED_CALL) == ["net.0", "net.2"]
    blocks = graphs.gpt(12)
    visible = visible_graph(blocks, initial(blocks))
    assert {f"h.{index}" for index in range(12)} <= set(_names(blocks, visible, ItemKind.CLOSED_CALL))
    assert len(visible) <= 60


def test_a_leaf_used_again_is_a_reference_beside_its_consumer() -> None:
    graph = graphs.line()
    visible = visible_graph(graph, initial(graph))
    assert _names(graph, visible, ItemKind.REFERENCE) == ["w"]
    assert _names(graph, visible, ItemKind.NODE).count("w") == 1
    reference = int(np.flatnonzero(visible.kinds == ItemKind.REFERENCE)[0])
    targets = visible.target[visible.source == reference]
    assert [_name(graph, visible, int(target)) for target in targets] == ["pow"]


def test_a_cell_called_again_and_again_sends_no_lines_from_its_leaves() -> None:
    graph = graphs.lstm(50)
    state = initial(graph)
    cells = [row for row, call in enumerate(graph.calls) if call.module == "cell"]
    folded = visible_graph(graph, state)
    assert _names(graph, folded, ItemKind.CLOSED_CALL)[:3] == ["cell", "cell#1", "cell#2"]
    assert len(folded.source) < 4 * len(cells)
    opened = visible_graph(graph, state.opened(cells[30]))
    inside = np.flatnonzero(opened.parent == opened.item_of_call(cells[30]))
    references = [i for i in inside if opened.kinds[i] == ItemKind.REFERENCE]
    assert {_name(graph, opened, int(i)) for i in references} == {
        "cell.weight_ih",
        "cell.weight_hh",
        "cell.bias_ih",
        "cell.bias_hh",
        "xs",
    }


def test_an_input_goes_to_its_first_use_whichever_call_is_closed() -> None:
    graph = graphs.gpt(20)
    calls = {made.module: row for row, made in enumerate(graph.calls)}
    visible = visible_graph(graph, initial(graph).all_open().closed(calls["h.15"]))
    closed = visible.item_of_call(calls["h.15"])
    sources = visible.source[visible.target == closed].tolist()
    kinds = {_name(graph, visible, item): visible.kinds[item] for item in sources if visible.node[item] >= 0}
    assert kinds["mask"] == ItemKind.REFERENCE, "a line past fourteen blocks"


def test_a_leaf_is_drawn_beside_the_use_in_its_own_box() -> None:
    b = graphs.Builder()
    root = b.call("", "Net", -1)
    scale = b.leaf("scale", root)
    inner = b.linear("fc", root, b.input("x"))
    inside = b.op("Mul", 1, inner, scale)
    b.loss(b.op("Div", root, inside, scale))
    graph = b.snapshot()
    visible = visible_graph(graph, initial(graph).all_open())
    card = int(visible.item_of_node[scale])
    assert [_name(graph, visible, t) for t in visible.target[visible.source == card].tolist()] == ["div"]


def test_a_tied_weight_is_referred_to_where_it_is_used_again() -> None:
    graph = graphs.gpt(1)
    visible = visible_graph(graph, initial(graph).all_open())
    head = next(row for row, call in enumerate(graph.calls) if call.module == "lm_head")
    inside = np.flatnonzero(visible.parent == visible.item_of_call(head))
    assert ("wte.weight", ItemKind.REFERENCE) in {
        (_name(graph, visible, int(i)), ItemKind(visible.kinds[i])) for i in inside
    }


def test_opening_a_call_opens_those_around_it_and_closing_keeps_those_inside() -> None:
    graph = graphs.gpt(12)
    state = initial(graph)
    inner = next(row for row, call in enumerate(graph.calls) if call.module == "h.3.attn.c_attn")
    opened = state.opened(inner)
    assert visible_graph(graph, opened).item_of_call(inner) >= 0
    block = next(row for row, call in enumerate(graph.calls) if call.module == "h.3")
    assert visible_graph(graph, opened.closed(block)).item_of_call(inner) == -1
    assert opened.closed(block).opened(block) == opened
    assert opened.toggled(inner).toggled(inner) == opened
    assert visible_graph(graph, state.revealed(inner)).kinds[
        visible_graph(graph, state.revealed(inner)).item_of_call(inner)
    ] == (ItemKind.CLOSED_CALL)


def test_revealing_a_node_brings_its_card_up(spiral: GraphSnapshot) -> None:
    state = initial(spiral).closed(0)
    visible = visible_graph(spiral, revealing(spiral, state, 3))
    assert visible.node[visible.item_of_node[3]] == 3
    hidden = FoldState(state.open, state.parents, state.frame, inputs=False)
    assert visible_graph(spiral, revealing(spiral, hidden, 11)).item_of_node[11] >= 0


def test_bookkeeping_can_be_shown_as_cards(spiral: GraphSnapshot) -> None:
    state = initial(spiral)
    plain = FoldState(state.open, state.parents, state.frame, chips=False)
    assert ItemKind.CHIP not in visible_graph(spiral, plain).kinds


def test_what_is_open_stays_open_in_the_next_graph() -> None:
    old, new = graphs.gpt(3), graphs.gpt(4)
    call = next(row for row, call in enumerate(old.calls) if call.module == "h.1.mlp")
    state = transferred(initial(old).opened(call), old, new)
    again = next(row for row, call in enumerate(new.calls) if call.module == "h.1.mlp")
    assert again in state.open
    assert len(state.parents) == len(new.calls)


def test_a_graph_that_grows_is_folded_anew_unless_someone_chose() -> None:
    small, large = graphs.gpt(1), graphs.gpt(12)
    assert transferred(initial(small), small, large) == initial(large)
    plain = FoldState(initial(small).open, initial(small).parents, initial(small).frame, chips=False)
    assert not transferred(plain, small, large).chips
    block = next(row for row, call in enumerate(small.calls) if call.module == "h.0")
    again = next(row for row, call in enumerate(large.calls) if call.module == "h.0")
    assert again not in initial(large).open
    assert again in transferred(initial(small).opened(block + 1), small, large).open


def test_before_the_first_forward_there_are_only_leaves() -> None:
    graph = graphs.leaves(5)
    visible = visible_graph(graph, initial(graph))
    assert _names(graph, visible, ItemKind.NODE) == [f"layer{index}.weight" for index in range(5)]
    assert len(visible.source) == 0


def test_an_empty_graph_shows_nothing() -> None:
    graph = GraphSnapshot.from_message(graph_message([], [], []))
    assert len(visible_graph(graph, initial(graph))) == 0
    assert breadcrumb(graph, initial(graph)) == ()


def test_calls_that_go_round_in_circles_do_no_harm() -> None:
    calls = [(name, occurrence, kind, parent) for name, occurrence, kind, parent in SPIRAL_CALLS]
    calls[0] = ("", 0, "SpiralNet", 4)
    graph = GraphSnapshot.from_message(graph_message(SPIRAL_NODES, SPIRAL_EDGES, calls))
    visible = visible_graph(graph, initial(graph).all_open())
    assert (visible.item_of_node >= 0).all()


def test_a_short_label_leaves_out_what_stands_around_it(spiral: GraphSnapshot) -> None:
    assert short_label(spiral, 1) == "0"
    assert short_label(spiral, 4) == "net"


def test_hidden_leaves_take_along_what_only_renames_them(spiral: GraphSnapshot) -> None:
    visible = visible_graph(spiral, replace(initial(spiral), leaves=False))
    shown = {_name(spiral, visible, item) for item in range(len(visible))}
    assert not shown & {"net.0.weight", "net.0.bias", "T"}
    assert {"linear", "relu", "logits", "loss", "x"} <= shown


def test_a_narrowed_view_holds_its_nodes_and_the_calls_around_them_only(spiral: GraphSnapshot) -> None:
    state = replace(initial(spiral), only=frozenset({0, 2, 3}))
    visible = visible_graph(spiral, state)
    assert set(visible.node[visible.node >= 0].tolist()) == {0, 2, 3}
    closed = visible_graph(spiral, replace(state, open=state.open - {1}))
    assert [closed.members_of(item).tolist() for item in range(len(closed))] == [[0, 2, 3]]
    assert revealing(spiral, state, 3).only == frozenset({0, 2, 3})
    assert revealing(spiral, state, 10).only is None
