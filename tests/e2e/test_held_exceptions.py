"""An exception that nothing catches is held where it is raised; output and exit code stay the script's own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from gradscope.cli import main
from gradscope.doctor.registry import explain
from gradscope.graph.fault import node_at_fault
from gradscope.session.interpreter import find_python
from gradscope.session.recording import Recording
from gradscope.wire import messages as m

from ..commands import command, gradscope
from .driving import Driver

pytestmark = pytest.mark.usefixtures("warm_python")

BROKEN = Path(__file__).parents[2] / "resources" / "lessons" / "03_broken.py"
FORWARD = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(6, 12), nn.Linear(10, 3)

    def forward(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc2(h)

try:
    int("no number")
except ValueError:
    print("caught")
net = Net()
with torch.no_grad():
    try:
        net(torch.randn(4, 7))
    except RuntimeError:
        print("caught too")
try:
    net(torch.randn(4, 6))
finally:
    print("finally", flush=True)
"""


def test_a_forward_is_held_before_finally_with_both_shapes_in_the_graph(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(FORWARD)
    with Driver(tmp_path) as driver:
        driver.start(script, pause=False, hold_exceptions="uncaught")
        pause = driver.paused()
        assert pause is not None
        assert (pause.point, pause.phase) == ("exception", "forward")
        assert [(Path(f.file).name, f.line) for f in pause.frames] == [("train.py", 12), ("train.py", 25)]
        driver.until(lambda: "caught too" in driver.output, "output")
        assert "finally" not in driver.output
        state = driver.state
        assert state.graph is not None
        node = node_at_fault(state.fault, state.graph)
        assert "4×12 and 3×10" in state.graph.text(node, "op")  # noqa: RUF001  # the sign that shapes take
        told = driver.tensor("variable", name="h")
        assert told.shape == (4, 12)
        assert driver.run_on() == 1
        assert sum(isinstance(message, m.Paused) for message in driver.messages) == 1  # not once more at the end
    assert "finally" in driver.output


TRIES = """
import torch

layer = torch.nn.Linear(3, 2)

def attempt():
    layer(torch.ones(2, 4))

for _ in range(6):
    try:
        attempt()
    except RuntimeError:
        pass
"""


def test_the_same_mistake_made_again_is_held_again(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(TRIES)
    with Driver(tmp_path) as driver:  # each exception lies where the one before was, as does its frame
        driver.start(script, pause=False, level="detail", hold_exceptions="raised")
        held = [driver.paused()]
        while held[-1] is not None:
            held.append(driver.step("continue"))
        assert [pause.point for pause in held[:-1] if pause is not None] == ["exception"] * 6
        assert sum(isinstance(message, m.ExceptionRaised) for message in driver.messages) == 6
        assert driver.session.wait(60.0) == 0


def test_inside_backward_gradients_are_partial_and_the_halo_is_at_the_fault(tmp_path: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(BROKEN, "--bug", "inplace", pause=False, hold_exceptions="uncaught")
        pause = driver.paused()
        assert pause is not None
        assert (pause.point, pause.phase) == ("exception", "backward")
        state = driver.state
        graph, current = state.graph, state.current_pass
        assert graph is not None
        assert current is not None
        assert state.fault is not None
        assert graph.text(node_at_fault(state.fault, graph), "op") == "AddmmBackward0"
        assert 0 < current.gradients.known.sum() < len(graph)
        assert explain(state.fault.told, state).places[0].source == "h -= h.mean()"
        assert driver.run_on() == 1


def test_a_recording_says_what_the_script_says_and_holds_the_explanation(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(FORWARD)
    command = [find_python(), "train.py"]
    alone = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    for level in ("light", "detail"):
        out = f"{level}.gscope"
        done = gradscope("record", "-o", out, "--level", level, "--", "train.py", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (alone.returncode, alone.stdout)
        assert done.stderr.startswith(alone.stderr)
        recording = Recording.open(tmp_path / out)
        state = recording.state_at()
        recording.close()
        assert state.fault is not None
        assert not state.fault.told.held
        assert explain(state.fault.told, state).rule == "shape-mismatch"


@pytest.mark.parametrize(
    ("bug", "rule"), [("zero_grad", "not-cleared"), ("dead_relu", "dead-relu"), ("broadcast", "broadcast-loss")]
)
def test_check_finds_the_mistakes_that_raise_nothing(
    bug: str, rule: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--steps", "5", str(BROKEN), "--bug", bug]) == 1
    assert f"[{rule}]" in capsys.readouterr().out


def test_check_finds_nothing_where_nothing_is_wrong(tmp_path: Path) -> None:
    healthy = gradscope("check", "--steps", "6", str(BROKEN), "--bug", "none", cwd=tmp_path)
    assert (healthy.returncode, healthy.stdout) == (0, "No problems found.\n")


def test_a_recording_is_checked_as_text_as_json_and_as_sarif(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["record", "--steps", "5", "-o", "r.gscope", str(BROKEN), "--bug", "detach"]) == 0
    before = (tmp_path / "r.gscope").read_bytes()
    line = next(n for n, text in enumerate(BROKEN.read_text().splitlines(), 1) if "h = h.detach()" in text)
    written = {}
    capsys.readouterr()
    for form in ("text", "json", "sarif"):
        assert main(["check", "--format", form, "r.gscope"]) == 1
        written[form] = capsys.readouterr().out
    assert "[no-gradient]" in written["text"]
    assert f"{BROKEN.name}:{line}" in written["text"]
    found = {one["rule"]: one for one in json.loads(written["json"])}["no-gradient"]
    assert (Path(found["places"][0]["file"]).name, found["places"][0]["line"]) == (BROKEN.name, line)
    log = json.loads(written["sarif"])
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "GradScope"
    results = {one["ruleId"]: one for one in run["results"]}
    assert set(results) == {one["id"] for one in run["tool"]["driver"]["rules"]}
    place = results["no-gradient"]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": BROKEN.as_uri()}, "region": {"startLine": line}}
    assert results["no-gradient"]["message"]["text"]
    assert (tmp_path / "r.gscope").read_bytes() == before  # looking at it changes nothing
    assert main(["check", "gone.gscope"]) == 2
    assert "gone.gscope" in capsys.readouterr().err
    reader, writer = os.pipe()
    os.close(reader)  # nobody reads it to its end, as ``gradscope check r.gscope | head -1`` does not
    unread = subprocess.run(command("check", "r.gscope"), stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (unread.returncode, unread.stderr) == (1, "")


STEPPED = """
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for step in range(3):
    loss = net(torch.ones(2, 3)).sum()
    loss.backward(retain_graph=True)
    optimizer.step()  # fault
    if step == 1:
        loss.backward()
"""


def test_a_step_that_nobody_watches_is_named_as_what_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(STEPPED)
    line = next(n for n, text in enumerate(STEPPED.splitlines(), 1) if "# fault" in text)
    assert main(["record", "--level", "detail", "-o", "r.gscope", "train.py"]) == 1
    capsys.readouterr()
    assert main(["check", "--format", "json", "r.gscope"]) == 1
    found = {one["rule"]: one for one in json.loads(capsys.readouterr().out)}["inplace-on-saved"]
    assert "1.weight" in found["title"]
    assert "optimizer.step()" in found["sentence"]
    assert (found["places"][0]["line"], "Adam.step" in found["places"][0]["note"]) == (line, True)


def test_what_fails_before_anything_else_of_training_is_held_and_explained(tmp_path: Path) -> None:
    """A device that is not there, in the script's first line that computes: nothing has spoken to GradScope before."""
    script = tmp_path / "train.py"
    script.write_text("import torch\n\nmodel = torch.nn.Linear(4, 2).to('cuda:77')\n")
    with Driver(tmp_path) as driver:
        driver.start(script, pause=False, hold_exceptions="uncaught")
        pause = driver.paused()
        assert pause is not None
        assert pause.point == "exception"
        fault = driver.state.fault
        assert fault is not None
        finding = explain(fault.told, driver.state)
        assert finding.rule == "no-such-device"
        assert (finding.places[0].file, finding.places[0].line) == (str(script), 3)
