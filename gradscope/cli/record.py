"""``gradscope record``: no window, a recording; exits with the script's own code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .breaks import add_break_option, breakpoints, detail_from
from .checks import require_runnable
from .headless import train
from .options import add_launch_options, launch_spec

if TYPE_CHECKING:
    from argparse import Namespace

    from .words import CommandParser


def configure(parser: CommandParser) -> None:
    """Declare the options."""
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="the recording to make (.gscope)")
    add_launch_options(parser)
    add_break_option(parser, "note in the recording, and at the end, where this came about; the script runs on")


def run(arguments: Namespace) -> int:
    """Record; the script's exit code."""
    spec = launch_spec(arguments, arguments.command, in_window=False)
    require_runnable(spec)
    stops = breakpoints(arguments, log=True)
    spec = replace(spec, breakpoints=stops, detail_from=detail_from(stops))
    return train(replace(spec, record_to=str(Path(arguments.output).absolute())))
