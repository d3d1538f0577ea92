"""From what a person types or chooses to a ``LaunchSpec``, and a script's own arguments found by reading it.

A script is never run to find its arguments: its text is parsed, and ``add_argument("--lr", default=0.1)`` is taken as
the field ``lr``. What cannot be read that way has no field; the command itself can always be edited.
"""

from __future__ import annotations

import ast
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gradscope.resources import resource
from gradscope.session.launch import LaunchSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

# Arguments that are worth a field of their own, by their name without dashes.
FIELDS = ("lr", "learning-rate", "learning_rate", "epochs", "batch-size", "batch_size", "optimizer", "hidden", "width")


def lessons() -> dict[str, Path]:
    """Lessons by topic, in their order: ``{"line": .../01_line.py, ...}``."""
    try:
        folder = resource("lessons")
    except FileNotFoundError:
        return {}
    return {path.stem.partition("_")[2]: path for path in sorted(folder.glob("[0-9]*_*.py"))}


def lesson_of(spec: LaunchSpec) -> str:
    """The topic if the command is a lesson's, else ""."""
    script = script_of(spec)
    return next((topic for topic, path in lessons().items() if script is not None and path == script), "")


def script_of(spec: LaunchSpec) -> Path | None:
    """The script that a command runs; None for a module or another program."""
    first = spec.command[0] if spec.command else ""
    return spec.folder / Path(first).expanduser() if first.endswith((".py", ".pyw")) else None


def stepped(command: tuple[str, ...], cwd: str | None = None) -> LaunchSpec:
    """A command as the window starts it: held before its first forward, and once more at its end."""
    return LaunchSpec(command, cwd=cwd, pause=True, hold_at_end=True, hold_exceptions="uncaught")


def for_script(path: Path) -> LaunchSpec:
    """A script as one would start it from its own folder."""
    return stepped((str(path.absolute()),), str(path.absolute().parent))


def for_text(text: str, cwd: str | None = None) -> LaunchSpec | None:
    """A command as it is typed; a leading ``python`` is GradScope's to choose. None where nothing is meant."""
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if words and Path(words[0]).name in ("python", "python3"):
        words = words[1:]
    return stepped(tuple(words), cwd) if words else None


def fields_of(spec: LaunchSpec) -> dict[str, str]:
    """The script's own arguments worth a field, with the texts that they have in this command."""
    script = script_of(spec)
    defaults = _defaults(script) if script is not None else {}
    return {name: _given(spec.command, name) or default for name, default in defaults.items()}


def takes_device(spec: LaunchSpec) -> bool:
    """Whether the command is a lesson that is given its device by ``--device``."""
    script = script_of(spec)
    return bool(lesson_of(spec)) and script is not None and "device" in _arguments(script)


def with_fields(spec: LaunchSpec, fields: Mapping[str, str]) -> LaunchSpec | None:
    """The spec for a restart with what the training panel holds; None if its command makes no sense."""
    before = fields_of(spec)
    topic, text, device = fields.get("lesson", ""), fields.get("command", ""), fields.get("device", "")
    if topic and topic != lesson_of(spec):
        path = lessons().get(topic)
        if path is None:
            return None
        changed = replace(for_script(path), python=spec.python, device=spec.device)
    elif text and text != shlex.join(spec.command):
        typed = for_text(text, spec.cwd)
        if typed is None:
            return None
        changed = replace(spec, command=typed.command)
    else:
        command = spec.command
        for name, value in fields.items():
            if name in before and value and value != before[name]:
                command = _with_argument(command, name, value)
        changed = replace(spec, command=command)
    return with_device(changed, device) if device else changed


def with_device(spec: LaunchSpec, device: str) -> LaunchSpec:
    """A lesson gets ``--device``; any other script torch's default device."""
    if not takes_device(spec):
        return replace(spec, device=device)
    return replace(spec, device=None, command=_with_argument(spec.command, "device", device))


def device_of(spec: LaunchSpec) -> str:
    """The device that the command was asked to use, "" if none was named."""
    return spec.device or _given(spec.command, "device")


def _given(command: tuple[str, ...], name: str) -> str:
    flag = f"--{name}"
    for index, word in enumerate(command):
        if word == flag and index + 1 < len(command):
            return command[index + 1]
        if word.startswith(f"{flag}="):
            return word.partition("=")[2]
    return ""


def _with_argument(command: tuple[str, ...], name: str, value: str) -> tuple[str, ...]:
    flag = f"--{name}"
    words = list(command)
    for index, word in enumerate(words):
        if word == flag and index + 1 < len(words):
            words[index + 1] = value
            return tuple(words)
        if word.startswith(f"{flag}="):
            words[index] = f"{flag}={value}"
            return tuple(words)
    return (*words, flag, value)


def _defaults(script: Path) -> dict[str, str]:
    found = _arguments(script)
    return {name: found[name] for name in FIELDS if found.get(name)}


def _arguments(script: Path) -> dict[str, str]:
    """Long options that a script declares, with the text of their default ("" where it is none or computed)."""
    try:
        tree = ast.parse(script.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}
    found: dict[str, str] = {}
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        if call.func.attr != "add_argument":
            continue
        texts = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
        name = next((text[2:] for text in texts if isinstance(text, str) and text.startswith("--")), "")
        default = next((word.value for word in call.keywords if word.arg == "default"), None)
        known = isinstance(default, ast.Constant) and default.value is not None
        if name:
            found[name] = str(default.value) if known and isinstance(default, ast.Constant) else ""
    return found
