"""Debugging in the real window from end to end: to the first NaN, and on; an exception held, explained, restarted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.app.conftest import nothing_left, settings_folder  # noqa: F401 - the guards of every window's test

from .real_window import CONTINUE, RESTART, RealWindow, real_window

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("warm_python")

BREAK_ON_NAN = (Qt.Key.Key_F9, Qt.KeyboardModifier.ControlModifier)
# In its third iteration the loss has a term whose forward is 0 and whose backward is infinite; in its fifth a batch of
# another width comes.
SCRIPT = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range(6):
    x = torch.randn(5, 3 if step < 4 else 2)
    out = model(x)
    loss = out.pow(2).mean()
    if step == 2:
        loss = loss + (out * 0).sum().sqrt()
    optimizer.zero_grad()
    loss.backward()
    if step == 2:
        optimizer.zero_grad()
    optimizer.step()
    print("done", step, flush=True)
"""
RAISING = 10  # the line, from 1


def problems(one: RealWindow) -> str:
    panel = one._bench.features["problems"].panel
    assert panel is not None
    return panel.text.toPlainText()  # type: ignore[attr-defined]  # its own panel


def test_to_the_first_nan_and_on_to_an_exception_that_is_held_explained_and_restarted(
    qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    with real_window(qtbot, tmp_path / "train.py") as one:
        assert one.paused() is not None
        one.press(BREAK_ON_NAN)
        pause = one.step(CONTINUE)
        assert pause is not None
        assert (pause.point, pause.iteration) == ("node", 2)
        assert "Inf" in pause.reason
        assert one.graph.text(pause.node, "op") in ("SumBackward0", "MulBackward0")  # the root's gradient was finite
        assert one.haloed() == [pause.node]
        one.click(pause.node)
        one.until(lambda: one.inspector.heat_values().size)
        assert not np.isfinite(one.inspector.heat_values()).any()
        one.press(BREAK_ON_NAN)
        pause = one.step(CONTINUE)
        assert pause is not None
        assert (pause.point, pause.iteration, pause.frames[-1].line) == ("exception", 4, RAISING)
        banner = one._bench.features["problems"].banner_text()  # type: ignore[attr-defined]  # its own banner
        assert banner
        assert "5×2 and 4×3" in problems(one)  # noqa: RUF001  # the sign that shapes take
        assert f"{RAISING}" in problems(one)
        assert "late" not in problems(one)
        assert one.window.docks["problems"].isVisible()
        assert "done 4" not in one.window.console.text()
        one.press(RESTART)
        pause = one.paused()
        assert pause is not None
        assert (pause.iteration, pause.point) == (0, "forward")
        assert one._bench.features["problems"].banner_text() == ""  # type: ignore[attr-defined]  # its own banner
        QTest.keyClick(one.window.windowHandle(), *CONTINUE)
        pause = one.paused()
        assert pause is not None
        assert (pause.point, pause.iteration) == ("exception", 4)  # the breakpoint was taken away
