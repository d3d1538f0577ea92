"""Times where a graph comes again: two passes of an iteration, each with its own calls, and hooks of the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.graph.state import RunState, reduce
from gradscope.graph.time_figures import backward_seconds, forward_seconds
from gradscope.session.recording import Recording

from .place import Place

if TYPE_CHECKING:
    from gradscope.graph.state import PassState

NAP = 0.1
SCRIPT = f"""
import time
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.naps = nn.Linear(3, 3), False
    def forward(self, x):
        if self.naps:
            time.sleep({NAP})
        return self.linear(x).tanh()

class Nap(nn.Module):  # without a node of its own
    naps = False
    def forward(self, x):
        if self.naps:
            time.sleep({NAP})
        return x

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block()])
        self.body = nn.Sequential(nn.Sequential(Nap(), Block()))
    def forward(self, x):
        for block in (*self.blocks, self.blocks[0]):
            x = block(x)
        return self.body(x).sum()

def nap(*_):
    time.sleep({NAP})

torch.manual_seed(0)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(3):
    optimizer.zero_grad()
    for part in range(2):
        net.blocks[1].naps = part == 1
        net.body[0][0].naps = part == 0
        x = torch.ones(2, 3)
        loss = net(x)
        if step == 2 and part == 1:
            loss.grad_fn.next_functions[0][0].register_hook(nap)  # tanh
            net.blocks[0].linear.bias.register_hook(nap)
        loss.backward()
    optimizer.step()
"""


@pytest.fixture(scope="module")
def passes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[RunState, PassState]]:
    """All six, in order, each with a state that knows its times."""
    place = Place(tmp_path_factory.mktemp("again"))
    place.write("train.py", SCRIPT)
    place.record("train.py", level="detail")
    found: dict[tuple[int, int], tuple[RunState, PassState]] = {}
    state = RunState()
    for message in Recording.open(place.folder / "run.gscope").messages():
        state = reduce(state, message)
        found |= {(current.iteration, current.index): (state, current) for current in state.passes}
    assert state.lost_features == ()
    return [found[key] for key in sorted(found)]


def test_each_pass_has_the_times_of_its_own_calls_though_its_graph_is_told_once(
    passes: list[tuple[RunState, PassState]],
) -> None:
    assert len(passes) == 6
    assert len({current.fingerprint for _, current in passes}) == 1
    for place, (state, current) in enumerate(passes):
        graph = state.graphs[current.fingerprint]
        told = forward_seconds(state, graph, current)
        assert told is not None
        calls = {(call.module, call.occurrence): told.calls[row] for row, call in enumerate(graph.calls)}
        asleep = {module for (module, _), seconds in calls.items() if seconds >= NAP}
        assert asleep == ({"", "body", "body.0"} if place % 2 == 0 else {"", "blocks.1"}), place
        assert len([module for module, _ in calls if module == "blocks.0"]) == 2
        assert not np.isnan(list(calls.values())).any()


def test_every_node_that_ran_has_a_time_in_every_pass(passes: list[tuple[RunState, PassState]]) -> None:
    for state, current in passes:
        graph = state.graphs[current.fingerprint]
        known = backward_seconds(state, graph, current)
        ran = graph.nodes["kind"] <= 1
        assert (known[ran] > 0).all()
        assert np.isnan(known[~ran]).all()


def test_a_hook_behind_a_node_is_in_its_time_and_one_on_a_tensor_is_in_none(
    passes: list[tuple[RunState, PassState]],
) -> None:
    state, current = passes[-1]
    graph = state.graphs[current.fingerprint]
    known = backward_seconds(state, graph, current)
    asleep = [graph.text(int(node), "op") for node in np.flatnonzero(known >= NAP)]
    assert asleep == ["TanhBackward0"]
