"""The state after a run's messages, and that old states stay as they were."""

from __future__ import annotations

from gradscope.graph.state import ProcessExited, RunState, reduce
from gradscope.wire import messages as m
from tests.samples import SPIRAL_ORDER, ended_iteration, spiral_messages, spiral_state


def test_a_run_held_in_backward():
    state = spiral_state(12)
    assert state.life == "paused"
    assert state.phase == "backward"
    assert state.graph is not None
    assert state.graph.text(3, "op") == "AddmmBackward0"
    assert state.graph.call(3).label == "net.0"
    assert state.graph.node_outputs(3)[0].shape == (64, 16)
    assert state.current_pass.order.tolist() == SPIRAL_ORDER
    assert state.gradients.known[3]
    assert not state.gradients.known[0]
    assert state.graph_values.row(10)["norm"] == 0.6871
    assert len(state.history) == 12


def test_an_old_state_is_not_changed_by_later_messages():
    state = RunState()
    seen = []
    for message in spiral_messages(3):
        state = reduce(state, message)
        seen.append((state, len(state.history)))
    reduce(seen[5][0], ended_iteration(99))
    assert all(len(old.history) == length for old, length in seen)
    assert [r.iteration for r in state.history] == [0, 1, 2]


def test_life_follows_the_table():
    state = reduce(spiral_state(1), m.Resumed())
    assert (state.life, state.pause) == ("running", None)
    state = reduce(state, ProcessExited(0))
    assert (state.life, state.exit_code) == ("ended", 0)


def test_a_leaf_only_picture_gives_way_to_the_pass():
    partial = m.GraphCaptured("leaves", (), m.Table(), m.Table(), m.Table(), m.Table(), partial=True)
    state = reduce(RunState(), partial)
    assert state.graph.partial
    for message in spiral_messages(1):
        state = reduce(state, message)
    assert not state.graph.partial


def test_values_of_an_earlier_iteration_do_not_stand_beside_a_later_pass():
    state = spiral_state(12)
    later = reduce(state, m.PassStarted(13, 0, "backward", "spiral", "light", "loss", 0.5))
    assert state.graph_values is not None
    assert later.graph_values is None


def test_an_iteration_told_again_replaces_itself():
    state = spiral_state(3)
    again = reduce(state, ended_iteration(2))
    assert [r.iteration for r in again.history] == [0, 1, 2]
    assert [r.iteration for r in state.history] == [0, 1, 2]
    assert again.history[2].parameters["grad_norm"].tolist() == [0.5 / 3, 0.2, 0.8, 0.1]


def test_a_run_that_is_over_stands_at_its_last_whole_iteration():
    state = reduce(reduce(spiral_state(12), m.Resumed()), m.PhaseEntered(13, "data", 9.0))
    assert reduce(state, ProcessExited(0)).iteration == 12
    assert reduce(state, ProcessExited(1)).iteration == 13, "what failed, failed there"
