"""Runs a training command under the session without a window, its output passed through."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .errors import COULD_NOT_RUN

if TYPE_CHECKING:
    from gradscope.session.launch import LaunchSpec

SIGNAL_BASE = 128  # a shell's exit code for a process that a signal ended


def train(spec: LaunchSpec) -> int:
    """Run to the end; the script's exit code as a shell would tell it. Ctrl+C is passed on once; again stops it.

    Raises:
        SessionError: it cannot be started, listened to or recorded.
    """
    from gradscope.session.session import Session

    session = Session(lambda *_: None, _pass_through)
    session.start(spec)
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
        session.close(leave_running=False)
    if explanation:
        print(f"gradscope: {explanation}", file=sys.stderr)
    if code is None:
        return COULD_NOT_RUN
    return SIGNAL_BASE - code if code < 0 else code


def _pass_through(stream: str, text: str) -> None:
    out = sys.stderr if stream == "stderr" else sys.stdout
    out.write(text)
    out.flush()
