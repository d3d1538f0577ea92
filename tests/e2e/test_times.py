"""Times of nodes and calls, against sleeps: what waits is the hottest, and what a person waits for is in no figure.

Nothing here says how fast a thing has to be. What a sleep takes is a lower bound, and the script's own clock around
``backward()`` an upper one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

NAP = 0.1
SCRIPT = f"""
import json, sys, time
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

class Sleepy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()
    @staticmethod
    def backward(ctx, gradient):
        time.sleep({NAP})
        return gradient.clone()

class Dozing(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)
    def forward(self, x):
        time.sleep({NAP})
        return self.inner(x)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.dozing, self.last = nn.Linear(4, 4), Dozing(), nn.Linear(4, 2)
    def forward(self, x):
        y = Sleepy.apply(self.first(x).relu())
        y = self.dozing(y)
        return self.last(checkpoint(lambda t: Sleepy.apply(t.sin()), y, use_reentrant=True))

torch.manual_seed(0)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
walls = []
for step in range(2):
    optimizer.zero_grad()
    loss = net(torch.ones(3, 4)).square().sum()
    began = time.perf_counter()
    loss.backward()
    walls.append(time.perf_counter() - began)
    optimizer.step()
print(json.dumps(walls))
"""


def _graph(document: dict[str, Any], iteration: int, index: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Graph and figures of one pass."""
    told = document["iterations"][iteration]["passes"][index]
    return document["graphs"][told["fingerprint"]], document["stats"][iteration]["passes"][index]


def _by_operation(graph: dict[str, Any], stats: dict[str, Any], name: str) -> dict[str, float]:
    """Seconds by operation, the longest of those with one name; nodes of which nothing is known left out."""
    found: dict[str, float] = {}
    for node in graph["nodes"]:
        seconds = stats["nodes"].get(str(node["id"]), {}).get(name)
        if seconds is not None:
            found[node["op"]] = max(seconds, found.get(node["op"], 0.0))
    return found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[float]]:
    """The exported document of one iteration in detail and one in light, and what each ``backward()`` took."""
    folder = tmp_path_factory.mktemp("times")
    (folder / "train.py").write_text(SCRIPT)
    environment = dict(os.environ, OMP_NUM_THREADS="1", XDG_DATA_HOME=str(folder))
    run = [sys.executable, "-m", "gradscope"]
    commands = (
        [*run, "record", "-o", "r.gscope", "--", "train.py"],
        [*run, "export", "r.gscope", "-o", "r.json", "--iteration", "all"],
    )
    outputs = []
    for command in commands:
        ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        outputs.append(ran.stdout)
    walls = json.loads(next(line for line in outputs[0].splitlines() if line.startswith("[")))
    return json.loads((folder / "r.json").read_text()), walls


def test_what_sleeps_is_the_hottest_and_its_neighbours_are_not(recorded: tuple[Any, list[float]]) -> None:
    document, _ = recorded
    outer, inner = (_by_operation(*_graph(document, 0, index), "backward_seconds") for index in (0, 1))
    assert outer["SleepyBackward"] >= NAP
    assert inner["SleepyBackward"] >= NAP
    assert outer["CheckpointFunctionBackward"] >= inner["SleepyBackward"], "the pass that it makes is its own time"
    awake = {name: seconds for name, seconds in outer.items() if "Sleepy" not in name and "Checkpoint" not in name}
    assert {"AddmmBackward0", "ReluBackward0", "SumBackward0", "AccumulateGrad"} <= set(awake)
    assert max(awake.values()) < NAP


def test_the_nodes_of_a_pass_come_to_no_more_than_it_took(recorded: tuple[Any, list[float]]) -> None:
    document, walls = recorded
    for index in (0, 1):
        _, stats = _graph(document, 0, index)
        known = [node["backward_seconds"] for node in stats["nodes"].values()]
        assert NAP <= sum(seconds for seconds in known if seconds is not None) <= walls[0]


def test_a_module_that_sleeps_in_its_forward_is_told_with_the_calls_around_it(
    recorded: tuple[Any, list[float]],
) -> None:
    document, _ = recorded
    graph, stats = _graph(document, 0, 0)
    calls = {name: told["forward_seconds"] for name, told in stats["calls"].items()}
    assert calls["#0"] >= calls["dozing#0"] >= NAP
    assert max(calls["dozing.inner#0"], calls["first#0"], calls["last#0"]) < NAP
    forward = _by_operation(graph, stats, "forward_seconds")
    assert max(forward.values()) < NAP, "no torch call sleeps"
    assert forward["AddmmBackward0"] == forward["TBackward0"] > 0, "one torch call made both"


def test_light_level_says_nothing_rather_than_a_guess(recorded: tuple[Any, list[float]]) -> None:
    document, _ = recorded
    _, stats = _graph(document, 1, 0)
    told = [node["backward_seconds"] for node in stats["nodes"].values()]
    assert set(told) == {None}
    assert stats["calls"] == {}


def test_a_pause_is_in_no_time(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    held = 1.0
    with Driver(tmp_path) as driver:
        driver.start(tmp_path / "train.py")
        pause = driver.paused()
        seen: set[str] = set()
        while pause is not None and pause.iteration == 0 and pause.point != "update":
            if pause.point not in seen or (pause.point == "node" and pause.position == 4):
                time.sleep(held)  # before each kind of place: forward, an operation, the loss, backward, nodes
            seen.add(pause.point)
            pause = driver.step("into")
        state = driver.state
        driver.run_on()
    assert {"forward", "operation", "backward", "node"} <= seen
    passes = [timed for timed in state.passes if timed.iteration == 0]
    assert len(passes) == 2
    for current in passes:
        seconds = current.seconds[current.seconds >= 0]
        assert len(seconds) >= 3
        assert NAP <= seconds.max() < held, "the hottest is the one that sleeps"
    for told in state.forward:
        known = told.calls[told.calls >= 0]
        assert not len(known) or known.max() < held
    assert any((told.calls >= NAP).any() for told in state.forward)
