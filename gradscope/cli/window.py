"""``gradscope [FILE]``: the window, on nothing, on a recording, or on a script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .checks import require_runnable, require_socket
from .display import require_display
from .errors import CommandError
from .options import add_theme_option

if TYPE_CHECKING:
    from argparse import Namespace

    from gradscope.app.theme import ThemeChoice
    from gradscope.session.launch import LaunchSpec

    from .words import CommandParser


def configure(parser: CommandParser) -> None:
    """Declare the option."""
    add_theme_option(parser)


def run(arguments: Namespace) -> int:
    """Open the window; the exit code."""
    target = _target(arguments.command)
    require_display()
    return open_window(target, arguments.theme)


def _target(words: tuple[str, ...]) -> LaunchSpec | Path | None:
    """What the window opens with; a script is paused before its first forward."""
    if not words:
        return None
    first = words[0]
    if first == "-m" or first.endswith((".py", ".pyw")):
        return _script(words)
    path = Path(first)
    if not path.suffix and not path.exists():
        raise CommandError("There is no such command or file", first, "see gradscope --help")
    if len(words) > 1:
        raise CommandError("One recording is opened at a time", " ".join(words), "give one file")
    from gradscope.session.schema import check_identity

    check_identity(path)
    return path


def _script(words: tuple[str, ...]) -> LaunchSpec:
    from gradscope.session.launch import LaunchSpec

    spec = LaunchSpec(words, pause=True, hold_at_end=True, hold_exceptions="uncaught")
    require_runnable(spec)
    require_socket()
    return spec


def open_window(target: LaunchSpec | Path | None, theme: ThemeChoice | None) -> int:
    """Load Qt and hand over; the exit code of the application.

    Raises:
        CommandError: Qt's libraries cannot be loaded.
    """
    try:
        from gradscope.app.application import run_application
    except ImportError as error:
        raise qt_error(error) from None
    return run_application(target, theme=theme)


def qt_error(error: ImportError) -> CommandError:
    """A missing system library in a person's words; any other failed import is ours and stays a traceback."""
    if ".so" not in str(error):
        raise error
    return CommandError("Qt cannot be loaded", error, "install the system packages that the README lists")
