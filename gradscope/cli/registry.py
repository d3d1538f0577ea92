"""Every command in one table, and the one place that imports a module by its name."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from argparse import Namespace

    from .words import CommandParser


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table. ``takes_command``: its words end with a training command that is not ours to parse."""

    name: str
    usage: str
    help: str
    takes_command: bool = False

    @property
    def program(self) -> str:
        """What stands before its words on the command line."""
        return "gradscope" if self is WINDOW else f"gradscope {self.name}"


class CommandModule(Protocol):
    """What a command's file holds."""

    def configure(self, parser: CommandParser) -> None:
        """Declare its arguments."""

    def run(self, arguments: Namespace) -> int:
        """Do it; the exit code."""


WINDOW = Command(
    "window",
    "[--theme NAME] [FILE.gscope | SCRIPT.py [ARGUMENTS]]",
    "the window: on a recording, or a script paused at its start",
    takes_command=True,
)
COMMANDS = (
    Command("demo", "[options] [LESSON [ARGUMENTS]]", "a lesson, paused before its first forward", takes_command=True),
    Command("run", "[options] [--] COMMAND...", "the window on a training command", takes_command=True),
    Command("attach", "[PID]", "the window on training that is held and lost its window"),
    Command("record", "[options] -o FILE [--] COMMAND...", "no window: a recording", takes_command=True),
    Command("check", "[options] [--] COMMAND... | FILE", "no window: what is wrong, found", takes_command=True),
    Command(
        "export",
        "FILE -o OUT.{json,dot,graphml,svg,png,pdf} [options]",
        "a recording as a picture, or as data for others",
    ),
    Command("devices", "[--python PATH]", "torch version and devices of an interpreter"),
)


def find_command(name: str) -> Command | None:
    """The command of that name."""
    return next((command for command in COMMANDS if command.name == name), None)


def load(command: Command) -> CommandModule:
    """Import the file of one command, and only that."""
    return cast("CommandModule", importlib.import_module(f"{__package__}.{command.name}"))
