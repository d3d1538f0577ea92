"""Scenes for the canvas' tests: the spiral run, a ten-line script with one-element tensors, and synthetic giants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradscope.app.canvas.marks import Marks, build_marks
from gradscope.app.canvas.scene import Scene, build_scene
from gradscope.app.canvas.widget import GraphCanvas
from gradscope.app.theme import LIGHT
from gradscope.graph import fold
from gradscope.graph.state import RunState, reduce
from gradscope.graph.visible import VisibleGraph
from gradscope.layout.engine import layout
from gradscope.layout.geometry import Layout
from gradscope.layout.sizes import item_sizes
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.samples import SCRIPT, graph_message, spiral_state

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot

LINE_NODES = [
    (0, 0, "AccumulateGrad", "w", "w", "", -1, 3, "<module>", "", "float32"),
    (1, 1, "MulBackward0", "", "w*x", "mul", -1, 5, "<module>", "", "float32"),
    (1, 2, "PowBackward0", "loss", "loss", "pow", -1, 6, "<module>", "", "float32"),
    (2, 3, "", "x", "x", "", -1, 2, "<module>", "", "float32"),
]
LINE_EDGES = [(0, 0, 1, 0, 1), (1, 0, 2, 0, 1), (3, 0, 1, 1, 0)]


def scene_of(graph: GraphSnapshot, folding: fold.FoldState | None = None) -> Scene:
    """Folded, sized and placed as the window does it."""
    visible = fold.visible_graph(graph, folding or fold.initial(graph))
    placed = layout(item_sizes(graph, visible), visible.source, visible.target, visible.parent)
    return build_scene(graph, visible, placed)


def spiral() -> tuple[RunState, Scene]:
    """The spiral run held in backward before ``linear`` (node 3)."""
    state = spiral_state()
    assert state.graph is not None
    return state, scene_of(state.graph)


def marks_of(state: RunState, scene: Scene, mode: str = "gradient") -> Marks:
    """Figures for a scene."""
    return build_marks(state, scene.graph, scene.visible, mode)  # type: ignore[arg-type]


def canvas_with(qtbot, state: RunState, scene: Scene, mode: str = "gradient", zoom: float = 1.0) -> GraphCanvas:
    """A shown canvas without animations, looking at the middle of the scene."""
    canvas = GraphCanvas(LIGHT)
    qtbot.addWidget(canvas)
    canvas.resize(1000, 1300)
    canvas.set_animated(False)
    canvas.show()
    canvas.set_scene(scene)
    canvas.set_marks(marks_of(state, scene, mode))
    x, y, width, height = scene.bounds
    canvas.set_view(x + width / 2, y + height / 2, zoom)
    return canvas


def statistics(rows: dict[int, dict[str, float]]) -> Table:
    """STATISTIC_COLUMNS from the columns that a test cares for."""
    usual = {"defined": 1.0, "count": 1.0, "max_abs": 0.0, "mean": 0.0, "std": 0.0}
    table = {
        name: [float({"node": node, **usual, **row}.get(name, 0.0)) for node, row in rows.items()]
        for name in m.STATISTIC_COLUMNS
    }
    return Table.from_columns("f8", table)


def line_state(gradients: dict[int, dict[str, float]] | None = None) -> RunState:
    """``loss = (w*x)**2`` with w = 2, x = 3; gradients by node as far as told."""
    state = RunState()
    one = {node: {"norm": abs(value), "v0": value} for node, value in {0: 2.0, 1: 6.0, 2: 36.0, 3: 3.0}.items()}
    for message in (
        graph_message(LINE_NODES, LINE_EDGES, [], "line"),
        m.PhaseEntered(0, "backward", 0.0),
        m.PassStarted(0, 0, "backward", "line", "detail", "loss", 36.0),
        m.ValuesMeasured(0, "line", statistics(one)),
        m.GradientsMeasured(0, 0, statistics(gradients or {})),
    ):
        state = reduce(state, message)
    return state


def giant(count: int) -> tuple[RunState, Scene]:
    """So many operations in rows, each joined to the next, with a known gradient at each."""
    node = np.arange(count)
    zeros, none = np.zeros(count), np.full(count, -1)
    columns = dict.fromkeys(m.NODE_COLUMNS, none) | {
        "kind": zeros + 1,
        "role": zeros + 1,
        "op": zeros,
        "title": zeros,
    }
    outputs = {"node": node, "output": zeros, "shape": zeros + 1, "dtype": zeros + 2, "device": zeros + 3}
    source, target = node[:-1], node[1:]
    edges = {"source": source, "source_output": zeros[1:], "target": target, "target_input": zeros[1:]}
    edges["tracked"] = zeros[1:] + 1
    calls = _table({name: np.zeros(0) for name in m.CALL_COLUMNS})
    strings = ("MulBackward0", "64,64", "float32", "cpu", SCRIPT)
    captured = m.GraphCaptured("giant", strings, _table(columns), _table(outputs), _table(edges), calls)
    state = reduce(reduce(RunState(), captured), m.PassStarted(0, 0, "backward", "giant", "light"))
    matrix = np.zeros((len(m.STATISTIC_COLUMNS), count))
    matrix[0], matrix[2], matrix[3], matrix[4] = node, 1, 64, np.logspace(-5, 0, count)
    state = reduce(state, m.GradientsMeasured(0, 0, Table(m.STATISTIC_COLUMNS, count, "f8", matrix.tobytes())))
    assert state.graph is not None
    return state, _in_rows(state.graph, source, target)


def _in_rows(graph: GraphSnapshot, source: np.ndarray, target: np.ndarray) -> Scene:
    count, edges = len(graph), len(source)
    wide = int(count**0.5 / 2) + 1
    index, none = np.arange(count, dtype=np.int32), np.full(count, -1, np.int32)
    rects = np.stack([index % wide * 260.0, index // wide * 110.0, np.full(count, 190.0), np.full(count, 56.0)], 1)
    begin, end = rects[source] + (95, 56, 0, 0), rects[target] + (95, 0, 0, 0)
    points = np.stack([begin[:, :2], np.stack([end[:, 0], begin[:, 1]], 1), end[:, :2]], 1).reshape(-1, 2)
    rows = np.arange(edges + 1, dtype=np.int32)
    visible = VisibleGraph(
        np.zeros(count, np.int32),
        index,
        none,
        none,
        np.zeros(0, np.int32),
        np.zeros(count + 1, np.int32),
        index,
        source.astype(np.int32),
        target.astype(np.int32),
        np.ones(edges, bool),
        rows[:-1],
        rows,
    )
    return build_scene(graph, visible, Layout(rects, points, rows * 3))


def _table(columns: dict[str, np.ndarray]) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(tuple(columns), rows, "i4", b"".join(np.asarray(c, "<i4").tobytes() for c in columns.values()))
