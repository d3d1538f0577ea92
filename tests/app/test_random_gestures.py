"""Three hundred random gestures at a large graph that keeps training: nothing breaks and nothing is left behind.

``python -m tests.bench.gestures`` does two thousand at a real training process.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.layout import graphs

from .gestures import Hand, running_timers, settled_widgets
from .opened import Opened, opened

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from gradscope.graph.snapshot import GraphSnapshot

GESTURES = 300
BLOCKS = 50  # some 2,000 nodes
EVERY = 60  # milliseconds from one iteration to the next


class Training:
    """Tells one iteration after the other, each with a gradient at every node."""

    def __init__(self, window: Opened, graph: GraphSnapshot) -> None:
        self._window, self._nodes, self._fingerprint = window, len(graph), graph.fingerprint
        self.iterations = 0
        self.timer = QTimer(interval=EVERY)
        self.timer.timeout.connect(self.train)

    def train(self) -> None:
        now = self.iterations
        self.iterations += 1
        matrix = np.zeros((len(m.STATISTIC_COLUMNS), self._nodes))
        matrix[0], matrix[2], matrix[3] = np.arange(self._nodes), 1, 64
        matrix[4] = np.roll(np.logspace(-5, 1, self._nodes), now * 31)
        table = Table(m.STATISTIC_COLUMNS, self._nodes, "f8", matrix.tobytes())
        self._window.session.tell(
            m.PhaseEntered(now, "backward", 0.0),
            m.PassStarted(now, 0, "backward", self._fingerprint, "light", "loss", 1.0),
            m.GradientsMeasured(now, 0, table),
        )


def test_random_gestures_at_a_live_graph(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    graph = graphs.gpt(BLOCKS)
    with opened(qtbot) as window:
        window.bench.pane.canvas.set_animated(True)
        window.start()
        window.play(graphs.gpt_builder(BLOCKS).message())
        training = Training(window, graph)
        training.timer.start()
        hand = Hand(window.window, window.bench, seed=4)
        QTest.qWait(2 * EVERY)
        widgets, timers = settled_widgets(), running_timers()
        for _ in range(GESTURES):
            hand.do()
            QTest.qWait(1)
        qtbot.waitUntil(lambda: window.bench.graph.settled, timeout=20_000)
        training.timer.stop()
        QTest.qWait(400)  # what moves comes to rest
        print(f"{GESTURES} gestures, {hand.hits} hit a node or a box, {training.iterations} iterations, {hand.done}")
        assert hand.hits >= GESTURES / 2
        assert training.iterations > 10
        assert settled_widgets() <= widgets + 5  # menus and the search bar are made when they are first wanted
        assert running_timers() <= timers + 1
        canvas = window.bench.pane.canvas
        canvas.fit()
        assert canvas.scene is not None
        assert canvas.visible_nodes() or len(canvas.scene.cards)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
