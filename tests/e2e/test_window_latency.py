"""A key press brings the halo to the next node, thirty times; how long each takes is printed, never judged."""

from __future__ import annotations

from statistics import quantiles
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QEventLoop, QObject
from PySide6.QtWidgets import QApplication

from gradscope.app import launching
from tests.app.conftest import nothing_left, settings_folder  # noqa: F401 - the guards of every window's test

from .real_window import INTO, PHASE, RealWindow, real_window

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("warm_python")

STEPS = 30


class PaintWatch(QObject):
    """Notes the halo's node whenever the canvas is about to be painted."""

    def __init__(self, one: RealWindow) -> None:
        super().__init__()
        self._one = one
        self.node = -1
        one.canvas.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Look on."""
        marks = self._one.canvas.marks
        if event.type() == QEvent.Type.Paint and marks is not None and marks.halo >= 0:
            self.node = int(marks.visible.node[marks.halo])
        return False

    def seconds_to_the_next(self) -> tuple[float, float]:
        """From the press of F11 until the frame with the halo on another node is painted; and this process's own."""
        before, began, own = self.node, perf_counter(), process_time()
        self._one.press(INTO)
        while self.node == before:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        return perf_counter() - began, process_time() - own  # events are over, so the paint is, too


def test_a_key_press_brings_the_halo_to_the_next_node(qtbot: QtBot) -> None:
    taken: list[tuple[float, float]] = []
    with real_window(qtbot, launching.lessons()["spiral"]) as one:
        pause = one.paused()
        watch = PaintWatch(one)
        while len(taken) < STEPS and pause is not None:
            state = one.state
            if pause.point != "node" or pause.position == pause.total:
                pause = one.step(INTO if pause.point == "backward" else PHASE)
                continue
            taken.append(watch.seconds_to_the_next())
            pause = one.paused()
            assert one.state is not state
            assert pause is not None
            assert watch.node == pause.node
            assert one.haloed() == [pause.node]
    assert len(taken) == STEPS
    for name, seconds in zip(("wall", "own processor time"), zip(*taken, strict=True), strict=True):
        cuts = quantiles((1000 * one for one in seconds), n=20)
        print(f"\nkey press to the halo on the next node, {name}: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms")
