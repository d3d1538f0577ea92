"""What a training gives reason to say, figure by figure: just over each limit it is said, just under it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradscope.doctor.registry import examine
from gradscope.graph.history import History
from gradscope.graph.state import RunState, reduce
from gradscope.graph.statistics import NodeStatistics
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.samples import ended_iteration, graph_message, spiral_state


def _leaf(name: str) -> tuple[Any, ...]:
    return (0, 0, "AccumulateGrad", name, name, "", -1, 3, "forward", "10,10", "float32")


DEEP: list[tuple[Any, ...]] = [_leaf(f"fc{at}.weight") for at in range(4)]
DEEP += [(1, 1, "MmBackward0", "", f"h{at}", "mm", -1, 4, "forward", "4,10", "float32") for at in range(3)]
DEEP += [(1, 2, "MmBackward0", "loss", "loss", "mm", -1, 5, "<module>", "", "float32")]
DEEP_EDGES = [(at, 0, at + 4, 1, 1) for at in range(4)] + [(at, 0, at + 1, 0, 1) for at in range(4, 7)]


def rules(state: RunState) -> list[str]:
    return [one.rule for one in examine(state)]


def ended(state: RunState, fingerprint: str = "spiral", **norms: float) -> RunState:
    """The newest pass ended with a norm of 1 everywhere, but for nodes given as ``n4=0.0``."""
    graph = state.graphs[fingerprint]
    columns = {name: np.ones(len(graph)) for name in NodeStatistics.empty(1).columns}
    columns |= {"nan": np.zeros(len(graph)), "inf": np.zeros(len(graph)), "zeros": np.zeros(len(graph))}
    for node, norm in norms.items():
        columns["norm"][int(node[1:])] = norm
    gradients = NodeStatistics(np.ones(len(graph), bool), columns, {})
    passes = (*state.passes[:-1], replace(state.passes[-1], gradients=gradients, ended=True))
    return replace(state, passes=passes)


def optimized(state: RunState, **more: Any) -> RunState:
    """All parameters in an optimizer, but for what is said of those given by index as ``p2={...}``."""
    told = (replace(one, **{"in_optimizer": True, **more.get(f"p{one.index}", {})}) for one in state.parameters)
    return replace(state, parameters=tuple(told))


def with_history(state: RunState, *records: m.IterationEnded) -> RunState:
    history = History()
    for record in records:
        history = history.appended(record)
    return replace(state, history=history)


def moved(iteration: int, *updates: float) -> m.IterationEnded:
    """An ended iteration whose parameters, of norm 3, moved by so much."""
    columns = {"parameter": [0, 1, 2, 3], "grad_norm": [1.0] * 4, "value_norm": [3.0] * 4, "update_norm": list(updates)}
    return replace(ended_iteration(iteration), parameters=Table.from_columns("f8", columns))


def test_what_is_counted_as_not_finite_is_found_also_where_the_norm_is_finite() -> None:
    state = ended(optimized(spiral_state()))
    state.passes[-1].gradients.columns["nan"][4] = 3
    (found,) = examine(state)
    assert (found.rule, found.node) == ("gradient-not-finite", 8)
    assert "AddmmBackward0 (logits) received finite gradients and sent NaN or Inf on to relu" in found.sentence


def test_of_many_that_are_not_finite_the_first_in_the_order_of_backward_is_named() -> None:
    spread = {f"n{node}": float("inf") for node in (4, 3, 2, 1, 0)}  # from relu on to the leaves before it
    (found,) = examine(ended(optimized(spiral_state()), **spread))
    assert found.node == 8
    assert found.evidence == (("nodes with NaN or Inf", "5 of 13"),)


def test_a_loss_whose_own_gradient_is_not_finite_is_the_one_at_fault() -> None:
    (found,) = examine(ended(optimized(spiral_state()), n10=float("nan"), n9=float("nan")))
    assert (found.title, found.node) == ("The gradient of the loss is not finite", 10)


def test_a_relu_is_dead_that_takes_a_gradient_in_and_lets_none_through() -> None:
    state = replace(optimized(spiral_state()), values={})
    (found,) = examine(ended(state, n3=0.0))
    assert (found.rule, found.node) == ("dead-relu", 4)
    assert found.evidence == (("zeros in its output", "not measured in light level"),)
    assert examine(ended(state, n3=0.0, n4=0.0)) == [], "it was given none itself"
    (measured,) = examine(ended(optimized(spiral_state()), n3=0.0))
    assert measured.evidence == (("zeros in its output", "3 of 64"),)


@pytest.mark.parametrize(("zeros", "count", "dead"), [(64, 64, True), (63, 64, False), (1, 1, False)])
def test_a_relu_is_dead_whose_output_is_zero_everywhere(zeros: int, count: int, dead: bool) -> None:
    row: dict[str, float] = dict.fromkeys(m.STATISTIC_COLUMNS, 1.0) | {"node": 4, "output": 0}
    row |= {"zeros": zeros, "count": count}
    table = Table.from_columns("f8", {name: [value] for name, value in row.items()})
    state = ended(reduce(optimized(spiral_state()), m.ValuesMeasured(12, "spiral", table)))
    found = examine(state)
    assert [one.rule for one in found] == ["dead-relu"] * dead
    assert all(one.evidence == (("zeros in its output", "64 of 64"),) for one in found)


@pytest.mark.parametrize(
    ("norms", "rule"),
    [
        ({"n3": 2e6}, "gradients-exploding"),  # by element 2e5
        ({"n3": 5e5}, ""),
        ({"n0": 1e-9}, "gradients-vanishing"),
        ({"n0": 1e-7}, ""),
        ({"n0": 0.0}, ""),  # a dead layer, which is another finding
    ],
)
def test_gradients_explode_or_vanish_by_element_over_depth(norms: dict[str, float], rule: str) -> None:
    state = optimized(spiral_state())
    started = m.PassStarted(12, 1, "backward", "deep", "detail", "loss", 0.5)
    for message in (graph_message(DEEP, DEEP_EDGES, [], "deep"), started):
        state = reduce(state, message)
    found = [one for one in examine(ended(state, "deep", **norms)) if one.rule.startswith("gradients-")]
    assert [one.rule for one in found] == [rule] * bool(rule)
    assert all(("fc3" if rule.endswith("exploding") else "fc0") in one.title for one in found)


def test_gradients_that_pile_up_are_told_where_an_update_follows_them() -> None:
    state = optimized(spiral_state())
    piled = replace(state.passes[-1], old=frozenset({0, 1}))
    state = replace(with_history(state, moved(12, 0.01, 0.01, 0.01, 0.01)), passes=(piled,))
    (found,) = examine(state)
    assert (found.rule, found.title) == ("not-cleared", "Gradients are never cleared")
    assert found.evidence == (("parameters", "net.0.weight, net.0.bias"),)
    assert "earlier iteration" in examine(replace(state, cleared_at=3))[0].title
    silent = (
        replace(state, passes=(replace(piled, kind="grad"),)),
        replace(state, passes=(replace(piled, iteration=0),)),
        with_history(state, moved(12, 0.0, 0.0, 0.01, 0.01)),  # handed on to another network
        with_history(state, moved(11, 0.01, 0.01, 0.01, 0.01)),  # accumulated on purpose
    )
    assert [rules(one) for one in silent] == [[]] * len(silent)


def test_a_parameter_that_gets_a_gradient_belongs_into_an_optimizer() -> None:
    lost = optimized(spiral_state(), p2={"in_optimizer": False})
    (found,) = examine(lost)
    assert (found.rule, found.subject) == ("not-in-optimizer", "net.2.weight")
    assert examine(optimized(spiral_state(), p2={"in_optimizer": False, "requires_grad": False})) == []
    by_hand = tuple(replace(one, in_optimizer=False) for one in lost.parameters)
    assert examine(replace(lost, parameters=by_hand)) == [], "there is no optimizer at all"
    assert examine(with_history(lost, moved(0, 0.01, 0.01, 0.01, 0.01))) == [], "too early to say"


def test_a_parameter_of_the_optimizer_that_no_backward_came_to_is_named() -> None:
    state = optimized(spiral_state())
    names = [f"head{index}.weight" for index in range(10)]
    heads = tuple(m.Parameter(4 + at, name, (2, 2), "float32", "cpu", True, True) for at, name in enumerate(names))
    (found,) = examine(replace(state, parameters=(*state.parameters, *heads)))
    assert found.rule == "no-gradient"
    assert found.title.startswith("head0.weight, ")
    assert "head7.weight and 2 more: no gradient" in found.title
    frozen = tuple(replace(one, requires_grad=False) for one in heads)
    assert examine(replace(state, parameters=(*state.parameters, *frozen))) == []


def test_a_rate_of_zero_is_told_when_it_stays() -> None:
    rates = {(0.1, 0.0, 0.0): [], (0.0, 0.0, 0.0): ["rate-zero"], (0.0, 0.0, 0.1): []}
    for told, said in rates.items():
        records = [replace(moved(at, 0.01, 0.01, 0.01, 0.01), learning_rate=rate) for at, rate in enumerate(told)]
        assert rules(with_history(optimized(spiral_state()), *records)) == said


@pytest.mark.parametrize(
    ("update", "rule", "change"),
    [
        (2.4, "update-too-large", "80%"),
        (1.2, "", ""),
        (1e-9, "update-too-small", "3.33e-10"),
        (1e-8, "", ""),
        (0.0, "", ""),
    ],
)
def test_an_update_is_measured_by_what_it_changes(update: float, rule: str, change: str) -> None:
    records = [moved(at, update, 3.0, 0.01, 0.01) for at in range(3)]  # a bias may double in one update
    found = examine(with_history(optimized(spiral_state()), *records))
    assert [one.rule for one in found] == [rule] * bool(rule)
    assert all(f"net.0.weight changes by {change} of itself" in one.title for one in found)
