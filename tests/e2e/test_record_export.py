"""The main promise on scripts nobody wrote for it: recorded and exported by the real commands, equal to torch."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.session.interpreter import find_python
from tests.oracle import compare

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("warm_python")

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests" / "scripts"

# script: exit code, iterations that `--steps 3` records, the --iterations that give the oracle as many
RUNS = {
    "resnet18.py": (0, 3, 3),
    "gpt.py": (0, 3, 3),
    "gan.py": (0, 3, 2),
    "line.py": (0, 3, 3),
    "accumulate.py": (0, 3, 3),
    "raises.py": (1, 2, 3),
    "rnn.py": (0, 3, 3),
    "mixed.py": (0, 3, 3),
}


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, PYTHONPATH=str(ROOT), XDG_DATA_HOME=str(cwd), OMP_NUM_THREADS="1")
    command = [find_python(), *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=150, check=False)


@pytest.fixture(scope="module")
def truths(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """The oracle's passes of a script; each script runs once."""
    folder = tmp_path_factory.mktemp("truths")

    @cache
    def truth(script: str) -> dict[str, Any]:
        code, _, own = RUNS[script]
        ran = run("-m", "tests.oracle", str(SCRIPTS / script), "truth.json", "--iterations", str(own), cwd=folder)
        assert ran.returncode == code, ran.stderr
        told: dict[str, Any] = json.loads((folder / "truth.json").read_text())
        return told

    return truth


@pytest.mark.parametrize("level", ["light", "detail"])
@pytest.mark.parametrize("script", RUNS)
def test_a_recording_equals_torchs_own_walk_and_gradients(
    script: str, level: str, tmp_path: Path, truths: Callable[[str], dict[str, Any]]
) -> None:
    code, iterations, _ = RUNS[script]
    options = ("--steps", "3", "--level", level, "-o", "r.gscope")
    recorded = run("-m", "gradscope", "record", *options, "--", str(SCRIPTS / script), cwd=tmp_path)
    assert recorded.returncode == code, recorded.stderr
    if code:
        assert "mat1 and mat2 shapes cannot be multiplied" in recorded.stdout + recorded.stderr
    exported = run("-m", "gradscope", "export", "r.gscope", "-o", "r.json", "--iteration", "all", cwd=tmp_path)
    assert exported.returncode == 0, exported.stderr
    export = json.loads((tmp_path / "r.json").read_text())
    assert [entry["iteration"] for entry in export["iterations"] if entry["passes"]] == list(range(iterations))
    for iteration in range(iterations):
        assert compare(export, truths(script), iteration) == []
