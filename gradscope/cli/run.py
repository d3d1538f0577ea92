"""``gradscope run``: the window on a training command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .breaks import add_break_option, breakpoints, detail_from
from .checks import require_runnable, require_socket
from .display import require_display
from .options import add_launch_options, add_theme_option, launch_spec
from .window import open_window

if TYPE_CHECKING:
    from argparse import Namespace

    from .words import CommandParser


def configure(parser: CommandParser) -> None:
    """Declare the options."""
    add_launch_options(parser)
    parser.add_argument("--pause", action="store_true", help="stop before the first forward")
    parser.add_argument(
        "--keep-held",
        action="store_true",
        help="a pause outlives its window, until `gradscope attach` or the end of it",
    )
    add_break_option(parser)
    add_theme_option(parser)


def run(arguments: Namespace) -> int:
    """Check what can be checked, then open the window; the exit code."""
    stops = breakpoints(arguments)
    spec = launch_spec(arguments, arguments.command, in_window=True)
    spec = replace(spec, pause=arguments.pause, breakpoints=stops, detail_from=detail_from(stops))
    spec = replace(spec, keep_held=arguments.keep_held)
    require_runnable(spec)
    require_display()
    require_socket()
    return open_window(spec, arguments.theme)
