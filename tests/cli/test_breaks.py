"""``--break``: words to breakpoints, and what a recording without a window says of them."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

import pytest

from gradscope.cli.breaks import detail_from, parse
from gradscope.session.recording import Recording
from gradscope.wire.messages import Breakpoint, BreakpointHit, PassStarted

from ..commands import gradscope

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import torch
torch.manual_seed(0)
model = torch.nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(8, 3)
for step in range(9):
    loss = model(x).pow(2).mean()
    if step >= 5:
        loss = loss + torch.sqrt((model(x) * 0).sum())
    optimizer.zero_grad()
    loss.backward()
    if step < 5:
        optimizer.step()
print("done", flush=True)
"""


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("nonfinite", Breakpoint(0, "any", condition="nonfinite")),
        ("norm>1e3", Breakpoint(0, "any", condition="above", threshold=1000.0)),
        ("loss>10", Breakpoint(0, "loss", condition="above", threshold=10.0)),
        ("loss<0.5", Breakpoint(0, "loss", condition="below", threshold=0.5)),
        ("iteration=12", Breakpoint(0, "phase", name="forward", iteration=12)),
        ("module=encoder.layers.0", Breakpoint(0, "call", call="encoder.layers.0")),
        ("function=softmax", Breakpoint(0, "function", operation="softmax")),
        ("line=train.py:12", Breakpoint(0, "line", name="train.py", occurrence=12)),
    ],
)
def test_a_word_is_a_breakpoint(word: str, wanted: Breakpoint) -> None:
    assert parse(word) == wanted


@pytest.mark.parametrize(
    "word",
    ["nan", "norm>", "norm>big", "iteration=-1", "iteration=x", "module=", "line=train.py", "line=:3", "loss=3", ""],
)
def test_a_word_that_means_nothing_is_refused(word: str) -> None:
    with pytest.raises(ArgumentTypeError):
        parse(word)


def test_detail_begins_one_iteration_before_the_first_that_is_waited_for() -> None:
    assert detail_from((parse("iteration=12"), parse("iteration=7"), parse("nonfinite"))) == 6
    assert detail_from((parse("iteration=0"),)) == 0
    assert detail_from((parse("nonfinite"),)) == 0


def test_a_recording_goes_on_and_says_where_it_came_about(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    words = ("--break", "nonfinite", "--break=iteration=3", "--level", "detail")
    done = gradscope("record", "-o", "r.gscope", *words, "--", "train.py", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == "done\n"
    said = [line for line in done.stderr.splitlines() if line.startswith("gradscope: ")]
    assert said[0] == "gradscope: iteration 3: before the forward"
    assert said[1] == "gradscope: iteration 5: SumBackward0: Inf, 1 of 1 elements"
    exported = gradscope("export", "r.gscope", "-o", "r.json", cwd=tmp_path)
    assert exported.returncode == 0, exported.stderr
    run = json.loads((tmp_path / "r.json").read_text())
    events = {entry["iteration"]: [event["event"] for event in entry["events"]] for entry in run["iterations"]}
    assert "breakpoint" in events[3]
    assert "breakpoint" in events[5]
    assert "paused" not in events[3] + events[5]
    said_by_probe = list(Recording.open(tmp_path / "r.gscope").messages())
    levels = {message.iteration: message.level for message in said_by_probe if isinstance(message, PassStarted)}
    assert levels[1] == "light", "free until the iteration before the first that is waited for"
    assert [levels[iteration] for iteration in range(2, 6)] == ["detail"] * 4


def test_a_function_is_waited_for_in_every_forward_and_passes_stay_light(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    done = gradscope("record", "-o", "r.gscope", "--break", "function=mean", "--", "train.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = list(Recording.open(tmp_path / "r.gscope").messages())
    hits = [message.iteration for message in told if isinstance(message, BreakpointHit)]
    assert sorted({*hits}) == list(range(6))
    assert len(hits) == 9, "four of them in the last iteration, which no update ends"
    levels = {message.iteration: message.level for message in told if isinstance(message, PassStarted)}
    assert [levels[iteration] for iteration in range(5)] == ["detail", *["light"] * 4]
