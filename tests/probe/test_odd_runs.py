"""Scripts that are no plain loop: one that never updates, parameters used by turns, many of them, wrapped models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.export.json_export import export_json
from gradscope.session.recording import Recording
from gradscope.wire import messages as m

from .place import Place
from .test_manners import LEVELS

if TYPE_CHECKING:
    from pathlib import Path

    from gradscope.graph.state import RunState
    from tests.oracle import Json

pytestmark = pytest.mark.usefixtures("warm_python")

NEVER = """
import os, torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
for step in range(400):
    x = torch.randn(4, 3, requires_grad=True)
    (slope,) = torch.autograd.grad(model(x).sum(), x)
    if step == 100:
        before = resident()
print(resident() - before)
"""
TURNS = """
import json, torch
from torch import nn

torch.manual_seed(0)
a, b = (torch.randn(3, requires_grad=True) for _ in range(2))
first, second = torch.optim.SGD([a], lr=0.1), torch.optim.SGD([b], lr=0.1)
for step in range(4):
    (used, optimizer) = (a, first) if step % 2 == 0 else (b, second)
    optimizer.zero_grad()
    used.square().sum().backward()
    print(json.dumps([None if t.grad is None else t.grad.double().norm().item() for t in (a, b)]))
    optimizer.step()

layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(12))  # more than are measured every time
model = nn.DataParallel(layers)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(18):
    optimizer.zero_grad()
    x = torch.ones(1, 2)
    for layer in layers:
        x = layer(x).sin()
    x.sum().backward()
    before = [p.detach().clone() for p in layers.parameters()]
    optimizer.step()
    moved = zip(layers.named_parameters(), before, strict=True)
    print(json.dumps({n: (p.detach() - q).double().norm().item() for (n, p), q in moved}))

net = nn.DataParallel(nn.ModuleDict({"_orig_mod": nn.Linear(2, 1)}))
net.forward = lambda x: net.module["_orig_mod"](x)
net(torch.ones(1, 2)).sum().backward()
torch.optim.SGD(net.parameters(), lr=0.1).step()
"""


def _recorded(place: Place, script: str) -> tuple[RunState, list[Any]]:
    place.write("train.py", script)
    state = place.record("train.py", OMP_NUM_THREADS="1")
    assert state.lost_features == ()
    recording = Recording.open(place.folder / "run.gscope")
    messages = list(recording.messages())
    recording.close()
    return state, messages


def test_a_script_that_never_updates_leaves_detail_and_does_not_grow(tmp_path: Path) -> None:
    place = Place(tmp_path)
    _, messages = _recorded(place, NEVER)
    level = {one.pass_index: one.level for one in messages if isinstance(one, m.PassStarted)}
    assert len(level) == 400
    detailed = [index for index, said in level.items() if said == "detail"]
    assert detailed == list(range(len(detailed)))
    assert 1 <= len(detailed) <= 32
    assert int(place.out[-1]) < 8 << 20


@pytest.fixture(scope="module")
def turns(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, RunState, list[Json]]:
    """The folder, the run at its end, and what is exported at the end of each iteration."""
    place = Place(tmp_path_factory.mktemp("turns"))
    state, _ = _recorded(place, TURNS)
    recording = Recording.open(place.folder / "run.gscope")
    documents = [export_json(recording, iteration) for iteration in range(22)]
    recording.close()
    return place, state, documents


def test_of_two_parameters_used_by_turns_each_keeps_what_it_has(turns: tuple[Place, RunState, list[Json]]) -> None:
    place, _, documents = turns
    for iteration, (line, document) in enumerate(zip(place.out[:4], documents[:4], strict=True)):
        shown = {entry["name"]: entry for entry in document["parameters"]}
        for name, norm in zip("ab", json.loads(line), strict=True):
            assert shown[name]["grad_norm"] == (norm if norm is None else pytest.approx(norm, rel=1e-6))
        used, rests = ("a", "b") if iteration % 2 == 0 else ("b", "a")
        assert shown[used]["last_update"]["norm"] > 0
        assert iteration == 0 or shown[rests]["last_update"]["norm"] == 0
    never = next(entry for entry in documents[0]["parameters"] if entry["name"] == "b")
    assert never["why_no_grad"]
    assert never["last_update"] is None


def test_of_many_parameters_the_last_measured_update_is_shown(turns: tuple[Place, RunState, list[Json]]) -> None:
    place, _, documents = turns
    moved = [json.loads(line) for line in place.out[4:22]]
    ages = set()
    for iteration in range(14, 22):
        shown = {entry["name"]: entry["last_update"] for entry in documents[iteration]["parameters"]}
        for name in moved[0]:
            last = shown[name]
            assert last["norm"] == pytest.approx(moved[last["iteration"] - 4][name], rel=1e-3, abs=1e-9), name
            ages.add(iteration - last["iteration"])
    assert ages == set(range(8))


def test_wrappers_are_taken_out_of_names_and_are_kept_beside_them(turns: tuple[Place, RunState, list[Json]]) -> None:
    _, state, _ = turns
    aliases = {parameter.name: parameter.aliases for parameter in state.parameters}
    assert aliases["0.weight"] == ("module.0.weight",)
    assert aliases["net.weight"] == ("net.module._orig_mod.weight",)
    graph = state.graphs[state.passes[-1].fingerprint]
    assert {graph.text(node, "name") for node in range(len(graph))} >= {"net.weight", "net.bias"}


CLOSURES = """
import torch

p = torch.tensor([-1.5, 2.0], requires_grad=True)
optimizer = torch.optim.LBFGS([p], lr=0.5, max_iter=4)
asked = 0
def closure():
    global asked
    asked += 1
    optimizer.zero_grad()
    loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
    loss.backward()
    return loss
for step in range(3):
    before = asked
    optimizer.step(closure)
    print(asked - before)
"""


def test_a_step_with_a_closure_is_one_iteration_with_all_its_passes(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("train.py", CLOSURES)
    for level in LEVELS:
        place.record("train.py", level=level)
        recording = Recording.open(tmp_path / "run.gscope")
        ended = [(one.iteration, one.pass_index) for one in recording.messages() if isinstance(one, m.PassEnded)]
        recording.close()
        of_step = [sum(iteration == step for iteration, _ in ended) for step in range(3)]
        assert of_step == [int(line) for line in place.out] == [4, 4, 4], level
