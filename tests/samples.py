"""A small hand-made run, message by message, for tests of everything that only reads: the two-class spiral of the mock.

The truth about real graphs is tested elsewhere, against torch. This one is for views, folding, layout and reduce.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

from gradscope.graph.state import ProcessStarted, RunState, reduce
from gradscope.wire import messages as m
from gradscope.wire.table import Table

SCRIPT = "/home/ada/spiral_mlp.py"

# kind, role, op, name, title, function, call, line, scope, shape, dtype
SPIRAL_NODES: list[tuple[Any, ...]] = [
    (0, 0, "AccumulateGrad", "net.0.weight", "net.0.weight", "", 1, 18, "forward", "16,2", "float32"),  # 0
    (0, 0, "AccumulateGrad", "net.0.bias", "net.0.bias", "", 1, 18, "forward", "16", "float32"),  # 1
    (1, 1, "TBackward0", "", "T", "linear", 1, 18, "forward", "2,16", "float32"),  # 2
    (1, 1, "AddmmBackward0", "", "linear", "linear", 1, 18, "forward", "64,16", "float32"),  # 3
    (1, 1, "ReluBackward0", "", "relu", "relu", 2, 18, "forward", "64,16", "float32"),  # 4
    (0, 0, "AccumulateGrad", "net.2.weight", "net.2.weight", "", 3, 18, "forward", "2,16", "float32"),  # 5
    (0, 0, "AccumulateGrad", "net.2.bias", "net.2.bias", "", 3, 18, "forward", "2", "float32"),  # 6
    (1, 1, "TBackward0", "", "T", "linear", 3, 18, "forward", "16,2", "float32"),  # 7
    (1, 1, "AddmmBackward0", "logits", "logits", "linear", 3, 18, "forward", "64,2", "float32"),  # 8
    (1, 1, "LogSoftmaxBackward0", "", "log_softmax", "cross_entropy", -1, 30, "<module>", "64,2", "float32"),  # 9
    (1, 2, "NllLossBackward0", "loss", "loss", "cross_entropy", -1, 30, "<module>", "", "float32"),  # 10
    (2, 3, "", "x", "x", "", -1, 26, "<module>", "64,2", "float32"),  # 11
    (2, 3, "", "y", "y", "", -1, 26, "<module>", "64", "int64"),  # 12
]
SPIRAL_EDGES = [  # source, source_output, target, target_input, tracked
    (1, 0, 3, 0, 1),
    (0, 0, 2, 0, 1),
    (2, 0, 3, 2, 1),
    (3, 0, 4, 0, 1),
    (4, 0, 8, 1, 1),
    (6, 0, 8, 0, 1),
    (5, 0, 7, 0, 1),
    (7, 0, 8, 2, 1),
    (8, 0, 9, 0, 1),
    (9, 0, 10, 0, 1),
    (11, 0, 3, 1, 0),
    (12, 0, 10, 1, 0),
]
SPIRAL_CALLS = [("", 0, "SpiralNet", -1), ("net.0", 0, "Linear", 4), ("net.1", 0, "ReLU", 4), ("net.2", 0, "Linear", 4)]
SPIRAL_CALLS.append(("net", 0, "Sequential", 0))
SPIRAL_ORDER = [10, 9, 8, 6, 7, 5, 4, 3, 1, 2, 0]


def with_cut(message: m.GraphCaptured, ends: tuple[int, int], reason: str, line: int) -> m.GraphCaptured:
    """The same graph with a cut between two nodes (the second -1: no far end) at a line of the script."""
    first = len(message.strings)
    values = (ends[0], 0, ends[1], 0 if ends[1] >= 0 else -1, first, first + 1, line, -1, -1, -1)
    cuts = Table.from_columns("i4", {name: [value] for name, value in zip(m.CUT_COLUMNS, values, strict=True)})
    return replace(message, strings=(*message.strings, reason, SCRIPT), cuts=cuts)


def graph_message(
    nodes: list[tuple[Any, ...]],
    edges: list[tuple[int, ...]],
    calls: list[tuple[Any, ...]],
    fingerprint: str = "spiral",
    partial: bool = False,
) -> m.GraphCaptured:
    """``GraphCaptured`` from rows of plain Python values (columns as in ``SPIRAL_NODES``)."""
    strings: list[str] = []

    def text(value: str) -> int:
        if value not in strings:
            strings.append(value)
        return strings.index(value)

    columns: dict[str, list[int]] = {name: [] for name in m.NODE_COLUMNS}
    outputs: dict[str, list[int]] = {name: [] for name in m.OUTPUT_COLUMNS}
    for index, (kind, role, op, name, title, function, call, line, scope, shape, dtype) in enumerate(nodes):
        row = (kind, role, text(op), text(name) if name else -1, text(title), text(function), call)
        for column, value in zip(m.NODE_COLUMNS, (*row, text(SCRIPT), line, text(scope), 0, -1, -1), strict=True):
            columns[column].append(value)
        for column, value in zip(m.OUTPUT_COLUMNS, (index, 0, text(shape), text(dtype), text("cpu")), strict=True):
            outputs[column].append(value)
    edge_columns = {name: [edge[i] for edge in edges] for i, name in enumerate(m.EDGE_COLUMNS)}
    rows = [(text(module), occurrence, text(kind), parent) for module, occurrence, kind, parent in calls]
    call_columns = {name: [row[i] for row in rows] for i, name in enumerate(m.CALL_COLUMNS)}
    return m.GraphCaptured(
        fingerprint,
        tuple(strings),
        Table.from_columns("i4", columns),
        Table.from_columns("i4", outputs),
        Table.from_columns("i4", edge_columns),
        Table.from_columns("i4", call_columns),
        partial,
    )


def statistics_table(norms: dict[int, float], count: int = 64) -> Table:
    """Rows of STATISTIC_COLUMNS for nodes with a given norm; the other figures follow from it."""
    columns: dict[str, list[float]] = {name: [] for name in m.STATISTIC_COLUMNS}
    for node, norm in norms.items():
        row = (node, 0, 1, count, norm, norm / 2, 0.0, norm / 4, 3, 0, 0, norm, 0.0, 0.0, 0.0)
        for column, value in zip(m.STATISTIC_COLUMNS, row, strict=True):
            columns[column].append(value)
    return Table.from_columns("f8", columns)


def spiral_graph(fingerprint: str = "spiral") -> m.GraphCaptured:
    """The graph of the mock: SpiralNet with net.0, net.1, net.2, then cross entropy."""
    return graph_message(SPIRAL_NODES, SPIRAL_EDGES, SPIRAL_CALLS, fingerprint)


def spiral_parameters() -> m.ParametersKnown:
    """The four parameters of the spiral network."""
    shapes = {"net.0.weight": (16, 2), "net.0.bias": (16,), "net.2.weight": (2, 16), "net.2.bias": (2,)}
    return m.ParametersKnown(
        tuple(
            m.Parameter(index, name, shape, "float32", "cpu", True, True)
            for index, (name, shape) in enumerate(shapes.items())
        )
    )


def ended_iteration(iteration: int) -> m.IterationEnded:
    """One ended iteration whose loss falls and whose norms differ by parameter."""
    norms = [0.5 / (iteration + 1), 0.2, 0.8, 0.1]
    parameters = {"parameter": [0, 1, 2, 3], "grad_norm": norms, "value_norm": [3.0] * 4, "update_norm": [0.01] * 4}
    return m.IterationEnded(
        iteration,
        "SGD",
        loss=0.7 * 0.95**iteration,
        fingerprint="spiral",
        phase_names=("data", "forward", "loss", "backward", "update"),
        phase_seconds=(0.001, 0.002, 0.001, 0.003, 0.001),
        parameters=Table.from_columns("f8", parameters),
        learning_rate=0.1,
    )


def spiral_messages(iterations: int = 12) -> list[Any]:
    """A run of so many whole iterations, then one paused in backward before ``linear`` (node 3, the 8th of 11)."""
    hello = m.Hello(m.PROTOCOL_VERSION, 4242, "3.11.7", "2.13.0", SCRIPT, ("--lr", "0.1"), "/home/ada")
    messages: list[Any] = [ProcessStarted(("python", SCRIPT)), hello, spiral_parameters(), spiral_graph()]
    messages += [ended_iteration(iteration) for iteration in range(iterations)]
    ran = {10: 1.0, 9: 0.125, 8: 0.079, 6: 0.0034, 7: 0.05, 5: 0.05, 4: 0.0302, 3: 0.0231}
    phase: m.Phase
    for phase in ("data", "forward", "loss", "backward"):
        messages.append(m.PhaseEntered(iterations, phase, 1.0))
    order = struct.pack(f"<{len(SPIRAL_ORDER)}i", *SPIRAL_ORDER)
    frames = (m.Frame(SCRIPT, 31, "<module>"),)
    messages += [
        m.Progress(iterations, 1, 10, 13, 20),
        m.PassStarted(iterations, 0, "backward", "spiral", "detail", "loss", 0.6871, order),
        m.ValuesMeasured(iterations, "spiral", statistics_table({3: 4.2, 4: 3.1, 8: 1.0, 10: 0.6871})),
        m.GradientsMeasured(iterations, 0, statistics_table(ran)),
        m.Paused("node", iterations, "backward", 0, "spiral", 3, 8, 11, frames),
        m.VariablesTold(
            iterations,
            frames[0],
            (
                m.Variable("x", "Tensor", (64, 2), "float32", "cpu", False, True, "", "None", "[[0.1, ...]]", 11),
                m.Variable(
                    "loss", "Tensor", (), "float32", "cpu", True, False, "NllLossBackward0", "None", "0.6871", 10
                ),
            ),
        ),
    ]
    return messages


def spiral_state(iterations: int = 12) -> RunState:
    """The state after ``spiral_messages``."""
    state = RunState()
    for message in spiral_messages(iterations):
        state = reduce(state, message)
    return state


def timed_nodes(iteration: int, seconds: dict[int, float]) -> m.BackwardTimed:
    """What nodes of pass 0 took in backward."""
    columns = {"node": list(map(float, seconds)), "seconds": list(seconds.values())}
    return m.BackwardTimed(iteration, 0, Table.from_columns("f8", columns))


def timed_forward(iteration: int, operations: list[tuple[int, int, float]], calls: dict[int, float]) -> m.ForwardTimed:
    """What the forward before pass 0 took: (node, number of its torch call, seconds), and seconds by call."""
    by_node = dict(zip(("node", "operation", "seconds"), map(list, zip(*operations, strict=True)), strict=True))
    by_call = {"call": list(map(float, calls)), "seconds": list(calls.values())}
    return m.ForwardTimed(iteration, 0, Table.from_columns("f8", by_node), Table.from_columns("f8", by_call))
