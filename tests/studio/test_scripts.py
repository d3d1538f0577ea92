"""Every script that can be chosen trains, alone and with plain python; the defaults learn what they promise."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

from gradscope.session.interpreter import find_python
from gradscope.studio.catalogue import DATA, changed
from gradscope.studio.plan import Plan, PlanError
from gradscope.studio.script import script_name, write_script

from .plans import combinations, covering, user_tables

pytestmark = pytest.mark.usefixtures("warm_python")

ROOT = Path(__file__).resolve().parents[2]


def train_all(folder: Path, *arguments: str) -> dict[str, str]:
    """What each script in the folder printed; fails with the names of those that died."""
    command = [find_python(), "-m", "tests.studio.train_all", str(folder), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert not {row["name"]: row["error"] for row in told if row["error"]}
    return {row["name"]: row["printed"] for row in told}


def test_every_data_model_and_loss_trains(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    plans = list(combinations(user_tables(tmp_path)))
    for number, plan in enumerate(plans):
        (scripts / f"{number:02d}_{plan.data}_{plan.model}_{plan.loss}.py").write_text(write_script(plan))
    printed = train_all(scripts, "--epochs", "1", "--batch-size", "128")
    assert len(printed) == len(plans) == 31
    for name, text in printed.items():
        assert re.fullmatch(r"epoch 1  loss \S+  (accuracy|mean absolute error) \S+\n", text), (name, text)


def test_every_pair_of_choices_trains(tmp_path: Path) -> None:
    plans = covering()
    for number, plan in enumerate(plans):
        (tmp_path / f"{number:02d}_{plan.data}_{plan.model}.py").write_text(write_script(plan))
    assert len(train_all(tmp_path, "--epochs", "1")) == len(plans) > 30


def test_the_defaults_reach_what_they_promise(tmp_path: Path) -> None:
    for data in DATA:
        if data != "file":
            (tmp_path / f"{data}.py").write_text(write_script(changed(Plan(), "data", data)))
    printed = train_all(tmp_path)
    for data, text in printed.items():
        figure = text.splitlines()[-1].split()[-1]
        promised = DATA[data].reach.split()
        if promised[0] == "accuracy":
            assert float(figure.rstrip("%")) >= float(promised[1]), (data, figure)
        else:
            assert float(figure) <= float(promised[-1]), (data, figure)


def test_one_seed_is_one_run(tmp_path: Path) -> None:
    script = write_script(changed(Plan(epochs=2), "data", "shapes"))
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(script)
    printed = train_all(tmp_path, "--epochs", "1")
    assert printed["one"] == printed["two"]


def test_the_five_steps_are_five_commented_blocks() -> None:
    for optimizer in ("adam", "lbfgs"):
        script = write_script(changed(Plan(), "optimizer", optimizer))
        steps = [line.strip() for line in script.splitlines() if re.match(r"\s+# \d\. ", line)]
        assert [step[2] for step in steps] == ["1", "2", "3", "4", "5"]
        ast.parse(script)
        assert max(map(len, script.splitlines())) <= 120
        assert "gradscope" not in script.lower()


def test_a_model_of_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "my_models.py").write_text("from torch import nn\n\ndef make():\n    return nn.Linear(2, 2)\n")
    plan = changed(changed(Plan(), "model", "own"), "factory", "my_models:make")
    (tmp_path / script_name(plan)).write_text(write_script(plan))
    command = [find_python(), script_name(plan), "--epochs", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout


@pytest.mark.parametrize("factory", ["", "my_models", "my models:make", ":make", "my_models:"])
def test_a_factory_that_is_none_is_told(factory: str) -> None:
    with pytest.raises(PlanError, match="module:callable"):
        write_script(changed(changed(Plan(), "model", "own"), "factory", factory))
