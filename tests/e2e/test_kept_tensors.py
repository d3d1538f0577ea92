"""The first bad iteration is kept whole: its tensors come back from the recording as torch had them, to the bit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.graph.kept_tensor import view_of
from gradscope.graph.tensor_looks import Cut
from gradscope.session.recording import Recording
from gradscope.wire import messages as m
from tests.commands import gradscope

from .driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

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

NOTED = """
import json
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(4):
    x = torch.randn(4, 3)
    out = model(x)
    loss = out.pow(2).mean()
    if step >= 2:
        loss = loss + torch.sqrt((out * 0).sum())
    truth = {}
    out.register_hook(lambda gradient: truth.update(out=gradient.flatten().tolist()))
    optimizer.zero_grad()
    loss.backward()
    for name, parameter in model.named_parameters():
        truth[name] = parameter.grad.flatten().tolist()
    optimizer.step()
    if step == 2:
        with open("bad.json", "w") as file:
            json.dump({"gradients": truth, "values": {"out": out.flatten().tolist(), "x": x.flatten().tolist()}}, file)
"""


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


@pytest.mark.parametrize("level", ["light", "detail"])
def test_a_recording_that_nobody_watches_keeps_the_first_bad_iteration_too(level: str, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(NOTED)
    words = ("record", "-o", "r.gscope", "--level", level, "--break", "nonfinite", "--", "train.py")
    done = gradscope(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    truth = json.loads((tmp_path / "bad.json").read_text())
    recording = Recording.open(tmp_path / "r.gscope")
    graphs = recording.state_at().graphs
    places = recording.kept_places(2)
    found: dict[str, dict[str, list[float]]] = {"gradient": {}, "value": {}}
    for fingerprint, kind, node, output in sorted(places):
        if kind in found and not output:
            one = recording.kept_tensor(2, (fingerprint, kind, node, output))
            assert one is not None
            graph = graphs[fingerprint]
            name = graph.text(node, "name") or graph.text(node, "op" if level == "light" else "title")
            found[kind].setdefault(name, view_of(one, Cut()).cells.reshape(-1).tolist())
    for name, numbers in truth["gradients"].items():
        title = {"out": "AddmmBackward0"}.get(name, name) if level == "light" else name
        np.testing.assert_array_equal(found["gradient"][title], numbers)
    if level == "detail":
        for name, numbers in truth["values"].items():
            np.testing.assert_array_equal(found["value"][name], numbers)
    assert not recording.kept_places(1)
    assert not recording.kept_places(3), "the first bad iteration is the one that tells why"
