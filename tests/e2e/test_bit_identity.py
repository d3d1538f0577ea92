"""Training under the probe is training without it, to the last bit: losses, parameters, gradients, random state."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.session.interpreter import find_python

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("warm_python")

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests" / "scripts"
ITERATIONS = 50
RUNS = {"resnet18.py": 0, "gpt.py": 0, "gan.py": 0, "line.py": 0, "accumulate.py": 0, "raises.py": 1, "mixed.py": 0}


def digest(folder: Path, name: str, code: int, *words: str) -> dict[str, Any]:
    """Run a command that trains; what the script itself says that it came to."""
    path = folder / f"{name}.json"
    environment = dict(
        os.environ, PYTHONPATH=str(ROOT), XDG_DATA_HOME=str(folder), TRAINING_DIGEST=str(path), OMP_NUM_THREADS="1"
    )
    command = [find_python(), *words]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert ran.returncode == code, ran.stderr
    told: dict[str, Any] = json.loads(path.read_text())
    return told


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """What a script comes to by itself; each runs once."""
    folder = tmp_path_factory.mktemp("alone")

    @cache
    def trained(script: str) -> dict[str, Any]:
        words = (str(SCRIPTS / script), "--iterations", str(ITERATIONS))
        return digest(folder, script, RUNS[script], *words)

    return trained


@pytest.mark.parametrize("level", ["light", "detail"])
@pytest.mark.parametrize("script", RUNS)
def test_training_is_bit_identical_under_the_probe(
    script: str, level: str, tmp_path: Path, alone: Callable[[str], dict[str, Any]]
) -> None:
    options = ("-m", "gradscope", "record", "--level", level, "-o", "r.gscope", "--")
    words = (*options, str(SCRIPTS / script), "--iterations", str(ITERATIONS))
    observed = digest(tmp_path, "observed", RUNS[script], *words)
    assert observed == alone(script)
    assert len(observed["losses"]) >= 2
    assert (tmp_path / "r.gscope").stat().st_size > 0
