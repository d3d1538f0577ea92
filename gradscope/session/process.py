"""The training process: started in its own group, its output in files, stopped in three steps, its end explained.

It outlives the session unless it is stopped: it has its own process group, no pipe leads to it, and a terminal's hangup
or Ctrl+C does not reach it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from time import monotonic
from typing import TYPE_CHECKING

from .errors import ScriptError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRACE = 3.0  # seconds between the steps of a stop
UNREPORTED_AFTER = 30.0
WHY_UNREPORTED = (
    "It may not have imported torch or trained anything; Python may run with -I, -E or -S; a wrapper (docker, sudo, "
    "env -i) may have replaced PYTHONPATH; or it runs in a container. Run the script itself with a Python that has "
    "torch, and keep PYTHONPATH."
)
_STOPS = ("SIGINT", "SIGTERM", "SIGKILL")


class Ending:
    """The three steps of a stop: SIGINT now, SIGTERM after 3 s, SIGKILL after 3 s more; ``tick`` takes them.

    ``signal`` sends one of them by name, and says whether there was anybody to get it.
    """

    def __init__(self, signal: Callable[[str], bool]) -> None:
        self._signal = signal
        self._steps = iter(_STOPS)
        self._next = 0.0
        self.under_way = False

    def begin(self) -> None:
        """Take the first step now; once."""
        if not self.under_way:
            self.under_way = True
            self.tick()

    def tick(self) -> None:
        """Take the next step when its time has come."""
        if self.under_way and monotonic() >= self._next:
            step = next(self._steps, None)
            if step is None or not self._signal(step):
                self.under_way = False
            self._next = monotonic() + GRACE


class TrainingProcess:
    """One started command. ``poll`` and ``tick`` belong to one thread; ``stop`` and ``interrupt`` to the same.

    Raises:
        ScriptError: the system refuses to start it.
    """

    def __init__(self, argv: list[str], environment: dict[str, str], cwd: Path, stdout: Path, stderr: Path) -> None:
        # A closed or foreign stdin would make input() hang; the terminal's own still serves pdb and input().
        inherit = sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()
        try:
            with stdout.open("wb") as out, stderr.open("wb") as err:
                self._popen = subprocess.Popen(
                    argv,
                    cwd=cwd,
                    env=environment,
                    stdin=None if inherit else subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    start_new_session=True,
                    creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                )
        except OSError as error:
            raise ScriptError(
                f"The command cannot be started ({error.strerror})", argv[0], "check that it is an executable program"
            ) from error
        self._ending = Ending(self._signal)

    @property
    def pid(self) -> int:
        """Id of the process, and of its group."""
        return self._popen.pid

    def poll(self) -> int | None:
        """None while it runs; then its exit code, below 0 the signal that ended it."""
        return self._popen.poll()

    def interrupt(self) -> None:
        """Pass Ctrl+C on, once."""
        self._signal("SIGINT")

    def stop(self) -> None:
        """End the whole group, politely first; ``tick`` takes the further steps."""
        self._ending.begin()

    def tick(self) -> None:
        """Take the next step of a stop when its time has come."""
        self._ending.tick()

    def is_ending_group(self) -> bool:
        """A stop is under way, and some process of the group is still there."""
        if not self._ending.under_way or sys.platform == "win32":
            return False
        try:
            os.killpg(self._popen.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def abandon(self) -> None:
        """Let it run on alone. A thread waits for it, so that it leaves no zombie while this process lives."""
        threading.Thread(target=self._popen.wait, name="gradscope-reaper", daemon=True).start()

    def _signal(self, name: str) -> bool:
        if sys.platform == "win32":
            if self._popen.poll() is None:
                self._popen.send_signal(signal.CTRL_BREAK_EVENT if name == "SIGINT" else signal.SIGTERM)
            return self._popen.poll() is None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, getattr(signal, name))
            return True
        return False


def explain_end(code: int, reported: bool, stopped: bool = False, error: str = "") -> str:
    """Why a process ended, in words; "" for a plain success.

    Args:
        code: exit code, below 0 a signal.
        reported: a probe had reported from it.
        stopped: the user asked for it.
        error: the exception that left the script, if its probe told.
    """
    if stopped:
        slow = " by SIGKILL, because it reacted neither to SIGINT nor to SIGTERM" if code == -9 else ""
        return f"Stopped{slow}."
    sentences = []
    if code < 0:
        sentences.append(f"The command was ended by {signal_name(-code)}{_HINTS.get(-code, '')}.")
    elif error:
        sentences.append(f"The script ended with an exception: {error}")
    elif code > 0:
        sentences.append(f"The command ended with exit code {code}; the console shows what it wrote.")
    if not reported:
        sentences.append(f"The command ended without a probe reporting from it. {WHY_UNREPORTED}")
    return " ".join(sentences)


def signal_name(number: int) -> str:
    """``SIGKILL`` for 9; ``signal 99`` for one without a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_HINTS = {
    9: " (killed from outside, or the system ran out of memory)",
    11: " (a crash in native code)",
    6: " (an abort in native code)",
    4: " (an instruction that this processor does not know)",
    7: " (a bad memory access, often a shared memory that is full)",
}
