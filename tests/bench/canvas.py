"""``python -m tests.bench.canvas``: what large graphs cost on their way to the screen, against the budgets.

A transformer of so many nodes is laid out with every call open; calls are opened and closed in it at random, as a click
does it: folding, sizes, the worker's answer, the scene, and the frame. The layout of a click is the worker's processor
time. What is measured of frames and gestures says ``frames``. Wall time is what a user waits for; the process' own time
(the worker's not in it) leaves others out.
Frames are drawn offscreen, then again into a real window under an X server and a window manager started for it; with
``--here`` only once, on the platform that QT_QPA_PLATFORM names. The header that is clicked must not move by a pixel.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={Path(__file__).parents[1] / 'offscreen.json'}")

import numpy as np
from PySide6.QtWidgets import QApplication

from gradscope.app.canvas.marks import build_marks
from gradscope.app.canvas.scene import build_scene
from gradscope.app.fonts import load_fonts
from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.state import RunState, reduce
from gradscope.layout.client import LayoutClient
from gradscope.layout.engine import LayoutRequest
from gradscope.layout.sizes import item_sizes
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.app.canvas.scenes import giant
from tests.e2e.desktop import Desktop
from tests.layout import graphs

from .frames import FRAMES, frame, frame_rows, shown_canvas
from .rows import Row, table, timed

if TYPE_CHECKING:
    from gradscope.app.canvas.scene import Scene
    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.visible import VisibleGraph
    from gradscope.layout.geometry import Layout

NODES_A_BLOCK = 39
OPEN_BUDGETS = {10_000: 1.0, 50_000: 2.0}  # seconds
CLICK_BUDGET = 0.25
LAYOUT_BUDGET = 0.05
FRAME_BUDGETS = {1000: 0.016, 10_000: 0.016, 50_000: 0.033, 100_000: 0.033}
CLICKS = 40
ZOOMS = (1.0, 0.5, 0.4, 0.15, 0.05)
_WAIT = 60.0


def rows(sizes: tuple[int, ...] = tuple(FRAME_BUDGETS), clicks: int = CLICKS) -> list[Row]:
    """All measurements, for graphs of so many nodes."""
    app = QApplication.instance() or QApplication([])
    load_fonts()
    found = [_all_open(nodes, budget) for nodes, budget in OPEN_BUDGETS.items() if nodes <= max(sizes)]
    for mostly_open in (True, False):
        found += _clicks(min(50_000, max(sizes)), mostly_open, clicks)
    for nodes in sizes:
        found += _frames(nodes)
    del app
    return found


def run(out: Path, quick: bool = False) -> list[Row]:
    """Measure, and write the figures as JSON; ``quick``: only up to 10,000 nodes."""
    found = rows((1000, 10_000), 10) if quick else rows()
    written = {"platform": QApplication.platformName(), "rows": [asdict(row) for row in found]}
    out.write_text(json.dumps(written, indent=1))
    return found


def transformer(nodes: int) -> GraphSnapshot:
    """About so many nodes in blocks of attention."""
    return graphs.gpt(round(nodes / NODES_A_BLOCK))


def _asked(graph: GraphSnapshot, visible: VisibleGraph) -> LayoutRequest:
    return LayoutRequest(item_sizes(graph, visible), visible.source, visible.target, visible.parent)


def _answered(layouts: LayoutClient, graph: GraphSnapshot, fold: FoldState) -> Scene:
    """From a fold to its scene, as the window makes it."""
    visible = visible_graph(graph, fold)
    request = _asked(graph, visible)
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
        time_taken = timed(lambda: _answered(layouts, graph, initial(graph).all_open()))
    finally:
        layouts.close()
    return Row.of("all open, worker started anew", len(graph), [time_taken], budget)


def _clicks(nodes: int, mostly_open: bool, clicks: int) -> list[Row]:
    """Opening and closing calls one by one, to the frame in which the scene stands; and of that the layout alone."""
    graph = transformer(nodes)
    fold = initial(graph).all_open() if mostly_open else initial(graph)
    canvas = shown_canvas()
    layouts = LayoutClient()
    chance = random.Random(1)
    times, alone = [], []
    try:
        canvas.set_scene(_answered(layouts, graph, fold))
        for _ in range(clicks):
            call = chance.choice(_boxes(graph, fold))
            fold = fold.toggled(call)
            before, spent = canvas.call_rect(call).topLeft(), _worker_time(layouts)
            times.append(frame(canvas, partial(_click, canvas, layouts, graph, fold, call)))
            if canvas.call_rect(call).topLeft() != before:
                raise AssertionError(f"the header of {graph.calls[call].label} moved")
            alone.append((_worker_time(layouts) - spent,) * 2)
    finally:
        layouts.close()
        canvas.deleteLater()
    what = "mostly open" if mostly_open else "mostly folded"
    return [
        Row.of(f"a click on a box, {what}", len(graph), times, CLICK_BUDGET),
        Row.of(f"of that the layout, {what}", len(graph), alone, LAYOUT_BUDGET),
    ]


def _worker_time(layouts: LayoutClient) -> float:
    """Seconds of processor time that the layout worker has taken, its reading and writing included (Linux)."""
    assert layouts.worker_pid is not None
    return time.clock_gettime((~layouts.worker_pid << 3) | 2)  # the clock of a process, as clock_getcpuclockid makes it


def _boxes(graph: GraphSnapshot, fold: FoldState) -> list[int]:
    """Calls on screen that can be opened or closed."""
    visible = visible_graph(graph, fold)
    return [call for call in visible.call.tolist() if call >= 0]


def _click(canvas: GraphCanvas, layouts: LayoutClient, graph: GraphSnapshot, fold: FoldState, call: int) -> None:
    canvas.set_scene(_answered(layouts, graph, fold), anchor_item=("call", call), animate=False)


def _frames(nodes: int) -> list[Row]:
    """Frames of a transformer, folded and open, from near to far; and of a sheet of cards whose every heat changes."""
    budget = FRAME_BUDGETS[nodes]
    canvas = shown_canvas()
    layouts = LayoutClient()
    graph = transformer(nodes)
    state = _measured(graph)
    found = []
    try:
        for what, fold in (("folded", initial(graph)), ("open", initial(graph).all_open())):
            scene = _answered(layouts, graph, fold)
            canvas.set_scene(scene, animate=False)
            canvas.set_marks(build_marks(state, graph, scene.visible))
            found += frame_rows(canvas, scene, what, ZOOMS if what == "open" else (1.0, 0.4), budget)
            canvas.fit()
            heated = [frame(canvas, partial(_heated, canvas, scene, state)) for _ in range(FRAMES)]
            found.append(Row.of(f"live heat, {what}, fitted", nodes, heated, budget))
    finally:
        layouts.close()
    state, sheet = giant(nodes)
    canvas.set_scene(sheet, animate=False)
    canvas.fit()
    heated = [frame(canvas, partial(_heated, canvas, sheet, state)) for _ in range(FRAMES)]
    found.append(Row.of("live heat, a sheet of cards, fitted", nodes, heated, budget))
    canvas.deleteLater()
    return found


def _heated(canvas: GraphCanvas, scene: Scene, state: RunState) -> None:
    canvas.set_marks(build_marks(state, scene.graph, scene.visible))


def _measured(graph: GraphSnapshot) -> RunState:
    """A state in which every node has a gradient."""
    count = len(graph)
    matrix = np.zeros((len(m.STATISTIC_COLUMNS), count))
    matrix[0], matrix[2], matrix[3], matrix[4] = np.arange(count), 1, 64, np.logspace(-5, 0, count)
    state = RunState(graphs={graph.fingerprint: graph})
    state = reduce(state, m.PassStarted(0, 0, "backward", graph.fingerprint, "light"))
    return reduce(state, m.GradientsMeasured(0, 0, Table(m.STATISTIC_COLUMNS, count, "f8", matrix.tobytes())))


def everywhere(out: Path, quick: bool) -> None:
    """Measure offscreen, then under an X server of its own, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        desktop = Desktop(Path(folder))
        try:
            for platform in ("offscreen", "xcb"):
                environment = os.environ | {"DISPLAY": desktop.display}
                if platform == "xcb":
                    environment["QT_QPA_PLATFORM"] = platform
                words = ["--here", "-o", str(out.with_suffix(f".{platform}.json")), *(["--quick"] if quick else [])]
                subprocess.run([sys.executable, "-m", "tests.bench.canvas", *words], env=environment, check=True)
        finally:
            desktop.close()


def main() -> None:
    """Measure, print, and write JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.canvas", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only up to 10,000 nodes")
    parser.add_argument("--here", action="store_true", help="once, on the platform that QT_QPA_PLATFORM names")
    parser.add_argument("-o", "--out", type=Path, default=Path(tempfile.gettempdir()) / "gradscope-canvas.json")
    arguments = parser.parse_args()
    if not arguments.here:
        everywhere(arguments.out, arguments.quick)
        return
    print(table(run(arguments.out, arguments.quick)))
    print(f"drawn on {QApplication.platformName()}, written to {arguments.out}", flush=True)


if __name__ == "__main__":
    main()
