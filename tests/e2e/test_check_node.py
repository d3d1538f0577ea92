"""Every node's backward checked at one pause: only the wrong one is called wrong, and training does not notice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch

from gradscope.graph.snapshot import Kind
from gradscope.session.interpreter import find_python
from gradscope.wire import messages as m
from tests.e2e.driving import Driver

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = Path(__file__).parents[1] / "scripts" / "checked.py"


def test_only_the_wrong_backward_disagrees_and_nothing_of_the_run_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("RESULT", str(tmp_path / "alone.pt"))
    subprocess.run([find_python(), str(SCRIPT)], env=dict(os.environ), check=True)
    monkeypatch.setenv("RESULT", str(tmp_path / "checked.pt"))
    with Driver(tmp_path) as driver:
        driver.start(SCRIPT)
        driver.paused()
        driver.to("backward")
        driver.step("into")
        driver.step("into")
        graph = driver.state.graph
        assert graph is not None
        answers = {node: check(driver, node) for node in range(len(graph))}
        assert driver.run_on() == 0
        assert not driver.state.lost_features
    for node, answer in answers.items():
        assert answer.available == (graph.kind(node) == Kind.OP), answer.why
        assert answer.available or answer.why
    functions = {answer.function for answer in answers.values() if answer.available}
    assert functions >= {"conv2d", "batch_norm", "relu", "dropout", "linear", "layer_norm", "cross_entropy", "max"}
    wrong = [answer for answer in answers.values() if not all(one.agrees for one in answer.inputs)]
    assert [answer.function for answer in wrong] == ["Wrong"]
    (found,) = wrong[0].inputs
    assert found.worst == (2, 1)  # 1.5 times the slope, at this element alone
    assert found.analytic / found.numeric == pytest.approx(1.5, rel=1e-4)
    checked, alone = (torch.load(tmp_path / f"{name}.pt") for name in ("checked", "alone"))
    assert torch.equal(checked["random"], alone["random"])
    assert all(map(torch.equal, checked["parameters"], alone["parameters"]))
    assert all(torch.equal(checked["norm"][key], alone["norm"][key]) for key in alone["norm"])


def check(driver: Driver, node: int) -> m.NodeChecked:
    request = driver.session.ask(lambda number: m.CheckNode(number, node))

    def answer() -> Any:
        told = (message for message in driver.messages if isinstance(message, m.NodeChecked))
        return next((message for message in told if message.request == request), None)

    told: m.NodeChecked = driver.until(answer, "check")
    return told
