"""``gradscope check``: no window, findings; of a training command, or of a recording. Exit 0 none, 1 findings."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .checks import require_runnable
from .errors import COULD_NOT_RUN
from .options import add_launch_options, launch_spec

if TYPE_CHECKING:
    from argparse import Namespace

    from gradscope.doctor.report import Kept
    from gradscope.session.launch import LaunchSpec

    from .words import CommandParser

FINDINGS = 1
ITERATIONS = 30
FORMATS = ("text", "json", "sarif")


def configure(parser: CommandParser) -> None:
    """Declare the options."""
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are written (text)")
    add_launch_options(parser)
    parser.epilog = f"Without --steps it ends after {ITERATIONS} iterations. Exit 0 none, 1 findings, 2 could not run."


def run(arguments: Namespace) -> int:
    """Look, write, and say by the exit code what came of it."""
    from gradscope.session.examination import examine_recording

    words = arguments.command
    if len(words) == 1 and words[0].endswith(".gscope"):
        kept = examine_recording(Path(words[0]))
    else:
        spec = replace(launch_spec(arguments, words, in_window=False), steps=arguments.steps or ITERATIONS)
        require_runnable(spec)
        found = _train(spec)
        if found is None:
            return COULD_NOT_RUN
        kept = found
    _write(kept, arguments.format)
    return FINDINGS if any(one.finding.severity != "note" for one in kept) else 0


def _train(spec: LaunchSpec) -> list[Kept] | None:
    """What the run gives reason to say. Its own output goes to our standard error: the other is for tools to read."""
    from gradscope.session.examination import Examiner
    from gradscope.session.session import Session

    examiner = Examiner()
    with tempfile.TemporaryDirectory(prefix="gradscope-") as folder:
        session = Session(examiner.hear, lambda _stream, text: print(text, end="", file=sys.stderr, flush=True))
        session.start(replace(spec, record_to=os.fspath(Path(folder) / "check.gscope")))
        try:
            session.wait()
            state = session.state
        finally:
            session.close(leave_running=False)
    if state.hello is None:
        print(f"gradscope: {state.explanation}", file=sys.stderr)
        return None
    return examiner.report.ordered()


def _write(kept: list[Kept], form: str) -> None:
    from gradscope.doctor import written

    text = {"text": written.text, "json": written.as_json, "sarif": written.sarif}[form](kept)
    try:
        print(text, flush=True)
    except BrokenPipeError:  # who reads it has read enough, as head has; at its end Python would complain once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
