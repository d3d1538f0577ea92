"""Runs with a goal and steps inside an update, in a real training process, against what the script itself prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradscope.graph import places
from gradscope.wire import messages as m

from .driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import sys
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
kind, foreach = sys.argv[1], sys.argv[2] == "foreach"
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
optimizer = getattr(torch.optim, kind)(model.parameters(), lr=0.05, weight_decay=0.1, foreach=foreach)
loader = DataLoader(TensorDataset(torch.randn(20, 3), torch.randn(20, 1)), batch_size=5)
for epoch in range(3):
    for x, y in loader:
        loss = (model(x) - y).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"loss {loss.item():.9g}", flush=True)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text(SCRIPT)
    return tmp_path / "train.py"


def losses(driver: Driver) -> list[float]:
    return [float(line.split()[1]) for line in driver.output.splitlines() if line.startswith("loss ")]


def leaf(driver: Driver, pause: m.Paused, name: str) -> np.ndarray[Any, Any]:
    graph = driver.state.graphs[driver.state.passes[-1].fingerprint]
    node = next(n for n in range(len(graph)) if graph.text(n, "name") == name)
    told = driver.tensor("value", node)
    assert told.available, told.why
    return np.frombuffer(told.data, "<f8").copy()


def test_iterations_the_loss_and_the_epoch_are_run_to(tmp_path: Path, script: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(script, "SGD", "single")
        driver.paused()
        pause = driver.step("iterations", count=2)
        assert pause is not None
        assert (pause.point, pause.iteration, pause.reason) == ("end", 1, "2 iterations done")
        pause = driver.step("epoch")
        assert pause is not None
        assert (pause.point, pause.iteration, pause.reason) == ("end", 3, "the end of epoch 1")
        pause = driver.step("epoch")
        assert pause is not None
        assert (pause.point, pause.iteration) == ("end", 7)
        driver.until(lambda: len(losses(driver)) >= 7, "printed losses")
        limit = min(losses(driver)[:7])
        pause = driver.step("loss_above", threshold=limit)
        assert pause is not None
        assert (pause.point, pause.iteration) == ("backward", 8)
        assert pause.reason == f"the loss is {driver.state.passes[-1].loss:.6g}, above {limit:.6g}"
        assert driver.run_on() == 0
        assert driver.state.passes[-1].level == "light"
        assert losses(driver)[8] == pytest.approx(float(pause.reason.split()[3].rstrip(",")), rel=1e-5)


GROWING = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.ModuleDict({"first": nn.Linear(3, 4), "last": nn.Linear(4, 1)})
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(6):
    h = torch.relu(model["first"](torch.randn(5, 3)))
    for _ in range(step):
        h = torch.tanh(h)
    optimizer.zero_grad()
    model["last"](h).mean().backward()
    optimizer.step()
"""


def test_a_node_is_run_to_in_a_graph_of_another_shape(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(GROWING)
    with Driver(tmp_path) as driver:
        driver.start(tmp_path / "train.py")
        driver.paused()
        driver.to("update")
        for iteration in (1, 2):
            graph = driver.state.graph
            assert graph is not None
            node = next(
                n
                for n in range(len(graph))
                if graph.text(n, "op") == "AddmmBackward0" and places.call_key(graph.call(n)) == "first#0"
            )
            wanted = places.at_node(graph, node, 0)
            pause = driver.step("node", node=node, fingerprint=graph.fingerprint, place=wanted)
            assert pause is not None
            assert (pause.point, pause.iteration) == ("node", iteration)
            reached = driver.state.graphs[pause.fingerprint]
            assert len(reached) > len(graph)
            assert pause.node != node
            assert reached.text(pause.node, "op") == "AddmmBackward0"
            assert places.call_key(reached.call(pause.node)) == "first#0"
        assert driver.run_on() == 0


def test_an_update_is_stepped_parameter_by_parameter(tmp_path: Path, script: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(script, "AdamW", "single")  # it writes each parameter twice: decay, then the step
        driver.paused()
        driver.to("update")
        names = []
        before = dict.fromkeys(("0.weight", "0.bias", "2.weight", "2.bias"))
        pause = driver.step("into")
        while pause is not None and pause.point == "parameter":
            for name in names:  # those before have been written
                assert not np.array_equal(leaf(driver, pause, name), before[name])
            names.append(pause.text)
            before[pause.text] = leaf(driver, pause, pause.text)  # it is about to be
            pause = driver.step("into")
        assert names == list(before)
        assert pause is not None
        assert pause.point == "end"
        assert not np.array_equal(leaf(driver, pause, "2.bias"), before["2.bias"])


def test_one_call_that_writes_all_parameters_is_one_pause_that_says_so(tmp_path: Path, script: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(script, "Adam", "foreach")
        driver.paused()
        driver.to("update")
        pause = driver.step("into")
        assert pause is not None
        assert (pause.point, pause.text) == ("parameter", "4 parameters in one call: 0.weight, ...")
        pause = driver.step("into")
        assert pause is not None
        assert pause.point == "end"


def test_a_script_without_a_pause_point_tells_its_stack_and_pauses_at_its_next_one(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import time, torch\n"
        "w = torch.ones(2, requires_grad=True)\n"
        "def load():\n"
        "    for _ in range(100):\n"
        "        time.sleep(0.05)\n"
        "        import pathlib\n"
        "        if pathlib.Path('go').exists():\n"
        "            return\n"
        "(w * 2).sum().backward()\n"
        "print('loading', flush=True)\n"
        "load()\n"
        "(w * 3).sum().backward()\n"
    )
    with Driver(tmp_path) as driver:
        driver.start(tmp_path / "train.py", pause=False)
        driver.until(lambda: "loading" in driver.output, "loading")
        driver.session.pause()
        driver.session.order(m.RequestStack(5))
        told = driver.until(
            lambda: next((x for x in driver.messages if isinstance(x, m.StackTold) and x.request == 5), None), "stack"
        )
        assert [frame.function for frame in told.frames] == ["load", "<module>"]
        assert driver.state.life == "pausing"
        (tmp_path / "go").touch()
        pause = driver.paused()
        assert pause is not None
        assert pause.frames[0].line == 12
        assert driver.run_on() == 0
