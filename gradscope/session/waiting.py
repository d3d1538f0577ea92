"""Training that is held and has lost its window: who waits, how it is invited, and how it is ended like one's own.

Its probe leaves a file with its number in a folder of the user's own (``probe.redial``). Another one beside it, which
names our socket and token, is the invitation. The process is nobody's child of ours: that it has ended is seen, its
exit code is not.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ScriptError
from .launch import LaunchSpec
from .library import runs_folder
from .process import Ending

if TYPE_CHECKING:
    from .endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Waiting:
    """A training process that waits: its number, what it runs, where, and the files of its output ("" unknown)."""

    pid: int
    python: str
    command: tuple[str, ...]
    cwd: str
    stdout: str = ""
    stderr: str = ""

    def logs(self, instead: dict[str, Path]) -> dict[str, Path]:
        """The files of its output; empty ones of ours for what is not known."""
        known = {"stdout": self.stdout, "stderr": self.stderr}
        for stream, path in instead.items():
            if not known[stream]:
                path.touch()
        return {stream: Path(known[stream]) if known[stream] else path for stream, path in instead.items()}


def waiting_folder() -> Path:
    """Where those who wait say so; made, and for the user alone, when it is asked for."""
    folder = runs_folder().parent / "waiting"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    return folder


def all_waiting() -> list[Waiting]:
    """Those that wait now, by their numbers; what dead processes left is removed."""
    found = []
    for path in sorted(waiting_folder().glob("*.json")):
        told = _read(path)
        if told is not None and is_alive(told.pid):
            found.append(told)
        else:
            path.unlink(missing_ok=True)
    return sorted(found, key=lambda one: one.pid)


def find_waiting(pid: int) -> Waiting:
    """The one with that number.

    Raises:
        ScriptError: it does not wait.
    """
    found = next((one for one in all_waiting() if one.pid == pid), None)
    if found is None:
        raise ScriptError(
            "No held training waits for a window under this number",
            pid,
            "`gradscope attach` lists those that do; without --keep-held it runs on after three seconds",
        )
    return found


def attach_spec(one: Waiting) -> LaunchSpec:
    """What takes it over; a restart starts the same command anew."""
    spec = LaunchSpec(one.command, one.python, one.cwd, hold_at_end=True, hold_exceptions="uncaught", keep_held=True)
    return replace(spec, attach_to=one.pid)


def invite(one: Waiting, endpoint: Endpoint) -> None:
    """Tell it where to report."""
    path = waiting_folder() / f"{one.pid}.session"
    part = path.with_suffix(".part")
    part.write_text(f"{endpoint.address}\n{endpoint.token_file}\n", "utf-8")
    part.replace(path)


class AttachedProcess:
    """A process that another session started; the same face as ``TrainingProcess``."""

    def __init__(self, one: Waiting) -> None:
        self.pid = one.pid
        self._ending = Ending(self._signal)

    def poll(self) -> int | None:
        """None while it is there; then 0: what it ended with is not told to strangers."""
        return None if is_alive(self.pid) else 0

    def interrupt(self) -> None:
        """Pass Ctrl+C on, once."""
        self._signal("SIGINT")

    def stop(self) -> None:
        """End it, politely first; ``tick`` takes the further steps."""
        self._ending.begin()

    def tick(self) -> None:
        """Take the next step of a stop when its time has come."""
        self._ending.tick()

    def is_ending_group(self) -> bool:
        """Its group may hold what is not ours."""
        return False

    def abandon(self) -> None:
        """It runs on alone."""

    def _signal(self, name: str) -> bool:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(self.pid, getattr(signal, name, signal.SIGTERM))
            return True
        return False


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs; one that ended and was not waited for does not."""
    if sys.platform == "win32":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    return True


def _read(path: Path) -> Waiting | None:
    try:
        told = json.loads(path.read_text("utf-8"))
        return Waiting(
            int(told["pid"]),
            str(told["python"]),
            tuple(map(str, told["command"])),
            str(told["cwd"]),
            str(told["stdout"]),
            str(told["stderr"]),
        )
    except (OSError, ValueError, LookupError, TypeError):
        return None
