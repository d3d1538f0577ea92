"""``python -m tests.bench.canvas``: what large graphs cost on their way to the screen, against the budgets.

A transformer of so many nodes is laid out with every call open; calls are opened and closed in it at random, as a click
does it: folding, sizes, the worker's answer, the scene, and the frame. Each frame is sharp, from a new place or at
a new zoom. Wall time is what a user waits for; the process' own time (the worker's not in it) leaves others out.
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
from dataclasses import asdict, dataclass
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
from gradscope.layout.engine import LayoutRequest, answer, composer
from gradscope.layout.sizes import item_sizes
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.app.canvas.scenes import giant
from tests.e2e.desktop import Desktop
from tests.layout import graphs

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.canvas.scene import Scene
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
FRAMES = 24
ZOOMS = (1.0, 0.5, 0.4, 0.15, 0.05)
_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, in seconds: of all times the middle and the 95th of a hundred, by both clocks."""

    what: str
    nodes: int
    wall_p50: float
    wall_p95: float
    own_p50: float
    own_p95: float
    budget: float

    @classmethod
    def of(cls, what: str, nodes: int, times: list[tuple[float, float]], budget: float) -> Row:
        walls, owns = (np.array(column) for column in zip(*times, strict=True))
        middle, late = (float(np.quantile(walls, share)) for share in (0.5, 0.95))
        return cls(what, nodes, middle, late, *(float(np.quantile(owns, share)) for share in (0.5, 0.95)), budget)


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


def _request(graph: GraphSnapshot, fold: FoldState) -> LayoutRequest:
    return _asked(graph, visible_graph(graph, fold))


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
        time_taken = _timed(lambda: _answered(layouts, graph, initial(graph).all_open()))
    finally:
        layouts.close()
    return Row.of("all open, worker started anew", len(graph), [time_taken], budget)


def _clicks(nodes: int, mostly_open: bool, clicks: int) -> list[Row]:
    """Opening and closing calls one by one, to the frame in which the scene stands; and of that the layout alone."""
    graph = transformer(nodes)
    fold = initial(graph).all_open() if mostly_open else initial(graph)
    canvas = _canvas()
    layouts = LayoutClient()
    chance = random.Random(1)
    times, alone = [], []
    remembered = composer()
    try:
        canvas.set_scene(_answered(layouts, graph, fold))
        answer(_request(graph, fold), remembered)
        for _ in range(clicks):
            call = chance.choice(_boxes(graph, fold))
            fold = fold.toggled(call)
            times.append(_timed(partial(_click, canvas, layouts, graph, fold, call)))
            alone.append(_timed(partial(answer, _request(graph, fold), remembered)))
    finally:
        layouts.close()
        canvas.deleteLater()
    what = "mostly open" if mostly_open else "mostly folded"
    return [
        Row.of(f"a click on a box, {what}", len(graph), times, CLICK_BUDGET),
        Row.of(f"of that the layout, {what}", len(graph), alone, LAYOUT_BUDGET),
    ]


def _boxes(graph: GraphSnapshot, fold: FoldState) -> list[int]:
    """Calls on screen that can be opened or closed."""
    visible = visible_graph(graph, fold)
    return [call for call in visible.call.tolist() if call >= 0]


def _click(canvas: GraphCanvas, layouts: LayoutClient, graph: GraphSnapshot, fold: FoldState, call: int) -> None:
    before = canvas.call_rect(call).topLeft()
    canvas.set_scene(_answered(layouts, graph, fold), anchor_item=("call", call), animate=False)
    canvas.repaint()
    if canvas.call_rect(call).topLeft() != before:
        raise AssertionError(f"the header of {graph.calls[call].label} moved")


def _frames(nodes: int) -> list[Row]:
    """Frames of a transformer, folded and open, from near to far; and of a sheet of cards whose every heat changes."""
    budget = FRAME_BUDGETS[nodes]
    canvas = _canvas()
    layouts = LayoutClient()
    graph = transformer(nodes)
    state = _measured(graph)
    found = []
    try:
        for what, fold in (("folded", initial(graph)), ("open", initial(graph).all_open())):
            scene = _answered(layouts, graph, fold)
            canvas.set_scene(scene, animate=False)
            canvas.set_marks(build_marks(state, graph, scene.visible))
            for zoom in ZOOMS if what == "open" else (1.0, 0.4):
                found.append(Row.of(f"panning, {what}, zoom {zoom}", nodes, _panned(canvas, scene, zoom), budget))
            found.append(Row.of(f"zooming, {what}", nodes, _zoomed(canvas, scene), budget))
            heated = [_timed(partial(_heated, canvas, scene, state)) for _ in range(FRAMES)]
            found.append(Row.of(f"live heat, {what}, fitted", nodes, heated, budget))
    finally:
        layouts.close()
    state, sheet = giant(nodes)
    canvas.set_scene(sheet, animate=False)
    canvas.fit()
    heated = [_timed(partial(_heated, canvas, sheet, state)) for _ in range(FRAMES)]
    found.append(Row.of("live heat, a sheet of cards, fitted", nodes, heated, budget))
    canvas.deleteLater()
    return found


def _panned(canvas: GraphCanvas, scene: Scene, zoom: float) -> list[tuple[float, float]]:
    x, y, width, height = scene.bounds
    times = []
    for share in np.linspace(0.1, 0.9, FRAMES).tolist():
        canvas.set_view(x + width / 2, y + height * share, zoom)
        times.append(_timed(canvas.repaint))
    return times


def _zoomed(canvas: GraphCanvas, scene: Scene) -> list[tuple[float, float]]:
    x, y, width, height = scene.bounds
    times = []
    for zoom in np.geomspace(0.05, 2.0, FRAMES).tolist():
        canvas.set_view(x + width / 2, y + height * 0.4, zoom)
        times.append(_timed(canvas.repaint))
    return times


def _heated(canvas: GraphCanvas, scene: Scene, state: RunState) -> None:
    canvas.fit()
    canvas.set_marks(build_marks(state, scene.graph, scene.visible))
    canvas.repaint()


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


def table(found: list[Row]) -> str:
    """The rows as text, each beside its budget."""
    lines = [f"{'':38}{'nodes':>8}{'p50':>10}{'p95':>10}{'own p50':>10}{'own p95':>10}{'budget':>10}"]
    for row in found:
        figures = (row.wall_p50, row.wall_p95, row.own_p50, row.own_p95, row.budget)
        held = "" if row.wall_p95 <= row.budget else "  *" if row.own_p95 <= row.budget else "  **"
        lines.append(f"{row.what:38}{row.nodes:8,}{''.join(f'{second * 1e3:7.1f} ms' for second in figures)}{held}")
    return "\n".join([*lines, "* by the wall clock above its budget, ** by the process' own as well"])


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
