"""``gradscope check`` on trainings that run without an error and learn nothing: what it says, and what it does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import gradscope

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

# One training after the other, so that torch is loaded once; each is told by the lines it stands in.
START = """import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 10)
y = (x[:, 0] > 0).long()

def train(net, loss, rate=0.1, steps=5):
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(net).backward()
        optimizer.step()

"""
TRAININGS = {
    "good": """
train(nn.Sequential(nn.Linear(10, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2)),
      lambda net: F.cross_entropy(net(x), y))
train(nn.Linear(10, 2), lambda net: F.nll_loss(net(x).log_softmax(-1), y))
train(nn.Linear(10, 1), lambda net: F.binary_cross_entropy(net(x).sigmoid(), y[:, None].float()))
train(nn.Linear(10, 10), lambda net: F.cross_entropy(net(x).softmax(-1) @ x.T[:, :2].repeat(1, 1), y))
""",
    "softmax": """
train(nn.Sequential(nn.Linear(10, 2), nn.Softmax(-1)),
      lambda net: F.cross_entropy(net(x), y))
""",
    "sigmoid": """
train(nn.Sequential(nn.Linear(10, 1), nn.Sigmoid()),
      lambda net: F.binary_cross_entropy_with_logits(net(x).squeeze(1), y.float()))
""",
    "nll": """
train(nn.Sequential(nn.Linear(10, 2), nn.Softmax(-1)),
      lambda net: F.nll_loss(net(x), y))
""",
    "evaluation": """
train(nn.Sequential(nn.Linear(10, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)).eval(),
      lambda net: F.cross_entropy(net(x), y))
""",
    "rate": """
train(nn.Linear(10, 2), lambda net: F.cross_entropy(net(x), y), rate=0.0)
""",
}
RULES = {
    "softmax": "squashed-twice",
    "sigmoid": "squashed-twice",
    "nll": "no-logarithm",
    "evaluation": "evaluation-mode",
    "rate": "rate-zero",
}


def check(folder: Path, *names: str) -> list[dict[str, Any]]:
    script = folder / "train.py"
    script.write_text(START + "".join(TRAININGS[name] for name in names))
    ran = gradscope("check", "--format", "json", str(script), cwd=folder, OMP_NUM_THREADS="1")
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    assert ran.returncode == (1 if found else 0), ran.stderr
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return check(tmp_path_factory.mktemp("bad"), *RULES)


def test_what_is_right_gives_nothing_to_say(tmp_path: Path) -> None:
    told = {one["rule"] for one in check(tmp_path, "good")}
    assert told <= {"not-in-optimizer", "no-gradient"}  # five optimizers in one script: each knows its own
    assert not told & set(RULES.values())


@pytest.mark.parametrize("name", RULES)
def test_each_mistake_is_told_at_its_line(found: list[dict[str, Any]], name: str) -> None:
    before = START + "".join(TRAININGS[one] for one in list(RULES)[: list(RULES).index(name)])
    first = before.count("\n")
    lines = range(first, first + TRAININGS[name].count("\n") + 1)
    of_rule = [one for one in found if one["rule"] == RULES[name]]
    assert of_rule, [one["rule"] for one in found]
    if name != "rate":  # which has no line: the optimizer was made anywhere
        assert any(place["line"] in lines for one in of_rule for place in one["places"])
