"""What can be known to be wrong before a process or a window exists: interpreter, torch, device, socket.

Each check raises; none imports torch or Qt into this process.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from .errors import CommandError

if TYPE_CHECKING:
    from gradscope.session.launch import LaunchSpec

ANSWER_SECONDS = 60.0
# Looking for torch instead of importing it answers in a moment; the run itself finds out whether it works.
_QUESTION = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import importlib.util
found = importlib.util.find_spec("torch") is not None
print("gradscope", sys.version_info >= (3, 10), "%d.%d" % sys.version_info[:2], found)
"""


def require_runnable(spec: LaunchSpec) -> None:
    """The command exists, its interpreter has torch, and the device that was asked for is there.

    Raises:
        SessionError: the command, the folder or the interpreter is not there.
        CommandError: no torch, a Python that is too old, or no such device.
    """
    from gradscope.session.interpreter import find_python
    from gradscope.session.launch import arguments

    program = arguments(spec)[0]
    python = find_python(spec.python)
    if program != python:
        return  # a launcher such as torchrun finds its own Python
    _require_torch(python)
    if spec.device and spec.device != "cpu":
        _require_device(python, spec.device)


def require_socket() -> None:
    """The training process will find a way to us.

    Raises:
        SessionError: no socket can be made.
    """
    from gradscope.session.endpoint import open_endpoint

    open_endpoint().close()


def _require_torch(python: str) -> None:
    try:
        done = subprocess.run(
            [python, "-c", _QUESTION],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"The interpreter does not answer ({error})", python, _REMEDY) from None
    answers = [line.split() for line in done.stdout.splitlines() if line.startswith("gradscope ")]
    if not answers:
        raise CommandError("The interpreter does not answer as a Python does", python, _REMEDY)
    _, new_enough, version, has_torch = answers[-1]
    if new_enough != "True":
        raise CommandError(f"Python {version} is too old, 3.10 is needed", python, _REMEDY)
    if has_torch != "True":
        raise CommandError(
            "This interpreter has no torch", python, f"install it there ({python} -m pip install torch), or {_REMEDY}"
        )


def _require_device(python: str, device: str) -> None:
    from gradscope.session.interpreter import probe_interpreter

    found = probe_interpreter(python)
    if found.error:
        raise CommandError(f"torch cannot be imported ({found.error})", python, _REMEDY)
    names = {name for full in found.devices for name in (full, full.partition(":")[0])}
    if device not in names:
        there = ", ".join(found.devices)
        raise CommandError(f"There is no device {device}", f"torch {found.torch} of {python}", f"it has {there}")


_REMEDY = "choose another one with --python PATH"
