"""What the canvas says of a real run, as torch has it: blocks as one card, each output's gradient, memory, change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.graph.call_facts import call_facts, inner_rows, norm_inside
from gradscope.graph.fold import visible_graph
from gradscope.graph.heat import HeatChoice
from gradscope.graph.marks import build_marks
from gradscope.graph.outputs import told_outputs
from gradscope.graph.saved_bytes import saved_bytes
from gradscope.layout.first_sight import first_sight
from gradscope.layout.texts import card_of
from gradscope.session.recording import Recording
from tests.commands import gradscope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import json
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.fc = nn.LayerNorm(6), nn.Linear(6, 6)
    def forward(self, x):
        return torch.tanh(self.fc(self.norm(x)))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks, self.out = nn.ModuleList(Block() for _ in range(9)), nn.Linear(6, 6)
    def forward(self, x):
        for block in self.blocks:
            x = x + block(x)
        return self.out(x)

torch.manual_seed(0)
net, told = Net(), []
optimizer = torch.optim.SGD(net.parameters(), 0.5)
for step in range(3):
    q, k, v = net(torch.randn(4, 6)).split(2, dim=1)
    for part in (q, k, v):
        part.retain_grad()
    loss = (q.exp() * 3 + k.sin() * v).sum()
    optimizer.zero_grad()
    loss.backward()
    squares = sum(p.grad.double().pow(2).sum() for p in net.blocks.parameters())
    told.append({"parts": [part.grad.norm().item() for part in (q, k, v)], "blocks": squares.sqrt().item()})
    optimizer.step()
open("truth.json", "w").write(json.dumps(told))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Recording, list[dict[str, Any]]]]:
    """Two whole iterations recorded in detail, and what torch found in all of them."""
    folder: Path = tmp_path_factory.mktemp("canvas")
    (folder / "train.py").write_text(SCRIPT)
    words = ("record", "--level", "detail", "-o", "run.gscope", "--", "train.py")
    ran = gradscope(*words, cwd=folder, OMP_NUM_THREADS="1", XDG_DATA_HOME=str(folder))
    assert ran.returncode == 0, ran.stderr
    recording = Recording.open(folder / "run.gscope")
    yield recording, json.loads((folder / "truth.json").read_text())
    recording.close()


def test_blocks_are_one_card_with_the_norm_of_all_their_gradients(run) -> None:
    recording, truth = run
    state = recording.state_at(1)
    graph = state.graph
    visible = visible_graph(graph, first_sight(graph, (1000.0, 600.0)))
    (card,) = (item for item in range(len(visible)) if len(visible.calls_of(item)) > 1)
    assert card_of(graph, visible, card).title == "9 × Block"  # noqa: RUF001
    assert "36 leaves" in card_of(graph, visible, card).detail
    marks = build_marks(state, graph, visible)
    assert marks.values[card] == pytest.approx(truth[1]["blocks"], rel=1e-4)
    change = build_marks(state, graph, visible, HeatChoice("change", reference=recording.state_at(0)))
    assert change.values[card] == pytest.approx(truth[1]["blocks"] / truth[0]["blocks"], rel=1e-4)


def test_what_the_inspector_says_of_blocks_is_what_torch_found_in_all_of_them(run) -> None:
    recording, truth = run
    state = recording.state_at(1)
    graph = state.graph
    blocks = tuple(row for row, call in enumerate(graph.calls) if call.type == "Block")
    facts = call_facts(graph, blocks)
    assert (facts.sort, facts.title, facts.type) == ("module", "9 × Block", "")  # noqa: RUF001
    assert facts.contents.endswith("36 leaves")
    assert float(norm_inside(state, graph, facts)) == pytest.approx(truth[1]["blocks"], rel=5e-3)
    names = [row.name for row in inner_rows(state, graph, facts)]
    parts = [f"{part}.{which}" for part in ("fc", "norm") for which in ("weight", "bias")]
    assert names[:36] == [f"{block}.{part}" for block in range(9) for part in parts], "without what they share"
    (place,) = facts.places
    lines = SCRIPT.splitlines()
    assert "torch.tanh" in lines[place.first - 1]
    assert place.function == "forward"


def test_each_output_of_a_split_tells_its_own_gradient(run) -> None:
    recording, truth = run
    state = recording.state_at(1)
    graph = state.graph
    (split,) = (node for node in range(len(graph)) if graph.text(node, "op").startswith("Split"))
    for output, norm in enumerate(truth[1]["parts"]):
        line = told_outputs(state, graph, split, (output,))[1]
        assert float(line.rpartition(" ")[2]) == pytest.approx(norm, rel=5e-3), line


def test_memory_until_backward_is_that_of_the_tensors_torch_saves(run) -> None:
    recording, _ = run
    state = recording.state_at(1)
    graph = state.graph
    opened = visible_graph(graph, first_sight(graph, (1000.0, 600.0)).all_open())
    held = saved_bytes(graph, opened)
    tanhs = [node for node in range(len(graph)) if graph.text(node, "op") == "TanhBackward0"]
    assert [held[opened.item_of_node[node]] for node in tanhs] == [4 * 6 * 4] * 9, "its result, 4x6 float32"
