"""While GradScope holds a script, nothing behind the pause has run there: asked over a channel that is not GradScope's.

The script has a signal handler of its own that writes what it sees to a file. Python runs it in the held thread.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.driving import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import json, os, signal
import torch
from torch import nn

def tell(signum, frame):
    values = {name: None if p.grad is None else p.grad.tolist() for name, p in model.named_parameters()}
    weights = {name: p.tolist() for name, p in model.named_parameters()}
    told = {"grads": values, "weights": weights, "output": "out" in globals(), "loss": "loss" in globals()}
    with open("told.tmp", "w") as file:
        json.dump(told, file)
    os.replace("told.tmp", "told.json")

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
signal.signal(signal.SIGUSR1, tell)
x, y = torch.randn(5, 3), torch.randn(5, 2)
for iteration in range(2):
    optimizer.zero_grad()
    out = model(x)
    loss = ((out - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    del out, loss
"""


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    with Driver(tmp_path) as driver:
        script = tmp_path / "train.py"
        script.write_text(SCRIPT)
        driver.start(script)
        yield driver


def ask(driver: Driver) -> dict[str, Any]:
    """What the held process itself says, by its own signal handler."""
    answer = driver.folder / "told.json"
    answer.unlink(missing_ok=True)
    assert driver.state.hello is not None
    os.kill(driver.state.hello.pid, signal.SIGUSR1)
    deadline = time.monotonic() + 20
    while not answer.exists():
        assert time.monotonic() < deadline, "the held script did not run its signal handler"
        time.sleep(0.01)
    told: dict[str, Any] = json.loads(answer.read_text())
    return told


def test_each_phase_is_where_it_says(driver: Driver) -> None:
    assert driver.paused().point == "forward"
    before = ask(driver)
    assert not before["output"]
    assert all(gradient is None for gradient in before["grads"].values())
    assert driver.step("phase").point == "loss"
    assert not ask(driver)["loss"]
    assert all(gradient is None for gradient in ask(driver)["grads"].values())
    assert driver.step("phase").point == "backward"
    at_backward = ask(driver)
    assert at_backward["output"]
    assert at_backward["loss"]
    assert all(gradient is None for gradient in at_backward["grads"].values())
    assert driver.step("phase").point == "update"
    at_update = ask(driver)
    assert all(gradient is not None for gradient in at_update["grads"].values())
    assert at_update["weights"] == before["weights"]
    assert driver.step("phase").point == "end"
    assert ask(driver)["weights"] != before["weights"]


def test_before_node_k_no_later_leaf_has_its_gradient_and_every_earlier_one_has(driver: Driver) -> None:
    driver.paused()
    driver.to("backward")
    graph = driver.state.graph
    arrived: list[str] = []
    pause = driver.step("into")
    while pause.point == "node":
        grads = ask(driver)["grads"]
        assert {name for name, gradient in grads.items() if gradient is not None} == set(arrived)
        if graph.text(pause.node, "op") == "AccumulateGrad":
            arrived.append(graph.text(pause.node, "name"))
        pause = driver.step("into")
    assert pause.point == "update"
    assert sorted(arrived) == ["0.bias", "0.weight", "2.bias", "2.weight"]


def test_the_gradient_told_is_the_one_the_script_then_has(driver: Driver) -> None:
    driver.paused()
    driver.to("update")
    graph = driver.state.graph
    grads = ask(driver)["grads"]
    for node in range(len(graph)):
        if graph.text(node, "op") == "AccumulateGrad":
            told = driver.tensor("gradient", node)
            flat = _flat(grads[graph.text(node, "name")])
            assert told.available, told.why
            assert told.data == b"".join(struct.pack("<d", value) for value in flat)


def _flat(value: Any) -> list[float]:
    return [number for item in value for number in _flat(item)] if isinstance(value, list) else [value]
