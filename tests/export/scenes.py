"""Graphs as pictures are made of: the spiral run, and a small graph that has every look there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.export.picture import picture_of
from gradscope.graph.fold import initial
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from tests.samples import graph_message, spiral_state, with_cut

if TYPE_CHECKING:
    from gradscope.graph.marks import Marks
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.layout.scene import Scene

NASTY = 'a < b & "c"\x00\x1b'
# A leaf, an input, an operation without grad_fn, a further operation, the root; the leaf's name breaks careless XML.
LOOKS_NODES = [
    (0, 0, "AccumulateGrad", NASTY, NASTY, "", -1, 3, "<module>", "2,3", "float32"),
    (2, 3, "", "x", "x", "", -1, 2, "<module>", "2,3", "float32"),
    (3, 4, "", "", "cut_here", "detach", -1, 4, "<module>", "2,3", "float32"),
    (1, 1, "MulBackward0", "", "h", "mul", -1, 5, "<module>", "2,3", "float32"),
    (1, 2, "SumBackward0", "loss", "loss", "sum", -1, 6, "<module>", "", "float32"),
]
LOOKS_EDGES = [(0, 0, 3, 0, 1), (1, 0, 2, 0, 0), (2, 0, 3, 1, 0), (3, 0, 4, 0, 1)]


def graph_of(state: RunState) -> GraphSnapshot:
    """The graph to show."""
    assert state.graph is not None
    return state.graph


def spiral() -> tuple[RunState, Scene, Marks]:
    """The spiral run held in backward before ``linear`` (node 3)."""
    state = spiral_state()
    return state, *picture_of(state, graph_of(state), initial(graph_of(state)))


def looks() -> tuple[RunState, Scene, Marks]:
    """Every look once, a gradient of NaN at ``h``."""
    state = RunState()
    nan = {"node": 3.0, "defined": 1.0, "count": 6.0, "norm": float("nan"), "nan": 6.0}
    columns = {name: [nan.get(name, 0.0)] for name in m.STATISTIC_COLUMNS}
    for message in (
        with_cut(graph_message(LOOKS_NODES, LOOKS_EDGES, [], "looks"), (1, 2), "detach", 4),
        m.PassStarted(4, 0, "backward", "looks", "detail", "loss", 1.5),
        m.GradientsMeasured(4, 0, m.Table.from_columns("f8", columns)),
    ):
        state = reduce(state, message)
    return state, *picture_of(state, graph_of(state), initial(graph_of(state)))
