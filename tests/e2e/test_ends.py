"""How scripts end and what is there to look at then: without backward(), by an error, by their own exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

NO_BACKWARD = """
import torch
from torch import nn
model = nn.Linear(2, 2)
out = model(torch.ones(1, 2))
total = (out * 3).sum()
"""
FAILING = """
import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
for step in range(3):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
    if step == 1:
        raise ValueError("the data ran out")
"""


def written(folder: Path, text: str) -> Path:
    script = folder / "train.py"
    script.write_text(text)
    return script


def test_a_script_without_backward_shows_what_its_forward_made(tmp_path: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(written(tmp_path, NO_BACKWARD), hold_at_end=True)
        driver.paused()
        pause = driver.step("continue")
        assert pause is not None
        assert pause.point == "script_end"
        graph = driver.state.graph
        assert graph is not None
        titles = {graph.text(node, "title") for node in range(len(graph))}
        assert {"out", "total", "out * 3"} <= titles or {"out", "total", "out*3"} <= titles
        assert {variable.name for variable in driver.state.variables.variables} == {"out", "total"}
        assert driver.run_on() == 0


def test_an_uncaught_error_is_held_and_told_and_ends_as_without_us(tmp_path: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(written(tmp_path, FAILING), pause=False, hold_at_end=True)
        pause = driver.paused()
        assert pause is not None
        assert pause.text == "ValueError: the data ran out"
        assert [record.iteration for record in driver.state.history] == [0, 1]
        assert driver.run_on() == 1
        driver.until(lambda: "ValueError: the data ran out" in driver.output, "traceback")
        assert driver.state.ending.error == "ValueError: the data ran out"


def test_a_script_keeps_its_own_exit_code(tmp_path: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(written(tmp_path, FAILING.replace('raise ValueError("the data ran out")', "raise SystemExit(7)")))
        driver.paused()
        assert driver.run_on() == 7
