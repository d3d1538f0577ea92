"""Operations with several outputs: each output its own line, its port with shape and gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.fold import FoldState, visible_graph
from gradscope.graph.outputs import outputs_of, port_lines, port_text, told_outputs
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.layout.graphs import Builder

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot


def splitting(outputs: int) -> Builder:
    """``q, k, ... = split(w)``; each goes into one sum, and the first into a second operation as well."""
    b = Builder()
    split = b.op("Split", -1, b.leaf("w", -1))
    b.strings.setdefault("5,7", len(b.strings))
    b.outputs += [(split, output, b.strings["5,7"], b.text("float32"), b.text("cpu")) for output in range(1, outputs)]
    once = b.op("Exp", -1, split)
    total = b.op("Add", -1, *[split] * outputs)
    for place, edge in enumerate(edge for edge in b.edges if edge[2] == total):
        b.edges[b.edges.index(edge)] = (split, place, total, place, 1)
    b.loss(b.op("Mul", -1, once, total))
    return b


def lines(graph: GraphSnapshot) -> dict[tuple[str, str], list[tuple[int, ...]]]:
    visible = visible_graph(graph, FoldState())
    found: dict[tuple[str, str], list[tuple[int, ...]]] = {}
    for line in port_lines(graph, visible).tolist():
        ends = (graph.text(int(visible.node[end[line]]), "op") for end in (visible.source, visible.target))
        found.setdefault(tuple(ends), []).append(outputs_of(graph, visible, line))  # type: ignore[arg-type]
    return found


def test_each_output_leaves_by_its_own_line() -> None:
    found = lines(splitting(3).snapshot())
    assert found == {("SplitBackward0", "ExpBackward0"): [(0,)], ("SplitBackward0", "AddBackward0"): [(0,), (1,), (2,)]}


def test_many_outputs_into_one_operation_are_one_line_that_names_them() -> None:
    found = lines(splitting(9).snapshot())
    assert found[("SplitBackward0", "AddBackward0")] == [tuple(range(9))]
    assert port_text(tuple(range(9))) == "0 … 8"
    assert port_text((0, 2)) == "0, 2"


def test_lines_stand_for_every_edge_once() -> None:
    graph = splitting(4).snapshot()
    visible = visible_graph(graph, FoldState())
    assert sorted(visible.edge_rows.tolist()) == list(range(len(graph.edges["source"])))
    assert (np.diff(visible.edge_start) == 1).all()


def test_a_port_names_its_output_with_shape_and_its_own_gradient() -> None:
    message = splitting(2).message()
    state = reduce(RunState(), message)
    state = reduce(state, m.PassStarted(0, 0, "backward", "made", "detail", "loss", 1.0, b""))
    columns: dict[str, list[float]] = {name: [0.0, 0.0] for name in m.STATISTIC_COLUMNS}
    columns |= {
        "node": [1, 1],
        "output": [0, 1],
        "defined": [1, 1],
        "count": [35, 35],
        "norm": [0.5, 0.25],
        "nan": [0, 3],
    }
    state = reduce(state, m.GradientsMeasured(0, 0, Table.from_columns("f8", columns)))
    graph = state.graphs["made"]
    first = told_outputs(state, graph, 1, (0,))
    assert first[0] == "split, output 0 of 2"
    assert first[1].endswith("float32, gradient norm 5.00e-1")
    assert told_outputs(state, graph, 1, (1,))[1] == "output 1: 5×7 float32, gradient with 3 NaN"  # noqa: RUF001
    assert told_outputs(None, graph, 1, (1,))[1].endswith("float32, no gradient yet")
