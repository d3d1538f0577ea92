"""Why a gradient is missing, zero or tiny: the reason, the line and the nodes between, in a graph made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradscope.graph.cuts import cut_of, shown_cuts
from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.state import RunState, reduce
from gradscope.graph.why import why_no_gradient, why_parameter
from gradscope.wire import messages as m
from tests.samples import graph_message, with_cut

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot

# w -> mul -> relu -> loss;  v (a leaf that the pass does not reach) -> tanh -> | detach -> mul
NODES: list[tuple[Any, ...]] = [
    (0, 0, "AccumulateGrad", "w", "w", "", -1, 5, "<module>", "4", "float32"),
    (1, 1, "MulBackward0", "", "a", "mul", -1, 5, "<module>", "4", "float32"),
    (1, 1, "ReluBackward0", "", "b", "relu", -1, 6, "<module>", "4", "float32"),
    (1, 2, "SumBackward0", "loss", "loss", "sum", -1, 7, "<module>", "", "float32"),
    (3, 4, "", "c", "c", "detach", -1, 4, "<module>", "4", "float32"),
    (3, 4, "TanhBackward0", "", "tanh", "tanh", -1, 3, "<module>", "4", "float32"),
    (2, 0, "", "v", "v", "", -1, 3, "<module>", "4", "float32"),
]
EDGES = [(0, 0, 1, 0, 1), (1, 0, 2, 0, 1), (2, 0, 3, 0, 1), (4, 0, 1, 1, 0), (5, 0, 4, 0, 0), (6, 0, 5, 0, 0)]
MESSAGE = with_cut(graph_message(NODES, EDGES, [], "cut"), (5, 4), "detach", 4)
PARAMETERS = m.ParametersKnown(
    (m.Parameter(0, "w", (4,), "float32", "cpu"), m.Parameter(1, "v", (4,), "float32", "cpu"))
)


def run(norms: dict[int, float | None], kind: str = "backward", error: str = "", ended: bool = True) -> RunState:
    """A pass that brought these norms; None is an undefined gradient, a node that is left out was not reached."""
    columns: dict[str, list[float]] = {name: [] for name in m.STATISTIC_COLUMNS}
    for node, norm in norms.items():
        row = {"node": node, "defined": float(norm is not None), "norm": norm or 0.0, "count": 4.0}
        for name, values in columns.items():
            values.append(row.get(name, 0.0))
    state = RunState()
    for message in (
        PARAMETERS,
        MESSAGE,
        m.PassStarted(0, 0, "grad" if kind == "grad" else "backward", "cut", "detail", "loss"),
        m.GradientsMeasured(0, 0, m.Table.from_columns("f8", columns)),
    ):
        state = reduce(state, message)
    return reduce(state, m.PassEnded(0, 0, 0.1, error)) if ended or error else state


def graph_of(state: RunState) -> GraphSnapshot:
    """The graph to show."""
    assert state.graph is not None
    return state.graph


ALL = {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}


def test_a_leaf_above_a_cut_is_told_the_line_and_the_way_to_it() -> None:
    state = run(ALL)
    why = why_no_gradient(state, graph_of(state), 6)
    assert (why.reason, why.short, why.path) == ("detach", "cut at line 4", (6, 5, 4))
    assert why.source is not None
    assert why.source.line == 4
    assert "v ends at c = detach(…) (line 4 of spiral_mlp.py)" in why.sentence
    assert "detach()" in why.fix
    assert why_parameter(state, state.parameters[1]) == why


def test_what_lies_behind_a_cut_points_back_to_it() -> None:
    state = run(ALL)
    found = cut_of(graph_of(state), 4)
    assert found is not None
    assert found.path == (5, 4)


def test_the_mark_is_on_the_edge_of_the_cut_and_on_no_other() -> None:
    graph = graph_of(run(ALL))
    visible = visible_graph(graph, initial(graph))
    ends = [
        (int(visible.node[visible.source[e]]), int(visible.node[visible.target[e]])) for e in shown_cuts(graph, visible)
    ]
    assert ends == [(5, 4)]


def test_zero_is_blamed_on_the_operation_that_still_received_something() -> None:
    state = run({**ALL, 0: 0.0, 1: 0.0})
    why = why_no_gradient(state, graph_of(state), 0)
    assert (why.reason, why.path, why.short) == ("zero", (0, 1, 2), "zero: b, line 6")
    assert "above zero" in why.sentence


def test_zero_from_the_root_on_is_nobodys_fault_inside() -> None:
    state = run(dict.fromkeys(ALL, 0.0))
    assert why_no_gradient(state, graph_of(state), 0).reason == "zero_root"


def test_an_undefined_gradient_is_blamed_on_who_sent_none() -> None:
    state = run({**ALL, 0: None, 1: None})
    why = why_no_gradient(state, graph_of(state), 0)
    assert (why.reason, why.path) == ("undefined", (0, 1, 2))


def test_a_tiny_gradient_shows_where_it_shrank_most() -> None:
    state = run({0: 1e-12, 1: 2e-12, 2: 0.5, 3: 1.0})
    why = why_no_gradient(state, graph_of(state), 0)
    assert (why.reason, why.path) == ("tiny", (0, 1, 2))


def test_what_cleared_a_gradient_after_the_pass_is_told_with_its_line() -> None:
    cleared = m.ClearedAt(0, 1, m.Frame("train.py", 30, "<module>"))
    state = reduce(run(ALL), cleared)
    assert why_parameter(state, state.parameters[0]).short == "cleared at line 30"
    before = reduce(run(ALL), replace(cleared, passes=0))
    assert why_parameter(before, before.parameters[0]).reason == "present"


def test_passes_that_did_not_come_here_say_what_they_were() -> None:
    grad = run({3: 1.0}, "grad")
    assert why_no_gradient(grad, graph_of(grad), 0).reason == "not_asked"
    captured = run(ALL, "grad")
    assert why_no_gradient(captured, graph_of(captured), 0).reason == "captured"
    raised = run({3: 1.0}, error="RuntimeError: no")
    assert why_no_gradient(raised, graph_of(raised), 0).reason == "raised"
    waiting = run({3: 1.0}, ended=False)
    assert why_no_gradient(waiting, graph_of(waiting), 0).reason == "not_yet"


def test_a_parameter_of_no_graph_was_never_used_or_nobody_looked() -> None:
    state = run(ALL)
    other = m.Parameter(2, "u", (4,), "float32", "cpu")
    assert why_parameter(state, other).reason == "never_used"
    frozen = replace(other, requires_grad=False, frozen_at=m.Frame("train.py", 9, "<module>"))
    assert why_parameter(state, frozen).short == "frozen at line 9"
    blind = reduce(state, replace(MESSAGE, cuts=m.Table()))
    assert why_parameter(blind, other).reason == "unknown"
    assert why_parameter(RunState(), other).reason == "no_backward"
