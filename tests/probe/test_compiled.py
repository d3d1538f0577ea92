"""``torch.compile`` under the probe: as much is compiled and broken up as alone; a compiled region is one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .place import Place

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import torch
from torch import nn
from torch._dynamo.backends.debugging import aot_eager
from torch._dynamo.utils import counters

compiled = []
def backend(graph, inputs):
    compiled.append(graph)
    return aot_eager(graph, inputs)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 8), nn.Linear(8, 1)
    def forward(self, x):
        return self.second(self.first(x).relu())

def train(name, model, run):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        loss = run(torch.randn(5, 3)).square().mean()
        loss.backward()
        optimizer.step()
    breaks = sum(counters["graph_break"].values())
    print(name, len(compiled), dict(counters["frames"]), breaks, dict(counters["recompiles"]), loss.item())

torch.manual_seed(0)
model = Net()
train("module", model, torch.compile(model, backend=backend))
model = Net()
train("function", model, torch.compile(backend=backend)(lambda x: model(x).sin()))
model = Net()
model.second = torch.compile(model.second, backend=backend)
train("layer", model, model)
model = Net()
model.compile(backend=backend)
train("in place", model, model)
"""


def test_nothing_is_compiled_again_or_broken_up_because_of_us(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("train.py", SCRIPT)
    alone = place.alone("train.py").stdout.splitlines()
    assert [line.split()[0] for line in alone] == ["module", "function", "layer", "in"]
    for level in ("light", "detail"):
        state = place.record("train.py", level=level)
        assert [line for line in place.out if "{" in line] == alone, level
        assert state.lost_features == ()
        last = state.passes[-1]
        graph = state.graphs[last.fingerprint]
        opaque = [node for node in range(len(graph)) if graph.text(node, "op").startswith("CompiledFunction")]
        assert len(opaque) == 1
        if level == "detail":
            source = graph.source(opaque[0])
            assert source is not None
            assert SCRIPT.splitlines()[source.line - 1].strip() == "loss = run(torch.randn(5, 3)).square().mean()"
