"""What became of gradients between the pass and the update, from two messages."""

from __future__ import annotations

from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from gradscope.wire.table import Table


def told(iteration: int, moment: str, *norms: float, by: tuple[str, ...] = ()) -> m.LeafGradients:
    columns = {"parameter": list(range(len(norms))), "norm": list(norms)}
    return m.LeafGradients(
        iteration, 0, "pass" if moment == "pass" else "update", Table.from_columns("f8", columns), by
    )


def test_a_clipped_gradient_says_by_how_much_and_by_what() -> None:
    state = reduce(RunState(), told(3, "pass", 4.0, 1.0, float("nan")))
    assert [state.leaf_gradients.words(parameter) for parameter in range(3)] == ["", "", ""]
    clipped = reduce(state, told(3, "update", 0.5, 1.0, float("nan"), by=("clip_grad_norm_(w, 1) (train.py:12)",)))
    sentence = "‖.grad‖ 4.00 after backward(), 5.00e-1 before the update (0.125x): clip_grad_norm_(w, 1) (train.py:12)"
    assert clipped.leaf_gradients.words(0) == sentence
    assert [clipped.leaf_gradients.words(parameter) for parameter in (1, 2, 7)] == ["", "", ""]


def test_the_next_iteration_knows_nothing_of_the_last() -> None:
    state = reduce(reduce(RunState(), told(3, "pass", 4.0)), told(4, "update", 1.0))
    assert state.leaf_gradients.words(0) == ""
