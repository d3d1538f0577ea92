"""Runs a training command under the session without a window, its output passed through."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TYPE_CHECKING

from .errors import COULD_NOT_RUN

if TYPE_CHECKING:
    from typing import TextIO

    from gradscope.session.launch import LaunchSpec

SHOWN_HITS = 5
SIGNAL_BASE = 128  # a shell's exit code for a process that a signal ended


def train(spec: LaunchSpec) -> int:
    """Run to the end; the script's exit code as a shell would tell it.

    Ctrl+C is passed on once and the script answers it as it likes; a second one, or SIGTERM, stops it.

    Raises:
        SessionError: it cannot be started, listened to or recorded.
    """
    from gradscope.session.session import Session

    findings = Findings()
    session = Session(lambda _, message: findings.hear(message), OutputPassedOn())
    session.start(spec)
    before = signal.signal(signal.SIGTERM, lambda *_: session.stop())
    interrupts = 0
    try:
        while True:
            try:
                code = session.wait()
                break
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts == 1:
                    session.interrupt()
                else:
                    session.stop()
        explanation = session.state.explanation
    finally:
        signal.signal(signal.SIGTERM, before)
        session.close(leave_running=False)
    for line in (*findings.lines(), explanation):
        if line:
            print(f"gradscope: {line}", file=sys.stderr)
    if code is None:
        return COULD_NOT_RUN
    return SIGNAL_BASE - code if code < 0 else code


class Findings:
    """What breakpoints found in a run that nobody watches; the first few of each."""

    def __init__(self) -> None:
        self._hits: dict[int, list[str]] = {}
        self._counts: dict[int, int] = {}

    def hear(self, message: object) -> None:
        """A message of the run."""
        from gradscope.wire.messages import BreakpointHit

        if isinstance(message, BreakpointHit):
            self._counts[message.number] = message.hits
            lines = self._hits.setdefault(message.number, [])
            if len(lines) < SHOWN_HITS:
                lines.append(f"iteration {message.iteration}: {message.text}")

    def lines(self) -> list[str]:
        """One for each hit that is shown, one for what is left out."""
        told = []
        for number, lines in self._hits.items():
            more = self._counts[number] - len(lines)
            told += [*lines, *([f"... and {more} more times, all in the recording"] if more > 0 else [])]
        return told


class OutputPassedOn:
    """Writes what the script wrote to our own streams, until nobody reads them any more."""

    def __init__(self) -> None:
        self._streams: dict[str, TextIO] = {"stdout": sys.stdout, "stderr": sys.stderr}
        for stream in self._streams.values():
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal may know fewer characters than the script

    def __call__(self, name: str, text: str) -> None:
        stream = self._streams.get(name)
        if stream is None:
            return
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            # ``record ... | head``: training goes on, and what it says stays in the recording. What is left in the
            # stream's buffer must go somewhere, or Python complains about it at its end.
            del self._streams[name]
            with open(os.devnull, "w") as nowhere:  # noqa: PTH123  # a device, not a path
                os.dup2(nowhere.fileno(), stream.fileno())
