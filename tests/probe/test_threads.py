"""Training in a thread of its own is captured like any other; processes that load data stay out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gradscope.graph.snapshot import Kind

from .place import Place

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import sys, threading
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

def train():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = TensorDataset(torch.randn(8, 3), torch.randn(8, 1))
    for x, y in DataLoader(data, batch_size=4, num_workers=int(sys.argv[2])):
        loss = (model(x) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item().hex())

if sys.argv[1] == "thread":
    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
else:
    train()
"""


@pytest.mark.parametrize("words", [("thread", "0"), ("main", "2")], ids=["training in a thread", "two data workers"])
def test_each_operation_has_its_line_and_the_losses_are_its_own(words: tuple[str, str], tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("train.py", SCRIPT)
    alone = place.alone("train.py", *words).stdout.splitlines()
    state = place.record("train.py", *words, level="detail")
    assert place.out == alone
    assert state.lost_features == ()
    (graph,) = state.graphs.values()
    sources = {graph.source(node) for node in range(len(graph)) if graph.kind(node) == Kind.OP}
    assert {(source.line, source.function) if source else None for source in sources} == {(13, "train")}
    assert {graph.text(node, "title") for node in range(len(graph))} >= {"loss", "x", "y", "0.weight"}
