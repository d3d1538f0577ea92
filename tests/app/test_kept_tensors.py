"""A recording that holds tensors shows them when their iteration is looked at again, and says so where it has none."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.state import ProcessExited
from gradscope.session.recording_writer import RecordingWriter
from gradscope.wire import messages as m
from tests.samples import spiral_messages

from .opened import opened

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

NUMBERS = tuple(float(number) / 4 for number in range(16 * 2))
PLACE = 12, "spiral", "gradient", 0, 0, (16, 2), "float32", "cpu", False


def test_a_kept_gradient_is_drawn_from_the_recording(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "run.gscope"
    writer = RecordingWriter(path, {})
    for message in spiral_messages(12):
        writer.put(message)
    older = struct.pack("<32f", *[9.0] * 32)
    writer.put(m.TensorKept(*PLACE, older))
    writer.put(m.TensorKept(*PLACE, struct.pack("<32f", *NUMBERS)))  # told again: this one counts
    writer.put(m.GradientsMeasured(12, 0, _row(0)))
    writer.put(m.Resumed())
    writer.put(ProcessExited(0))
    writer.close()
    with opened(qtbot) as window:
        window.application.shell.open_path(str(path))
        qtbot.waitUntil(lambda: window.bench.state is not None and window.bench.state.life == "ended")
        window.settle()
        window.bench.selection.select(0)
        inspector = window.bench.inspector
        qtbot.waitUntil(lambda: inspector.heat_values().size == 32)
        np.testing.assert_array_equal(inspector.heat_values().reshape(-1), NUMBERS)
        window.bench.selection.select(4)
        qtbot.waitUntil(lambda: "Only figures were recorded" in inspector.text())


def test_a_person_keeps_an_iteration_at_any_pause(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        window.window.actions_["run.keep_tensors"].trigger()
        assert window.session.orders[-1] == m.KeepTensors()


def _row(node: int) -> m.Table:
    from tests.samples import statistics_table

    return statistics_table({node: 26.0})
