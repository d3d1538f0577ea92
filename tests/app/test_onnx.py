"""File > Export the model to ONNX: what is asked of the training process, and what the person is told of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.session import onnx_check
from gradscope.session.onnx_check import OnnxCheck, OutputDifference
from gradscope.wire import messages as m
from tests.samples import spiral_messages

from .opened import opened

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

ARRAY = m.OnnxArray("x", (64, 2), "float32", bytes(512))
CHECKS = {
    "answers as PyTorch does": OnnxCheck((OutputDifference("output", (64, 2), 3e-8, 2e-8),), "1.32.0"),
    "disagree": OnnxCheck((OutputDifference("output", (64, 2), 0.5, 0.25),), "1.32.0"),
    "-m pip install onnxruntime": OnnxCheck(why="It was not checked.", install="python -m pip install onnxruntime"),
}


@pytest.mark.parametrize("words", CHECKS)
def test_the_file_is_written_checked_and_told_of(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(onnx_check, "check_onnx", lambda *_: CHECKS[words])
    monkeypatch.setattr(
        "gradscope.app.controllers.onnx.QFileDialog.getSaveFileName", lambda *_: (str(tmp_path / "net"), "")
    )
    with opened(qtbot) as window:
        assert not window.window.actions_["file.onnx"].isEnabled()
        window.start()
        window.play(*spiral_messages())
        feature: Any = window.bench.features["onnx"]
        window.window.actions_["file.onnx"].trigger()
        (asked,) = [order for order in window.session.orders if isinstance(order, m.ExportOnnx)]
        assert asked.path == str(tmp_path / "net.onnx")
        assert "Exporting" in feature.dialog.text()
        outputs = (replace(ARRAY, name="output"),)
        window.play(
            m.OnnxTold(asked.request, True, asked.path, "", "net", "TorchScript", (ARRAY,), outputs, 5782, 0.25)
        )
        qtbot.waitUntil(lambda: words in feature.dialog.text())
        assert "6 KiB" in feature.dialog.text()
        rows = feature.dialog.table.texts()
        assert [row[:4] for row in rows] == [
            ["x", "input", "64, 2", "float32"],
            ["output", "output", "64, 2", "float32"],
        ]
        assert rows[0][4] == "-"
        feature.dialog.close()
        qtbot.waitUntil(lambda: feature.dialog is None)


def test_what_cannot_be_written_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        feature: Any = window.bench.features["onnx"]
        feature.write(tmp_path / "net.onnx")
        window.play(m.OnnxTold(feature._asked, False, "net.onnx", "Neither of torch's exporters can write this model."))
        assert "could not be exported" in feature.dialog.text()
        assert "Neither" in feature.dialog.text()
        feature.write(tmp_path / "net.onnx")
        window.play(m.FeatureLost("the order ExportOnnx", "OSError: the disk is full"))
        assert "the disk is full" in feature.dialog.text()
        feature.clear()
