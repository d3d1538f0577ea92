"""``python -m tests.bench.gestures``: two thousand random gestures at the window of a large graph that really trains.

Counted are gestures that met a node or a box, iterations that went by, exceptions, warnings of Qt, errors in the log,
and what is left behind: widgets, timers, memory. It ends with 1 where one of these is out of bounds. Under a display
(``QT_QPA_PLATFORM=xcb``) context menus are opened as well.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={Path(__file__).parents[1] / 'offscreen.json'}")

import psutil
from PySide6.QtCore import QSettings, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest

from gradscope.app.application import Application, make_qt
from gradscope.session.launch import LaunchSpec
from tests.app.gestures import Hand, running_timers, settled_widgets

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = Path(__file__).parents[1] / "scripts" / "gpt.py"
QUIET = ("This plugin does not support", "propagateSizeHints")
WARM = 300  # gestures after which caches are full
MOST_GROWTH = 96 * 2**20  # bytes, of this process, in all gestures after those; pictures and texts are kept
SECONDS = 120.0
ITERATIONS = 0.2  # that go by for each gesture at least: where training is slower than the hand, the hand waits
PATIENCE = 0.5  # seconds, for one gesture's share of them


class Faults(logging.Handler):
    """Whatever was said that a user should never cause."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []
        qInstallMessageHandler(self._qt)
        sys.excepthook = self._exception
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(f"log: {self.format(record)}")

    def _qt(self, kind: QtMsgType, _context: Any, text: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not any(quiet in text for quiet in QUIET):
            self.found.append(f"Qt: {text}")

    def _exception(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        sys.__excepthook__(kind, error, trace)
        self.found.append(f"exception: {kind.__name__}: {error}")


def run(count: int = 2000, layers: int = 24, seed: int = 1) -> dict[str, Any]:
    """The figures of ``count`` gestures at a transformer of so many layers while it trains."""
    with tempfile.TemporaryDirectory() as folder:
        for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
            QSettings.setPath(QSettings.Format.IniFormat, scope, folder)
        qt = make_qt(["gradscope"])
        faults = Faults()
        application = Application()
        application.settings.keys_read = True
        window = application.window
        window.resize(1680, 1020)
        window.shownFirst.disconnect()
        window.show()
        bench = application.compose()
        words = (str(SCRIPT), "--layers", str(layers), "--iterations", "1000000")
        application.open(LaunchSpec(words, cwd=folder, record_to=str(Path(folder) / "run.gscope")))
        _wait(lambda: bench.pane.canvas.scene is not None and len(bench.pane.canvas.scene) > 5, "a graph")
        try:
            figures = _play(application, bench, faults, count, seed)
        finally:
            application.run.close(leave_running=False)
            application.close()
        window.close_guard = lambda: True
        window.close()
        qt.processEvents()
        return figures


def _play(application: Application, bench: Any, faults: Faults, count: int, seed: int) -> dict[str, Any]:
    hand = Hand(application.window, bench, seed)
    process = psutil.Process()
    _wait(lambda: _iteration(application) >= 3, "training")
    begun, first = time.perf_counter(), _iteration(application)
    before = (0, 0, 0)
    for done in range(count):
        if done == min(WARM, count - 1):
            before = (settled_widgets(), running_timers(), process.memory_info().rss)
        hand.do()
        QTest.qWait(2)
        _fall_back(application, first + round(ITERATIONS * (done + 1)))
    _wait(lambda: bench.graph.settled, "a settled picture")
    QTest.qWait(1000)
    after = (settled_widgets(), running_timers(), process.memory_info().rss)
    graph = bench.graph.graph
    return {
        "gestures": count,
        "hits": hand.hits,
        "kinds": dict(hand.done),
        "nodes": len(graph) if graph is not None else 0,
        "iterations": _iteration(application) - first,
        "seconds": round(time.perf_counter() - begun, 1),
        "widgets": (before[0], after[0]),
        "timers": (before[1], after[1]),
        "memory_mib": (round(before[2] / 2**20, 1), round(after[2] / 2**20, 1)),
        "faults": faults.found,
    }


def _fall_back(application: Application, iteration: int) -> None:
    """Wait for the training to come so far, but not for one that a gesture has stopped."""
    until = time.monotonic() + PATIENCE
    while _iteration(application) < iteration and time.monotonic() < until:
        QTest.qWait(10)


def _iteration(application: Application) -> int:
    session: Any = application.run.session
    return int(session.state.iteration) if session is not None else 0


def _wait(done: Callable[[], object], what: str) -> None:
    until = time.monotonic() + SECONDS
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come within {SECONDS} s")
        QTest.qWait(20)


def sound(figures: dict[str, Any]) -> bool:
    """Whether nothing broke and nothing was left behind."""
    return (
        not figures["faults"]
        and figures["hits"] >= figures["gestures"] / 2
        and figures["iterations"] >= figures["gestures"] * ITERATIONS / 2
        and figures["widgets"][1] <= figures["widgets"][0] + 5
        and figures["timers"][1] <= figures["timers"][0] + 2
        and (figures["memory_mib"][1] - figures["memory_mib"][0]) * 2**20 <= MOST_GROWTH
    )


def main() -> int:
    """Play, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gestures", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--layers", type=int, default=24, help="of the transformer; 24 are some 1,600 nodes")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    figures = run(arguments.count, arguments.layers, arguments.seed)
    for name, value in figures.items():
        print(f"{name:12}{value}")
    return 0 if sound(figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
