"""Where a run stands, in words: every pause point, what comes next, what was cleared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradscope.app.panels import run_words
from gradscope.graph.state import PassState, ProcessExited, RunState, reduce
from gradscope.wire import messages as m
from tests.samples import spiral_state


def paused_at(point: str, phase: str = "forward", text: str = "") -> RunState:
    state = spiral_state()
    return replace(state, pause=m.Paused(point, 12, phase, text=text), phase=phase)


@pytest.mark.parametrize(
    ("point", "phase", "words", "following"),
    [
        ("forward", "forward", "paused before the forward of iteration 12", "forward"),
        ("operation", "forward", "paused in forward, before the next operation", "forward"),
        ("loss", "loss", "paused at the loss of iteration 12", "loss"),
        ("backward", "backward", "paused before backward of iteration 12", "backward"),
        ("update", "update", "paused before the update of iteration 12", "update"),
        ("parameter", "update", "paused in update, before the next parameter is written", "update"),
        ("end", "update", "paused, iteration 12 is over", "forward"),
        ("script_end", "update", "paused, the script is about to end", ""),
    ],
)
def test_every_pause_point_has_its_sentence_and_its_next_step(point, phase, words, following):
    state = paused_at(point, phase)
    assert run_words.pause_words(state) == words
    assert run_words.next_phase(state) == following


def test_pause_at_a_node_names_position_operation_and_module():
    state = spiral_state()
    assert run_words.pause_words(state) == "paused in backward, before node 8: AddmmBackward0 of net.0"
    assert run_words.place_words(state) == "backward, node 8 of 11: AddmmBackward0"
    assert run_words.count_words(state) == "node 8 of 11"
    leaf = replace(state, pause=replace(state.pause, node=1, position=9))
    assert run_words.node_words(leaf) == "AccumulateGrad of net.0.bias"


@pytest.mark.parametrize(("phase", "following"), [("data", "forward"), ("backward", "backward"), ("update", "update")])
def test_a_parameter_changed_outside_of_the_update_is_named_wherever_that_was(phase, following):
    state = paused_at("changed", phase, "net.0.weight")
    assert run_words.pause_words(state) == "paused: net.0.weight changed outside of the update"
    assert run_words.next_phase(state) == following


def test_an_exception_is_told_with_its_text():
    state = paused_at("exception", text="RuntimeError: sizes differ")
    assert run_words.pause_words(state) == "held: exception in forward: RuntimeError: sizes differ"
    assert run_words.next_phase(state) == ""
    long = run_words.pause_words(paused_at("exception", text=f"ValueError: {'x' * 200}\nmore"))
    assert len(long) < 130
    assert long.endswith("x…")


def test_loss_and_backward_at_once_is_said():
    assert run_words.coincides(paused_at("backward", "loss"))
    assert run_words.coincides(paused_at("loss", "backward"))
    assert not run_words.coincides(paused_at("loss", "loss"))
    assert "backward begins too" in run_words.pause_words(paused_at("loss", "backward"))


def test_nothing_is_said_of_a_pause_while_it_runs():
    running = reduce(spiral_state(), m.Resumed())
    assert run_words.pause_words(running) == ""
    assert run_words.next_phase(running) == ""
    assert run_words.place_words(running) == "iteration 12, backward"


def test_cleared_is_only_said_where_it_is_known():
    state = spiral_state()
    newest: PassState = state.passes[-1]
    assert run_words.cleared_words(state) == ""
    assert run_words.cleared_words(replace(state, passes=(replace(newest, old=frozenset({0})),))) == "not cleared"
    assert run_words.cleared_words(reduce(state, m.GradientsCleared(12))) == "cleared"
    assert run_words.cleared_words(reduce(state, m.GradientsCleared(11))) == "cleared"


def test_loss_belongs_to_its_iteration():
    state = spiral_state()
    assert run_words.loss_of(state) == 0.6871
    later = reduce(state, m.PhaseEntered(13, "data", 2.0))
    assert run_words.loss_of(later) is None
    assert run_words.latest_loss(later) == state.history[-1].loss


def test_how_a_run_ended_is_said():
    state = spiral_state()
    assert run_words.state_word(reduce(state, ProcessExited(0))) == "ended"
    assert run_words.state_word(reduce(state, ProcessExited(3))) == "ended, exit code 3"
    assert run_words.state_word(reduce(state, ProcessExited(-9))) == "ended by signal 9"


def test_numbers_and_durations():
    assert run_words.number(0.6871) == "0.6871"
    assert run_words.number(2.5e-7) == "2.500e-7"
    assert run_words.number(float("nan")) == "nan"
    assert [run_words.number(value) for value in (9.0, 1234.0, -25_000.0)] == ["9.000", "1234", "-2.500e4"]
    assert [run_words.number(value) for value in (9999.4, 9999.6)] == ["9999", "1.000e4"]
    assert run_words.duration_words(42) == "0:42"
    assert run_words.duration_words(3723) == "1:02:03"
    assert run_words.shape_words(()) == "scalar"
