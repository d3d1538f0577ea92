"""Looking back shows exactly what the same pause showed when the process stood there."""

from __future__ import annotations

from gradscope.graph.back import stands_at, stepped_back, words
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from tests.samples import SPIRAL_ORDER, spiral_messages, spiral_state, statistics_table


def stepped_through() -> list[RunState]:
    """The states at each pause of a backward that is stepped node by node."""
    state = RunState()
    for message in spiral_messages()[:-3]:
        state = reduce(state, message)
    pauses = []
    for place, node in enumerate(SPIRAL_ORDER):
        state = reduce(state, m.GradientsMeasured(12, 0, statistics_table({node: 1.0 + place})))
        state = reduce(state, m.Paused("node", 12, "backward", 0, "spiral", node, place + 1, len(SPIRAL_ORDER)))
        pauses.append(state)
        state = reduce(state, m.Resumed())
    return pauses


def test_each_step_back_is_the_pause_as_it_was() -> None:
    pauses = stepped_through()
    for now, state in enumerate(pauses):
        assert stands_at(state) == now
        for steps in range(1, now + 1):
            seen, then = stepped_back(state, steps), pauses[now - steps]
            assert seen is not None
            assert seen.pause == then.pause
            assert seen.gradients is not None
            assert then.gradients is not None
            assert [seen.gradients.row(node) for node in range(11)] == [then.gradients.row(node) for node in range(11)]
        assert stepped_back(state, now + 1) is None


def test_behind_the_pass_all_its_nodes_can_be_gone_back_to() -> None:
    state = stepped_through()[-1]
    for message in (m.Resumed(), m.PassEnded(12, 0, 0.1), m.Paused("update", 12, "update", 0, "spiral")):
        state = reduce(state, message)
    seen = stepped_back(state, 1)
    assert seen is not None
    assert seen.pause is not None
    assert (seen.pause.point, seen.pause.node, seen.life) == ("node", SPIRAL_ORDER[-1], "paused")
    assert words(state, seen) == "past: node 11 of 11; the process stands at “update”"


def test_where_the_order_is_not_known_one_cannot_look_back() -> None:
    state = spiral_state()
    assert stands_at(state) == 7
    assert stands_at(reduce(state, m.PassStarted(12, 0, "backward", "spiral", "light", "loss"))) == -1
    assert stands_at(reduce(state, m.Resumed())) == -1
    assert stepped_back(RunState(), 1) is None
