"""``python -m tests.bench.canvas``: what large graphs cost on their way to the screen, against the budgets.

A transformer of so many nodes is laid out with every call open; calls are opened and closed in it at random, as a click
does it: folding, sizes, the worker's answer, the scene, and the frame. Frames are drawn offscreen, each from a new
place. Wall time is what a user waits for; the process' own time (the worker's not in it) leaves other processes out.
"""

from __future__ import annotations

import os
import random
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={Path(__file__).parents[1] / 'offscreen.json'}")

import numpy as np
from PySide6.QtWidgets import QApplication

from gradscope.app.canvas.marks import build_marks
from gradscope.app.canvas.scene import build_scene
from gradscope.app.canvas.widget import GraphCanvas
from gradscope.app.fonts import load_fonts
from gradscope.app.theme import LIGHT
from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.state import RunState, reduce
from gradscope.layout.client import LayoutClient
from gradscope.layout.engine import LayoutRequest
from gradscope.layout.sizes import item_sizes
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.app.canvas.scenes import giant
from tests.layout import graphs

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.canvas.scene import Scene
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.layout.geometry import Layout

Row = tuple[str, str, str]
NODES_A_BLOCK = 39
OPEN_BUDGETS = {10_000: 1.0, 50_000: 2.0}  # seconds
CLICK_BUDGET = 0.25
FRAME_BUDGETS = {1000: 0.016, 10_000: 0.016, 50_000: 0.033, 100_000: 0.033}
CLICKS = 40
FRAMES = 24
_WAIT = 60.0


def rows(sizes: tuple[int, ...] = tuple(FRAME_BUDGETS)) -> list[Row]:
    """What was measured, as text: (what, measured, budget)."""
    app = QApplication.instance() or QApplication([])
    load_fonts()
    found = [_all_open(nodes, budget) for nodes, budget in OPEN_BUDGETS.items()]
    found += [_clicks(50_000, mostly_open) for mostly_open in (True, False)]
    for nodes in sizes:
        found += _frames(nodes)
    del app
    return found


def transformer(nodes: int) -> GraphSnapshot:
    """About so many nodes in blocks of attention."""
    return graphs.gpt(round(nodes / NODES_A_BLOCK))


def _answered(layouts: LayoutClient, graph: GraphSnapshot, fold: FoldState) -> Scene:
    """From a fold to its scene, as the window makes it."""
    visible = visible_graph(graph, fold)
    request = LayoutRequest(item_sizes(graph, visible), visible.source, visible.target, visible.parent)
    came = threading.Event()
    made: list[Layout] = []

    def laid(layout: Layout) -> None:
        made.append(layout)
        came.set()

    layouts.submit(request, laid)
    if not came.wait(_WAIT):
        raise TimeoutError("no layout came")
    return build_scene(graph, visible, made[0])


def _all_open(nodes: int, budget: float) -> Row:
    """The first layout of a graph by a worker that has yet to start."""
    graph = transformer(nodes)
    layouts = LayoutClient()
    try:
        wall, own = _timed(lambda: _answered(layouts, graph, initial(graph).all_open()))
    finally:
        layouts.close()
    return (f"all open, {len(graph):,} nodes, worker started anew", _both(wall, own), f"{budget * 1e3:.0f} ms")


def _clicks(nodes: int, mostly_open: bool) -> Row:
    """Opening and closing calls one by one, to the frame in which the scene stands."""
    graph = transformer(nodes)
    fold = initial(graph).all_open() if mostly_open else initial(graph)
    canvas = _canvas()
    layouts = LayoutClient()
    chance = random.Random(1)
    walls, owns = [], []
    try:
        canvas.set_scene(_answered(layouts, graph, fold))
        for _ in range(CLICKS):
            call = chance.choice(_boxes(graph, fold))
            fold = fold.toggled(call)
            wall, own = _timed(partial(_click, canvas, layouts, graph, fold, call))
            walls.append(wall)
            owns.append(own)
    finally:
        layouts.close()
        canvas.deleteLater()
    what = "mostly open" if mostly_open else "mostly folded"
    measured = f"p50 {_both(*_at(0.5, walls, owns))}, p95 {_both(*_at(0.95, walls, owns))}"
    return (f"a click on a box of {len(graph):,} nodes, {what}", measured, f"p95 {CLICK_BUDGET * 1e3:.0f} ms")


