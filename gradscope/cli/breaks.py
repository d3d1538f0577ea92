"""``--break``: where a run is to stop, as one word."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

    from gradscope.wire.messages import Breakpoint

    from .words import CommandParser

_COMPARED = re.compile(r"(norm|loss)\s*([<>])\s*(\S+)")
_HELP = (
    "stop where a gradient or the loss is NaN or Inf, a gradient's norm or the loss crosses X, an iteration begins, a"
    " module or a torch function is called, or a line of a file computes something (may be given several times)"
)


def add_break_option(parser: CommandParser, what: str = "") -> None:
    """``--break nonfinite|norm>X|loss>X|iteration=N|module=NAME|function=NAME|line=FILE:N``."""
    parser.add_argument("--break", dest="breaks", action="append", type=parse, metavar="WHERE", help=what or _HELP)


def breakpoints(arguments: Namespace, *, log: bool = False) -> tuple[Breakpoint, ...]:
    """Those that were asked for, numbered from 1; ``log``: without a window nobody could let the script go on."""
    from dataclasses import replace

    return tuple(replace(one, number=place, log=log) for place, one in enumerate(arguments.breaks or (), 1))


def detail_from(wanted: tuple[Breakpoint, ...]) -> int:
    """In detail the iteration before the first one that is waited for, and all after it; 0 if none is named."""
    named = [one.iteration for one in wanted if one.iteration >= 0]
    return max(0, min(named) - 1) if named else 0


def parse(text: str) -> Breakpoint:
    """One breakpoint.

    Raises:
        ArgumentTypeError: the word means nothing.
    """
    from gradscope.wire.messages import Breakpoint

    if text == "nonfinite":
        return Breakpoint(0, "any", condition="nonfinite")
    name, _, value = text.partition("=")
    if name == "iteration" and value.isdecimal():
        return Breakpoint(0, "phase", name="forward", iteration=int(value))
    if name == "module" and value:
        return Breakpoint(0, "call", call=value)
    if name == "function" and value:
        return Breakpoint(0, "function", operation=value)
    file, _, line = value.rpartition(":")
    if name == "line" and file and line.isdecimal():
        return Breakpoint(0, "line", name=file, occurrence=int(line))
    compared = _COMPARED.fullmatch(text)
    try:
        threshold = float(compared[3]) if compared else 0.0
    except ValueError:
        compared = None
    if compared is None:
        raise ArgumentTypeError(
            f"{text!r} is none of nonfinite, norm>X, loss>X, iteration=N, module=NAME, function=NAME, line=FILE:N"
        )
    kind, condition = ("any" if compared[1] == "norm" else "loss"), ("above" if compared[2] == ">" else "below")
    return Breakpoint(0, kind, condition=condition, threshold=threshold)  # type: ignore[arg-type]  # two of each
