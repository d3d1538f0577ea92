"""When GradScope leaves a process it leaves nothing behind: hooks, patches and modes are gone, training goes on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gradscope.wire import messages as m
from tests.e2e.driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import json, sys, time
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, dataloader

model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
data = DataLoader(TensorDataset(torch.randn(400, 3), torch.randn(400, 2)), batch_size=4)
for iteration, (x, y) in enumerate(data):
    optimizer.zero_grad()
    out = model(x)
    loss = nn.functional.mse_loss(out, y)
    loss.backward()
    optimizer.step()
    print(iteration, flush=True)
    time.sleep(0.01)

module = torch.nn.modules.module
optimizers = sys.modules["torch.optim.optimizer"]
left = {
    "forward hooks": len(module._global_forward_hooks) + len(module._global_forward_hooks_always_called),
    "forward pre hooks": len(module._global_forward_pre_hooks),
    "step hooks": len(optimizers._global_optimizer_pre_hooks)
    + len(optimizers._global_optimizer_post_hooks),
    "engine": torch.autograd._engine_run_backward.__module__,
    "loader": DataLoader.__iter__.__module__,
    "batches": dataloader._BaseDataLoaderIter.__next__.__module__,
    "modes": len(torch.overrides._get_current_function_mode_stack()),
    "excepthook": sys.excepthook is sys.__excepthook__,
    "node hooks": [type(h).__name__ for p in model.parameters() for h in (p._backward_hooks or {}).values()],
}
open("left.json", "w").write(json.dumps(left))
"""
NOTHING = {
    "forward hooks": 0,
    "forward pre hooks": 0,
    "step hooks": 0,
    "engine": "torch.autograd.graph",
    "loader": "torch.utils.data.dataloader",
    "batches": "torch.utils.data.dataloader",
    "modes": 0,
    "excepthook": True,
    "node hooks": [],
}


@pytest.mark.parametrize("where", ["forward", "loss", "backward", "node", "update", "end"])
def test_nothing_is_left_after_detach_at(where: str, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    with Driver(tmp_path) as driver:
        driver.start(script)
        pause = driver.paused()
        while pause is not None and pause.point != where:
            pause = driver.step("into" if where == "node" and pause.point == "backward" else "phase")
        driver.session.order(m.Detach())
        assert driver.session.wait(60) == 0
    assert json.loads((tmp_path / "left.json").read_text()) == NOTHING


def test_nothing_is_left_after_detach_while_it_runs_free(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    with Driver(tmp_path) as driver:
        driver.start(script, pause=False)
        driver.until(lambda: len(driver.state.history) > 3, "iterations")
        driver.session.order(m.Detach())
        assert driver.session.wait(60) == 0
    assert json.loads((tmp_path / "left.json").read_text()) == NOTHING
