"""``gradscope devices``: what an interpreter has to train on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import CommandError

if TYPE_CHECKING:
    from argparse import Namespace

    from .words import CommandParser


def configure(parser: CommandParser) -> None:
    """Declare the option."""
    parser.add_argument("--python", metavar="PATH", help="the interpreter (default: $VIRTUAL_ENV's, else this one)")


def run(arguments: Namespace) -> int:
    """Ask the interpreter and print its answer; the exit code."""
    from gradscope.session.interpreter import find_python, probe_interpreter

    found = probe_interpreter(find_python(arguments.python))
    if not found.torch:
        remedy = f"install it there ({found.python} -m pip install torch), or choose another one with --python PATH"
        raise CommandError(f"This interpreter has no torch that works ({found.error})", found.python, remedy)
    print(f"python   {found.version}  {found.python}")
    print(f"torch    {found.torch}")
    print(f"devices  {' '.join(found.devices)}")
    for device, name in found.names.items():
        print(f"         {device}: {name}")
    return 0
