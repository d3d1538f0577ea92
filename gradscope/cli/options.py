"""Options that several commands share, and the launch that they describe."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

from .errors import CommandError

if TYPE_CHECKING:
    from argparse import Namespace

    from gradscope.session.launch import LaunchSpec

    from .words import CommandParser

THEMES = ("system", "light", "dark")


def add_launch_options(parser: CommandParser) -> None:
    """How and with what a training command runs."""
    parser.add_argument("--python", metavar="PATH", help="the interpreter (default: $VIRTUAL_ENV's, else this one)")
    parser.add_argument("--steps", type=positive, metavar="N", help="end the run after N iterations")
    parser.add_argument("--level", choices=("light", "detail"), default="light", help="how much is captured (light)")
    parser.add_argument("--device", metavar="NAME", help="torch's default device, such as cuda:0")
    parser.add_argument("--cwd", metavar="DIR", help="the folder to run in")


def add_theme_option(parser: CommandParser) -> None:
    """How the window looks this time."""
    parser.add_argument("--theme", choices=THEMES, help="how the window looks this time (default: as set in it)")


def launch_spec(arguments: Namespace, command: tuple[str, ...], *, in_window: bool) -> LaunchSpec:
    """What to run, from parsed options. In a window a script is held once more when it is about to end."""
    from gradscope.session.launch import LaunchSpec

    if not command:
        raise CommandError("There is no command to run", "the command line ends", "add one, such as train.py --lr 0.1")
    return LaunchSpec(
        command=command,
        python=arguments.python,
        cwd=arguments.cwd,
        device=arguments.device,
        level=arguments.level,
        hold_at_end=in_window,
        hold_exceptions="uncaught" if in_window else "",
        steps=arguments.steps or -1,
    )


def positive(text: str) -> int:
    """A number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)
