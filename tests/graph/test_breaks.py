"""Breakpoints without a process: places in a graph, what a run makes of them, and their words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradscope.graph import break_words, places
from gradscope.graph.breaks import BreaksSeen, with_hit, with_match
from gradscope.graph.snapshot import Kind
from gradscope.wire.messages import Breakpoint, BreakpointHit, BreakpointsMatched
from tests.samples import spiral_state


def graph():
    found = spiral_state(2).graph
    assert found is not None
    return found


def test_each_node_is_found_again_by_its_place() -> None:
    snapshot = graph()
    for node in range(len(snapshot)):
        one = places.at_node(snapshot, node, 1)
        if snapshot.kind(node) in (Kind.LEAF, Kind.OP):
            assert one is not None
            assert places.nodes(snapshot, one) == [node]
        else:
            assert one is None


def test_an_operation_and_a_call_mean_all_of_them() -> None:
    snapshot = graph()
    node = next(n for n in range(len(snapshot)) if snapshot.text(n, "op") == "AddmmBackward0")
    one = places.at_operation(snapshot, node, 1)
    assert one is not None
    found = places.nodes(snapshot, one)
    assert len(found) > 1
    assert {snapshot.text(n, "op") for n in found} == {"AddmmBackward0"}
    call = places.at_call(snapshot, 1, 1)
    assert call is not None
    assert 1 in places.calls(snapshot, call)
    assert places.at_call(snapshot, len(snapshot.calls), 1) is None


def test_a_place_of_another_graph_is_nowhere() -> None:
    assert places.nodes(graph(), Breakpoint(1, "node", "other#0", "AddmmBackward0")) == []
    assert places.nodes(graph(), Breakpoint(1, "node", name="no.such.parameter")) == []


def test_what_became_of_a_breakpoint() -> None:
    one, seen = Breakpoint(1, "node", name="w"), BreaksSeen()
    assert break_words.state_words(one, seen, ["a"]) == ""
    seen = with_match(with_match(seen, BreakpointsMatched("a", (1,), (1,))), BreakpointsMatched("b", (1,), (0,)))
    assert break_words.state_words(one, seen, ["a"]) == ""
    assert break_words.state_words(one, seen, ["b"]) == "not in this graph"
    seen = with_hit(seen, BreakpointHit(1, 3, 4, "w is about to run"))
    assert break_words.state_words(one, seen, ["b"]) == "met 4 times, not in this graph"
    nowhere = with_match(BreaksSeen(), BreakpointsMatched("b", (1,), (0,)))
    assert break_words.state_words(one, nowhere, ["b"]) == "matches nothing"
    assert break_words.state_words(replace(one, enabled=False), nowhere, ["b"]) == "", "it looks for nothing now"
    assert break_words.state_words(Breakpoint(1, "any", condition="zero"), nowhere, ["b"]) == ""
    once = with_hit(BreaksSeen(), BreakpointHit(1, 3, 1, "w is about to run"))
    assert break_words.state_words(one, once, []) == "met 1 time"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Breakpoint(1, "node", name="fc.weight", condition="nonfinite"), ("fc.weight", "NaN or Inf", "stops")),
        (
            Breakpoint(1, "node", "fc#2", "MulBackward0", 1, every=3, once=True),
            ("MulBackward0 in fc#2, the 2nd", "every 3rd time", "stops, once"),
        ),
        (Breakpoint(1, "any", condition="above", threshold=1e3), ("any gradient", "norm above 1000", "stops")),
        (Breakpoint(1, "loss", condition="below", threshold=0.5), ("the loss", "below 0.5", "stops")),
        (
            Breakpoint(1, "phase", name="forward", iteration=7, log=True),
            ("before the forward", "iteration 7", "writes a line"),
        ),
        (Breakpoint(1, "line", name="/home/ada/train.py", occurrence=12), ("line 12 of train.py", "always", "stops")),
        (Breakpoint(1, "line", name="C:\\ada\\train.py", occurrence=1), ("line 1 of train.py", "always", "stops")),
        (Breakpoint(1, "function", operation="relu", every=2), ("every call of relu", "every 2nd time", "stops")),
        (Breakpoint(1, "operation", operation="MulBackward0"), ("every MulBackward0", "always", "stops")),
        (Breakpoint(1, "call", "net.0"), ("module net.0", "always", "stops")),
        (Breakpoint(1, "call"), ("module at the root", "always", "stops")),
        (Breakpoint(1, "node", "fc#0", "MulBackward0", 11), ("MulBackward0 in fc, the 12th", "always", "stops")),
        (Breakpoint(1, "parameter"), ("any parameter changed outside of the update", "always", "stops")),
    ],
)
def test_words_of_a_breakpoint(one: Breakpoint, words: tuple[str, str, str]) -> None:
    assert (break_words.where_words(one), break_words.condition_words(one), break_words.action_words(one)) == words
