"""Between ``backward()`` and the update: what unscaling, clipping and a skipped step do to gradients and iterations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.export.json_export import export_json
from gradscope.session.recording import Recording

from .place import Place

if TYPE_CHECKING:
    from .place import Level

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import json, torch
from torch import nn
from torch.nn.utils import clip_grad_norm_

def train(make):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = make(model.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0, growth_interval=1000)
    def norms():
        return [p.grad.double().norm().item() for p in model.parameters()]
    for step in range(4):
        optimizer.zero_grad()
        loss = model(torch.randn(16, 3)).square().mean() * (float("nan") if step == 1 else 1.0)
        scaler.scale(loss).backward()
        arrived = norms()
        scaler.unscale_(optimizer)
        if step == 2:
            clip_grad_norm_(model.parameters(), 0.01)
        if step == 3:
            model[0].weight.grad *= 2
        before, weight, scale = norms(), model[0].weight.detach().clone(), scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        print(json.dumps([arrived, before, torch.equal(weight, model[0].weight), scaler.get_scale() < scale]))
train(lambda parameters: torch.optim.SGD(parameters, lr=0.1))
train(lambda parameters: torch.optim.AdamW(parameters, lr=0.1, fused=True))  # decides by itself whether to skip
"""
STEPS = 8


@pytest.fixture(scope="module", params=["detail", "light"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Level]:
    """(what the script says, what the export says, level)"""
    place = Place(tmp_path_factory.mktemp("between"))
    place.write("train.py", SCRIPT)
    place.record("train.py", level=request.param)
    recording = Recording.open(place.folder / "run.gscope")
    documents = [export_json(recording, iteration) for iteration in range(STEPS)]
    recording.close()
    return [json.loads(line) for line in place.out if line.startswith("[")], documents, request.param


def test_a_skipped_step_ends_its_iteration_and_is_marked(run: tuple[Any, Any, Level]) -> None:
    truth, documents, _ = run
    iterations = documents[0]["iterations"]
    assert [len(entry["passes"]) for entry in iterations] == [1] * STEPS
    skipped = [[e["skipped"] for e in entry["events"] if e["event"] == "update"] for entry in iterations]
    assert skipped == [[unmoved and halved] for _, _, unmoved, halved in truth]
    assert [True] in skipped


def test_gradients_are_those_of_torch_after_the_pass_and_before_the_update(run: tuple[Any, Any, Level]) -> None:
    truth, documents, level = run
    for (arrived, before, _, skipped), document in zip(truth, documents, strict=True):
        if skipped:
            assert norms(document, "grad_norm") == ["nan"] * 4
            continue
        assert norms(document, "grad_norm") == pytest.approx(before, rel=1e-5)
        if level == "detail":
            assert norms(document, "grad_norm_after_backward") == pytest.approx(arrived, rel=1e-5)


def norms(document: Any, key: str) -> list[Any]:
    """Of the model that is trained then."""
    return [entry[key] for entry in document["parameters"] if entry[key] is not None]


def test_who_changed_them_is_named_by_line(run: tuple[Any, Any, Level]) -> None:
    _, documents, level = run
    if level == "light":
        return
    lines = [line.strip() for line in SCRIPT.splitlines()]

    def line(text: str) -> int:
        return next(number for number, found in enumerate(lines, 1) if found.startswith(text))

    changed = [
        [
            name.rpartition("train.py:")[2]
            for event in entry["events"]
            if "changed" in event["event"]
            for name in event["by"]
        ]
        for entry in documents[0]["iterations"]
    ]
    unscaled, clipped, doubled = (
        f"{line(text)})" for text in ("scaler.unscale_", "clip_grad_norm_(", "model[0].weight.g")
    )
    assert changed[:4] == changed[4:] == [[unscaled], [unscaled], [unscaled, clipped], [unscaled, doubled]]