def _boxes(graph: GraphSnapshot, fold: FoldState) -> list[int]:
    """Calls on screen that can be opened or closed."""
    visible = visible_graph(graph, fold)
    return [call for call in visible.call.tolist() if call >= 0]


def _click(canvas: GraphCanvas, layouts: LayoutClient, graph: GraphSnapshot, fold: FoldState, call: int) -> None:
    canvas.set_scene(_answered(layouts, graph, fold), anchor_item=("call", call), animate=False)
    canvas.repaint()


def _frames(nodes: int) -> list[Row]:
    """Frames of a transformer from near to far, and of a sheet of cards whose every heat changes."""
    budget = f"p95 {FRAME_BUDGETS[nodes] * 1e3:.0f} ms"
    canvas = _canvas()
    layouts = LayoutClient()
    graph = transformer(nodes)
    try:
        scene = _answered(layouts, graph, initial(graph).all_open())
    finally:
        layouts.close()
    canvas.set_scene(scene, animate=False)
    canvas.set_marks(build_marks(_measured(graph), graph, scene.visible))
    found = []
    for zoom in (1.0, 0.4, 0.15, 0.05):
        found.append((f"frame, {nodes:,} nodes, zoom {zoom}", _frame_times(canvas, scene, zoom), budget))
    state, sheet = giant(nodes)
    canvas.set_scene(sheet, animate=False)
    canvas.fit()
    for name, live in (("fitted", False), ("live heat", True)):
        walls, owns = [], []
        for _ in range(FRAMES):
            wall, own = _timed(partial(_heated, canvas, sheet, state, live))
            walls.append(wall)
            owns.append(own)
        found.append((f"frame, {nodes:,} nodes, {name}", f"p95 {_both(*_at(0.95, walls, owns))}", budget))
    canvas.deleteLater()
    return found


def _heated(canvas: GraphCanvas, sheet: Scene, state: RunState, live: bool) -> None:
    if live:
        canvas.set_marks(build_marks(state, sheet.graph, sheet.visible))
    else:
        canvas.set_view(canvas.camera.cx + 1, canvas.camera.cy, canvas.camera.zoom)
    canvas.repaint()


def _frame_times(canvas: GraphCanvas, scene: Scene, zoom: float) -> str:
    x, y, width, height = scene.bounds
    walls, owns = [], []
    for share in np.linspace(0.1, 0.9, FRAMES).tolist():
        canvas.set_view(x + width / 2, y + height * share, zoom)
        wall, own = _timed(canvas.repaint)
        walls.append(wall)
        owns.append(own)
    return f"p95 {_both(*_at(0.95, walls, owns))}"


def _measured(graph: GraphSnapshot) -> RunState:
    """A state in which every node has a gradient."""
    count = len(graph)
    matrix = np.zeros((len(m.STATISTIC_COLUMNS), count))
    matrix[0], matrix[2], matrix[3], matrix[4] = np.arange(count), 1, 64, np.logspace(-5, 0, count)
    state = RunState(graphs={graph.fingerprint: graph})
    state = reduce(state, m.PassStarted(0, 0, "backward", graph.fingerprint, "light"))
    return reduce(state, m.GradientsMeasured(0, 0, Table(m.STATISTIC_COLUMNS, count, "f8", matrix.tobytes())))


def _canvas() -> GraphCanvas:
    canvas = GraphCanvas(LIGHT)
    canvas.resize(1400, 900)
    canvas.set_animated(False)
    canvas.show()
    QApplication.processEvents()  # nothing is painted before the window is exposed
    return canvas


def _timed(do: Callable[[], object]) -> tuple[float, float]:
    wall, own = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - wall, time.process_time() - own


def _at(share: float, walls: list[float], owns: list[float]) -> tuple[float, float]:
    return float(np.quantile(walls, share)), float(np.quantile(owns, share))


def _both(wall: float, own: float) -> str:
    return f"{wall * 1e3:.1f} ms (own {own * 1e3:.1f} ms)"


def main() -> None:
    """Measure and print."""
    found = [("what", "measured", "budget"), *rows()]
    widths = [max(len(row[column]) for row in found) for column in range(3)]
    for row in found:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    main()
