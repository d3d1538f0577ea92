"""The wheel that users get carries fonts, icons and lessons, and starts from its own files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ASK = """
import json, gradscope
from gradscope.resources import resource
from gradscope.app.application import make_qt
from gradscope.app.fonts import load_fonts
make_qt([])
print(json.dumps([gradscope.__file__, str(resource("lessons", "01_line.py")), list(load_fonts())]))
"""


def run(*command: str, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A new environment with the wheel; its dependencies are those of the environment that runs the tests."""
    pytest.importorskip("hatchling", reason="the wheel is built with hatchling")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path), cwd=REPOSITORY)
    (wheel,) = tmp_path.glob("*.whl")
    home = tmp_path / "env"
    venv.create(home, with_pip=False)
    folder = home / ("Scripts" if os.name == "nt" else "bin")
    (site,) = home.glob("lib/python*/site-packages") if os.name != "nt" else [home / "Lib" / "site-packages"]
    run(
        *(sys.executable, "-m", "pip", "--python", str(folder / "python"), "install"),
        *("--no-deps", "--no-index", "--quiet", str(wheel)),
        cwd=tmp_path,
    )
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "zz_dependencies.pth").write_text(f"{packages}\n")
    return folder


def test_an_installed_wheel_starts_and_has_its_files(installed: Path, tmp_path: Path) -> None:
    program = "gradscope.exe" if os.name == "nt" else "gradscope"
    assert run(str(installed / program), "--version", cwd=tmp_path).strip().endswith("0.1.0")
    package, lesson, families = json.loads(run(str(installed / "python"), "-c", ASK, cwd=tmp_path).splitlines()[-1])
    assert Path(package).is_relative_to(tmp_path)
    assert Path(lesson).is_relative_to(Path(package).parent)
    assert {"Inter", "JetBrains Mono"} <= set(families)
