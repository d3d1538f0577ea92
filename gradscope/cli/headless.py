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

SIGNAL_BASE = 128  # a shell's exit code for a process that a signal ended


def train(spec: LaunchSpec) -> int:
    """Run to the end; the script's exit code as a shell would tell it.

    Ctrl+C is passed on once and the script answers it as it likes; a second one, or SIGTERM, stops it.

    Raises:
        SessionError: it cannot be started, listened to or recorded.
    """
    from gradscope.session.session import Session

    session = Session(lambda *_: None, OutputPassedOn())
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
    if explanation:
        print(f"gradscope: {explanation}", file=sys.stderr)
    if code is None:
        return COULD_NOT_RUN
    return SIGNAL_BASE - code if code < 0 else code


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
