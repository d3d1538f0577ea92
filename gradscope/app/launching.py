"""From what a person types or chooses to a ``LaunchSpec``, and a script's own arguments found by reading it.

A script is never run to find its arguments: its text is parsed, and ``add_argument("--lr", default=0.1)`` is taken as
the field ``lr``. What cannot be read that way has no field; the command itself can always be edited.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradscope.app.declared import NO, YES, Argument, declared_arguments
from gradscope.resources import resource
from gradscope.session.launch import LaunchSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

# Arguments that are worth a field of their own, by their name without dashes.
FIELDS = ("lr", "learning-rate", "learning_rate", "epochs", "batch-size", "batch_size", "optimizer", "hidden", "width")
SURROUNDINGS = ("run.python", "run.folder", "run.environment")
_DEVICE = re.compile(r"cpu|mps|(cuda|xpu)(:\d+)?")


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
    found = declared_arguments(script) if script is not None else {}
    defaults = {name: found[name].default for name in FIELDS if name in found and found[name].default}
    return {name: _given(spec.command, name) or default for name, default in defaults.items()}


def declared_of(spec: LaunchSpec) -> dict[str, Argument]:
    """Everything that the script declares but its device; ``default`` is what this command gives."""
    script = script_of(spec)
    found = declared_arguments(script) if script is not None else {}
    own = takes_device(spec)
    return {
        name: replace(one, default=_now(spec.command, one))
        for name, one in found.items()
        if not (own and name == "device")
    }


def form_of(spec: LaunchSpec) -> dict[str, Any]:
    """What the training panel is told of a command, by the names of its ``set_launch``."""
    return {
        "fields": fields_of(spec),
        "takes_device": takes_device(spec),
        "declared": declared_of(spec),
        "surroundings": surroundings_of(spec),
    }


def surroundings_of(spec: LaunchSpec) -> dict[str, str]:
    """Interpreter, folder and environment of a command, as the form holds them; "" is GradScope's own choice."""
    texts = (spec.python or "", spec.cwd or "", "\n".join(f"{name}={value}" for name, value in spec.environment))
    return dict(zip(SURROUNDINGS, texts, strict=True))


def takes_device(spec: LaunchSpec) -> bool:
    """Whether the command is given its device by ``--device``: lessons and trainings of the studio are."""
    script = script_of(spec)
    device = declared_arguments(script).get("device") if script is not None else None
    return device is not None and device.kind == "text" and bool(_DEVICE.fullmatch(device.default))


def with_fields(spec: LaunchSpec, fields: Mapping[str, str]) -> LaunchSpec | None:
    """The spec for a restart with what the training panel holds; None if its command makes no sense."""
    declared = declared_of(spec)
    spec = _with_surroundings(spec, fields)
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
            if name in declared and value != declared[name].default:
                command = _with_value(command, declared[name], value)
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


def _with_surroundings(spec: LaunchSpec, fields: Mapping[str, str]) -> LaunchSpec:
    python, folder, lines = (fields.get(name) for name in SURROUNDINGS)
    if python is not None:
        spec = replace(spec, python=python or None)
    if folder is not None:
        spec = replace(spec, cwd=folder or None)
    if lines is not None:
        pairs = [line.partition("=") for line in lines.splitlines() if "=" in line]
        spec = replace(spec, environment=tuple((name.strip(), value.strip()) for name, _, value in pairs))
    return spec


def _now(command: tuple[str, ...], argument: Argument) -> str:
    if argument.kind == "flag":
        return YES if f"--{argument.name}" in command else NO
    return _given(command, argument.name) or argument.default


def _with_value(command: tuple[str, ...], argument: Argument, value: str) -> tuple[str, ...]:
    """The command with another value of an argument; without it where the value is none."""
    flag = f"--{argument.name}"
    if argument.kind == "flag":
        without = tuple(word for word in command if word != flag)
        return (*without, flag) if value == YES else without
    if value:
        return _with_argument(command, argument.name, value)
    words = [word for word in command if not word.startswith(f"{flag}=")]
    if flag in words:
        at = words.index(flag)
        del words[at : at + 2]
    return tuple(words)


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
