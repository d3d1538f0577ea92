"""What a model has learned, told while it trains: the model's own answers, and a run that is none the wiser."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.graph.learned import LearnedView
from gradscope.session.interpreter import find_python
from gradscope.studio.catalogue import changed
from gradscope.studio.plan import Plan
from gradscope.studio.script import write_script
from gradscope.wire import messages as m
from tests.studio.plans import user_tables

from .driving import Driver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")


def watched(folder: Path, plan: Plan, *words: str) -> tuple[list[LearnedView], str, list[object]]:
    """Train with the view open; what was told of it, what the script printed, and all messages."""
    (folder / "train.py").write_text(write_script(plan))
    with Driver(folder) as driver:
        driver.start(folder / "train.py", *words, pause=True)
        assert driver.paused() is not None
        driver.session.order(m.WatchLearned(True, 0.05))
        driver.session.order(m.Step("continue"))
        driver.until(lambda: driver.state.life == "ended", "end")
        told = [LearnedView.from_message(x) for x in driver.messages if isinstance(x, m.LearnedTold)]
        assert not driver.state.lost_features
        return told, driver.output, driver.messages


def alone(folder: Path, *words: str) -> str:
    command = [find_python(), "train.py", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout


KINDS = {"moons": "boundary", "sine": "curve", "shapes": "pictures", "text": "text"}


@pytest.mark.parametrize("data", KINDS)
def test_a_studio_training_shows_what_it_learned_and_is_the_same_without(tmp_path: Path, data: str) -> None:
    plan = changed(Plan(), "data", data)
    words = ("--epochs", "1" if data == "text" else "3")
    told, printed, messages = watched(tmp_path, plan, *words)
    assert {view.told.kind for view in told} == {KINDS[data]}, told[0].told.why
    assert printed == alone(tmp_path, *words)
    last = told[-1]
    ended = [x.iteration for x in messages if isinstance(x, m.IterationEnded)]
    assert last.told.iteration == ended[-1]
    if data in ("moons", "shapes"):
        assert last.right() is not None
        assert last.right() > told[0].right() - 0.05  # type: ignore[operator]
    if data == "shapes":
        assert last.told.names == ("circle", "square", "triangle")
        assert last.pictures.shape == (12, 16, 16, 3)
    if data == "sine":
        assert abs(last.examples[:, 1]).max() < 1.6
        assert (np.diff(last.grid[:, 0]) > 0).all()
    if data == "text":
        assert len(last.told.text) == 60
        assert len(last.told.prompt) == 32


def test_tables_show_their_answers_beside_the_targets(tmp_path: Path) -> None:
    tables = user_tables(tmp_path)
    for name, kind in (("quantity.csv", "quantities"), ("three.npy", "classes")):
        plan = changed(changed(Plan(batch_size=16), "data", "file"), "file", tables[name])
        told, printed, _ = watched(tmp_path, plan, "--epochs", "12")
        assert {view.told.kind for view in told} == {kind}, told[0].told.why
        assert printed == alone(tmp_path, "--epochs", "12")
    assert told[-1].confusion().sum() == told[-1].told.count
    assert "right" in told[-1].title()


HOOKED = """
import torch
from torch import nn

calls = []
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2))
model[0].register_forward_hook(lambda *_: calls.append(torch.is_grad_enabled()))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(30):
    x = torch.randn(32, 2)
    label = (x[:, 0] > 0).long()
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), label)
    loss.backward()
    optimizer.step()
counted = int(model[1].num_batches_tracked)
print(calls.count(True), len(calls), counted, model.training, torch.rand(1).item(), loss.item())
model.eval()
"""


def test_no_hook_buffer_flag_or_random_number_of_the_run_is_touched(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(HOOKED)
    plain = alone(tmp_path)
    with Driver(tmp_path) as driver:
        driver.start(tmp_path / "train.py", pause=True)
        assert driver.paused() is not None
        driver.session.order(m.WatchLearned(True, 0.05))
        driver.session.order(m.Step("continue"))
        driver.until(lambda: driver.state.life == "ended", "end")
        assert driver.output == plain
        told = [x for x in driver.messages if isinstance(x, m.LearnedTold)]
    assert told
    assert plain.startswith("30 30 30 True")
    view = LearnedView.from_message(told[-1])
    points, target = view.examples[:, :2], view.examples[:, 2]
    assert ((points[:, 0] > 0) == target).all()  # the targets are those of their own points
