"""What to run and how: the command as the user gave it, turned into arguments and environment of a process."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import ScriptError
from .interpreter import find_python

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradscope.wire.messages import Breakpoint

BOOTSTRAP = Path(__file__).resolve().parent.parent / "probe" / "bootstrap"


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """A training command and the wishes that go with it.

    ``command`` stands without the interpreter for ``train.py args`` and ``-m module args``; anything else is a program
    that ends in Python, such as torchrun. ``steps`` ends the run after so many iterations (-1: no limit).
    ``record_to`` names the recording; None lets the session choose a place. ``hold_exceptions`` says which exceptions
    hold the script: none, those that nothing in it will catch, or all that are raised. With level "detail", iterations
    before ``detail_from`` run light all the same. With ``keep_held`` a pause outlives its window, until one attaches;
    ``attach_to`` is the number of a process that waits so: it is taken over instead of started.
    """

    command: tuple[str, ...]
    python: str | None = None
    cwd: str | None = None
    device: str | None = None
    level: Literal["light", "detail", "off"] = "light"
    pause: bool = False
    hold_at_end: bool = False
    steps: int = -1
    record_to: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    hold_exceptions: Literal["", "uncaught", "raised"] = ""
    breakpoints: tuple[Breakpoint, ...] = ()
    detail_from: int = 0
    keep_held: bool = False
    attach_to: int = -1

    @property
    def folder(self) -> Path:
        """The folder that the command runs in."""
        return Path(self.cwd).expanduser().absolute() if self.cwd else Path.cwd()

    @property
    def name(self) -> str:
        """The script's, module's or program's name, for a title or a file name."""
        words = [word for word in self.command if word.endswith(".py")]
        if words:
            return Path(words[0]).stem
        if len(self.command) > 1 and self.command[0] == "-m":
            return self.command[1].rpartition(".")[2]
        return Path(self.command[0]).stem if self.command else "run"


def arguments(spec: LaunchSpec) -> list[str]:
    """The arguments of the process: the interpreter in front where the command is Python's.

    Raises:
        ScriptError: the folder, the script, the program or the interpreter is not there.
    """
    if not spec.command:
        raise ScriptError("There is nothing to run", "an empty command", "give a script, for example train.py")
    if not spec.folder.is_dir():
        raise ScriptError("The working folder does not exist", spec.folder, "choose one that does with --cwd")
    first = spec.command[0]
    if first.startswith("-"):
        return [find_python(spec.python), *spec.command]
    script = spec.folder / Path(first).expanduser()
    if first.endswith((".py", ".pyw")):
        if not script.is_file():
            raise ScriptError("The script was not found", script, "check the path, or the folder given with --cwd")
        return [find_python(spec.python), *spec.command]
    program = _program(spec, first)
    if program is not None:
        return [program, *spec.command[1:]]
    if script.is_file():
        return [find_python(spec.python), *spec.command]
    raise ScriptError("The program was not found", first, "give a script such as train.py, or a program on PATH")


def environment(
    spec: LaunchSpec,
    endpoint: str,
    token_file: Path,
    inherited: Mapping[str, str] | None = None,
    waiting: Path | None = None,
) -> dict[str, str]:
    """The environment of the process: the inherited one, the way in for the probe, and the spec's own.

    ``waiting`` is the folder where it says that it waits for another session.
    """
    result = dict(os.environ if inherited is None else inherited)
    result = {name: value for name, value in result.items() if not name.startswith("GRADSCOPE_")}
    result.update(spec.environment)
    earlier = result.get("PYTHONPATH", "")
    result["PYTHONPATH"] = str(BOOTSTRAP) + (os.pathsep + earlier if earlier else "")
    result["PYTHONUNBUFFERED"] = "1"
    result["GRADSCOPE_ENDPOINT"] = endpoint
    result["GRADSCOPE_TOKEN_FILE"] = str(token_file)
    if waiting is not None:
        result["GRADSCOPE_WAITING"] = str(waiting)
    if spec.device:
        result["GRADSCOPE_DEVICE"] = spec.device
    return result


def _program(spec: LaunchSpec, name: str) -> str | None:
    """A program by path, beside the interpreter that was asked for (its torchrun), or on PATH."""
    if os.sep in name or (os.altsep and os.altsep in name):
        found = shutil.which(str(spec.folder / Path(name).expanduser()))
        return str(Path(found).absolute()) if found else None
    beside = str(Path(find_python(spec.python)).parent)
    dirs = [beside] if spec.python else []
    search = os.pathsep.join([*dirs, dict(spec.environment).get("PATH", os.environ.get("PATH", os.defpath))])
    return shutil.which(name, path=search) or (None if sys.platform == "win32" else shutil.which(name, path=beside))
