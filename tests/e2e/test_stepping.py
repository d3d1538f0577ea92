"""Stepping anywhere changes nothing: hundreds of random orders, and a training that is bit for bit the same."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gradscope.session.interpreter import find_python
from tests.e2e.driving import Driver

if TYPE_CHECKING:
    from gradscope.wire.messages import StepKind

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPTS = Path(__file__).parents[1] / "scripts"
KINDS: tuple[StepKind, ...] = ("into", "into", "into", "phase", "out", "iteration")
ORDERS = {"gpt.py": 500}  # of the others fewer: the kinds of pause are few, and each script meets all of its own
RUNS = {"resnet18.py": 0, "gpt.py": 0, "gan.py": 0, "line.py": 0, "accumulate.py": 0, "raises.py": 1}


@pytest.mark.parametrize("script", RUNS)
def test_random_orders_leave_no_trace(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("TRAINING_DIGEST", str(tmp_path / "alone.json"))
    words = ("--iterations", "50")
    alone = subprocess.run(
        [find_python(), str(SCRIPTS / script), *words], env=dict(os.environ), capture_output=True, check=False
    )
    assert alone.returncode == RUNS[script], alone.stderr
    monkeypatch.setenv("TRAINING_DIGEST", str(tmp_path / "stepped.json"))
    chance = random.Random(script)
    points: Counter[str] = Counter()
    with Driver(tmp_path) as driver:
        driver.start(SCRIPTS / script, *words)
        pause = driver.paused()
        for _ in range(ORDERS.get(script, 150)):
            if pause is None:
                break
            points[pause.point] += 1
            pause = driver.step(chance.choice(KINDS))
        assert driver.run_on() == RUNS[script]
        assert not driver.state.lost_features
    stepped, plain = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("stepped", "alone"))
    assert stepped == plain
    assert points["node"] >= 1
    assert points["end"] + points["script_end"] + points["update"] >= 1
