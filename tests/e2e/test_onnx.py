"""A model exported at a pause: the file answers as PyTorch does, and the run never knew."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from gradscope.session.interpreter import find_python
from gradscope.session.onnx_check import array_of, check_onnx
from gradscope.studio.catalogue import changed
from gradscope.studio.plan import Plan
from gradscope.studio.script import write_script
from gradscope.wire import messages as m

from .driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")


def exported(driver: Driver, path: Path) -> m.OnnxTold:
    """Order it at a pause and wait for what is told."""
    request = driver.session.ask(lambda number: m.ExportOnnx(number, str(path)))

    def answer() -> m.OnnxTold | None:
        told = (one for one in driver.messages if isinstance(one, m.OnnxTold) and one.request == request)
        return next(told, None)

    told: m.OnnxTold = driver.until(answer, "ONNX file")
    return told


def alone(script: Path, *words: str) -> str:
    command = [find_python(), str(script), *words]
    return subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=True, timeout=60).stdout


MODELS = {"mlp": "moons", "cnn": "shapes", "lstm": "text", "transformer": "text"}


@pytest.mark.parametrize("model", MODELS)
def test_a_studio_model_agrees_with_pytorch_and_its_run_is_the_same(tmp_path: Path, model: str) -> None:
    plan = changed(changed(Plan(), "data", MODELS[model]), "model", model)
    script, path = tmp_path / "train.py", tmp_path / "net.onnx"
    script.write_text(write_script(replace(plan, dropout=0.2)) + "\nprint(torch.rand(3).tolist())\n")
    with Driver(tmp_path) as driver:
        driver.start(script, "--epochs", "1")
        driver.paused()
        driver.to("loss")
        told = exported(driver, path)
        assert told.ok, told.why
        driver.run_on()
        driver.until(lambda: driver.state.life == "ended", "end")
        assert driver.output == alone(script, "--epochs", "1")  # dropout and all later random numbers included
        assert not driver.state.lost_features
    check = check_onnx(told)
    assert check.why == ""
    assert check.relative < 1e-4
    assert check.largest < 1e-4
    # And by hand: the file is whole, its input is called as forward calls it, its answer is the one that was told.
    onnx.checker.check_model(onnx.load(path))
    (given,), (expected,) = told.inputs, told.outputs
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["x"]
    (answer,) = session.run(None, {"x": array_of(given)})
    assert np.abs(answer - array_of(expected)).max() < 1e-4
    assert list(tmp_path.glob("*.part")) == []


NAMED = """
import torch
from torch import nn

torch.manual_seed(0)

class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, left, *, right=None, twice=False):
        both = self.body(left) + self.body(right)
        return {"sum": both * self.scale, "square": both**2 if twice else both}

calls = []
model = Pair()
model.body.register_forward_hook(lambda *_: calls.append(1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(3):
    answer = model(torch.randn(5, 3), right=torch.randn(5, 3), twice=True)
    loss = answer["sum"].mean() + answer["square"].mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(len(calls), model.training, int(model.body[1].num_batches_tracked), torch.rand(1).item(), loss.item())
"""


def test_named_inputs_several_answers_and_a_pause_inside_backward(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(NAMED)
    with Driver(tmp_path) as driver:
        driver.start(script)
        driver.paused()
        early = exported(driver, tmp_path / "early.onnx")
        assert not early.ok
        assert "F10" in early.why
        assert not (tmp_path / "early.onnx").exists()
        driver.to("backward")
        assert driver.step("into").point == "node"  # type: ignore[union-attr]
        told = exported(driver, tmp_path / "pair.onnx")
        nowhere = exported(driver, tmp_path / "missing" / "pair.onnx")
        driver.run_on()
        driver.until(lambda: driver.state.life == "ended", "end")
        assert driver.output == alone(script)
    assert told.ok, told.why
    assert [one.name for one in told.inputs] == ["left", "right"]
    assert [one.shape for one in told.outputs] == [(5, 4), (5, 4)]
    check = check_onnx(told)
    assert check.why == ""
    assert check.relative < 1e-4
    assert not nowhere.ok
    assert "missing" in nowhere.why
    # The check can fail: other answers are told to be other answers.
    output = told.outputs[0]
    wrong = replace(output, data=(torch.tensor(array_of(output)) + 1).numpy().tobytes())
    assert check_onnx(replace(told, outputs=(wrong, told.outputs[1]))).largest > 0.9
