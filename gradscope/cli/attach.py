"""``gradscope attach``: the window on training that is held somewhere and has lost its window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .checks import require_socket
from .display import require_display
from .errors import CommandError
from .options import add_theme_option, positive
from .window import open_window

if TYPE_CHECKING:
    from argparse import Namespace

    from .words import CommandParser


def configure(parser: CommandParser) -> None:
    """Declare the options."""
    parser.add_argument("pid", metavar="PID", type=positive, nargs="?", help="its number, where several wait")
    add_theme_option(parser)


def run(arguments: Namespace) -> int:
    """Find who waits and open the window on it; the exit code."""
    from gradscope.session.waiting import all_waiting, attach_spec, find_waiting

    if arguments.pid is None:
        waiting = all_waiting()
        if not waiting:
            raise CommandError("No training waits for a window", "this machine", "see --keep-held of gradscope run")
        if len(waiting) > 1:
            for one in waiting:
                print(f"{one.pid:>8}  {' '.join(one.command)}  ({one.cwd})")
            raise CommandError("Several wait", f"{len(waiting)} processes", "give the number of one")
        one = waiting[0]
    else:
        one = find_waiting(arguments.pid)
    require_display()
    require_socket()
    return open_window(attach_spec(one), arguments.theme)
