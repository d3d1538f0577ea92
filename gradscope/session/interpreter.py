"""Which Python runs the training, and what it has: its version, its torch, its devices."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ScriptError

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 120.0  # seconds; a first import of torch from a slow disk takes its time
_MARK = "gradscope-interpreter:"
_QUESTION = f"""
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import json
told = {{"version": sys.version.split()[0], "torch": "", "error": "", "devices": ["cpu"], "names": {{}}}}
try:
    import torch
    told["torch"] = str(torch.__version__)
    if torch.cuda.is_available():
        told["devices"] += ["cuda:%d" % index for index in range(torch.cuda.device_count())]
        if hasattr(torch.cuda, "get_device_properties"):
            for device in told["devices"][1:]:
                found = torch.cuda.get_device_properties(device)
                told["names"][device] = "%s, %.0f GiB" % (found.name, found.total_memory / 2**30)
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        told["devices"] += ["xpu:%d" % index for index in range(torch.xpu.device_count())]
    if getattr(torch.backends, "mps", None) is not None and torch.backends.mps.is_available():
        told["devices"].append("mps")
except Exception as error:
    told["error"] = "%s: %s" % (type(error).__name__, error)
print({_MARK!r} + json.dumps(told))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that answered. ``torch`` is "" where it has none; ``error`` then says why.

    ``names`` says what a device is, with its memory, where torch tells.
    """

    python: str
    version: str
    torch: str
    devices: tuple[str, ...]
    error: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


def find_python(explicit: str | None = None) -> str:
    """Path of the interpreter: the one asked for, else $VIRTUAL_ENV's, else the one running GradScope.

    ``explicit`` may be a path, a command on PATH, or the folder of a virtual environment.

    Raises:
        ScriptError: there is no such interpreter.
    """
    if explicit:
        return _asked_for(explicit)
    environment = os.environ.get("VIRTUAL_ENV")
    if environment and (inside := _in_environment(Path(environment))):
        return inside
    return sys.executable


def ask(python: str, question: str, *words: str, cwd: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a few lines in an interpreter; what it wrote.

    Raises:
        ScriptError: it does not start.
        subprocess.TimeoutExpired: it has not ended after ``PATIENCE``.
    """
    try:
        return subprocess.run(
            [python, "-c", question, *words],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except OSError as error:
        raise ScriptError(f"The interpreter cannot be started ({error.strerror})", python, _REMEDY) from error


def probe_interpreter(python: str) -> Interpreter:
    """Start ``python`` once and ask what it has. Takes as long as its import of torch.

    Raises:
        ScriptError: it does not start, does not answer, or is not a Python.
    """
    try:
        answer = ask(python, _QUESTION)
    except subprocess.TimeoutExpired as error:
        raise ScriptError(f"The interpreter did not answer within {PATIENCE:.0f} s", python, _REMEDY) from error
    told = _told(answer.stdout)
    if told is None:
        last = (answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"])[-1]
        raise ScriptError(f"The interpreter did not answer as a Python does ({last})", python, _REMEDY)
    devices = tuple(told["devices"])
    return Interpreter(python, told["version"], told["torch"], devices, told["error"], told.get("names", {}))


_REMEDY = "choose another one (on the command line: --python PATH)"


def _told(output: str) -> dict[str, Any] | None:
    for line in output.splitlines():
        if line.startswith(_MARK):
            answer: dict[str, Any] = json.loads(line.removeprefix(_MARK))
            return answer
    return None


def _asked_for(explicit: str) -> str:
    path = Path(explicit).expanduser()
    if path.is_dir():
        inside = _in_environment(path)
        if inside is None:
            raise ScriptError("There is no Python in this folder", path, "name the interpreter itself")
        return inside
    found = shutil.which(str(path))
    if found is None:
        raise ScriptError("There is no such interpreter", explicit, "give --python the path of one that has torch")
    # Not resolved: a virtual environment's python is a link, and it is by the link's place that it knows itself.
    return str(Path(found).absolute())


def _in_environment(folder: Path) -> str | None:
    inside = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return str(inside.absolute()) if os.access(inside, os.X_OK) else None
