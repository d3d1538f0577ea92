"""Stepping where training runs in a thread of its own: the same stops, inside that thread, and the same losses."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from gradscope.session.interpreter import find_python
from tests.e2e.driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import threading
import torch
from torch import nn

def train():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(3):
        loss = model(torch.randn(4, 3)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item().hex(), flush=True)

thread = threading.Thread(target=train)
thread.start()
thread.join()
"""
NODES = ["MeanBackward0", "PowBackward0", "AddmmBackward0", "AccumulateGrad", "TBackward0"]


def test_phases_and_nodes_are_stepped_in_the_thread_that_trains(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    alone = subprocess.run([find_python(), str(script)], capture_output=True, text=True, check=True, timeout=60)
    with Driver(tmp_path) as driver:
        driver.start(script)
        first = driver.paused()
        assert first is not None
        points = [first.point]
        while points[-1] != "backward":
            pause = driver.step("phase")
            assert pause is not None
            assert pause.frames[0].function == "train"
            points.append(pause.point)
        assert points == ["forward", "loss", "backward"]
        names = []
        for _ in NODES:
            pause = driver.step("into")
            assert pause is not None
            assert pause.point == "node"
            graph = driver.state.graph
            assert graph is not None
            names.append(graph.text(pause.node, "op"))
        assert names == NODES
        assert driver.to("update").iteration == 0
        assert driver.to("forward").iteration == 1
        assert driver.run_on() == 0
        assert not driver.state.lost_features
        assert driver.output.splitlines() == alone.stdout.splitlines()
