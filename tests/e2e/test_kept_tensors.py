"""The first bad iteration is kept whole: its tensors come back from the recording as torch had them, to the bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.kept_tensor import view_of
from gradscope.graph.tensor_looks import Cut
from gradscope.session.recording import Recording
from gradscope.wire import messages as m

from .driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(5):
    x = torch.randn(4, 3)
    out = model(x)
    loss = out.pow(2).mean()
    if step == 2:
        loss = loss + torch.sqrt((out * 0).sum())
    optimizer.zero_grad()
    loss.backward()
    if step == 2:
        torch.save({"out": out.detach(), "x": x, "grad": model[2].weight.grad, "w": model[0].weight.detach()}, "bad.pt")
        break
    optimizer.step()
"""
READ = "import torch, sys; d = torch.load('bad.pt'); [print(k, d[k].double().flatten().tolist()) for k in d]"


def test_the_tensors_of_the_first_bad_iteration_are_in_the_recording(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    nan = m.Breakpoint(1, "any", condition="nonfinite")
    with Driver(tmp_path) as driver:
        driver.start(tmp_path / "train.py", pause=False, level="detail", breakpoints=(nan,))
        pause = driver.paused()
        assert pause is not None
        assert (pause.iteration, pause.breakpoint) == (2, 1)
        graph = driver.state.graphs[pause.fingerprint]
        live = {}
        for node in range(len(graph)):
            for kind in ("value", "gradient"):
                told = driver.tensor(kind, node)
                if told.available:
                    live[kind, node] = np.frombuffer(told.data, "<f8")
        assert driver.run_on() == 0
        recording = Recording.open(driver.session.recording_path)
    kept = recording.kept_places(2)
    assert {(kind, node) for _, kind, node, output in kept if not output} >= set(live)
    assert not recording.kept_places(1)
    for (kind, node), numbers in live.items():
        one = recording.kept_tensor(2, (pause.fingerprint, kind, node, 0))
        assert one is not None
        view = view_of(one, Cut())
        np.testing.assert_array_equal(view.cells.reshape(-1), numbers)
    # What came behind the stop is there as well: the gradient of the first layer, which is NaN throughout.
    first = next(node for node in range(len(graph)) if graph.text(node, "name") == "0.weight")
    assert ("gradient", first) not in live
    gradient = recording.kept_tensor(2, (pause.fingerprint, "gradient", first, 0))
    assert gradient is not None
    shown = view_of(gradient, Cut())
    assert shown.shape == (5, 3)
    assert shown.summary is not None
    assert shown.summary.nan > 0
