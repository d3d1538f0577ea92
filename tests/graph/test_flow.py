"""What is said of a node's gradient is true of the graph and of the moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradscope.graph import flow
from gradscope.graph.local_rules import local_rule
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from tests.samples import spiral_state, statistics_table


def sentences(state: RunState, node: int) -> list[str]:
    assert state.graph is not None
    return [sent.text for sent in flow.sent(state.graph, node)]


def test_linear_sends_to_bias_and_through_the_transpose_to_its_weight() -> None:
    assert sentences(spiral_state(), 3) == [
        "Σ over the batch of g → net.0.bias (16)",
        "xᵀ · g (2×16), then transposed → net.0.weight",  # noqa: RUF001 - the sign that shapes take
        "nothing to x: it takes no gradient",
    ]


@pytest.mark.parametrize(
    ("node", "beginning"),
    [(4, "This node took g = ∂loss/∂relu"), (3, "Next: this node takes"), (2, "This node will take")],
)
def test_the_tense_is_that_of_the_engine(node: int, beginning: str) -> None:
    state = spiral_state()
    assert state.graph is not None
    assert flow.headline(state, state.graph, node).startswith(beginning)


def test_after_the_pass_everything_that_was_reached_has_happened() -> None:
    told = m.GradientsMeasured(12, 0, statistics_table({0: 0.5}))
    state = reduce(reduce(spiral_state(), told), m.PassEnded(12, 0, 0.1))
    assert state.graph is not None
    assert flow.headline(state, state.graph, 0).endswith("was added to net.0.weight.grad")


def test_what_the_pass_never_came_to_is_not_said_to_have_happened() -> None:
    state = reduce(spiral_state(), m.PassEnded(12, 0, 0.1, "RuntimeError: modified by an inplace operation"))
    assert state.graph is not None
    assert flow.headline(state, state.graph, 4).startswith("This node took")
    assert flow.headline(state, state.graph, 2).startswith("This node would take")
    assert flow.headline(state, state.graph, 0).endswith("would be added to net.0.weight.grad")


def test_autograd_grad_leaves_grad_alone() -> None:
    state = spiral_state()
    graph, current = state.graph, state.current_pass
    assert graph is not None
    assert current is not None
    returned = replace(state, passes=(replace(current, kind="grad"),))
    assert "returns g" in flow.headline(returned, graph, 0)


def test_inputs_say_nothing() -> None:
    state = spiral_state()
    assert state.graph is not None
    assert flow.headline(state, state.graph, 11) == ""


@pytest.mark.parametrize(
    ("op", "function", "position", "shapes", "text"),
    [
        ("AddmmBackward0", "linear", 0, ((64, 16), (16,)), "Σ over the batch of g"),
        ("AddmmBackward0", "addmm", 0, ((64, 16), (16,)), ""),
        ("MulBackward0", "mul", 1, ((4, 3), (3,)), "g · the other factor, summed to its shape"),
        ("MeanBackward0", "mean", 0, ((), (8, 4)), "g / 32, to every element"),
        ("DivBackward0", "div", 1, ((2,), (2,)), "-g · dividend / divisor²"),
        ("MyOwnBackward", "apply", 0, ((2,), (2,)), ""),
    ],
)
def test_rules_are_claimed_only_where_they_hold(
    op: str, function: str, position: int, shapes: tuple[tuple[int, ...], tuple[int, ...]], text: str
) -> None:
    assert local_rule(op, function, position, *shapes) == text
