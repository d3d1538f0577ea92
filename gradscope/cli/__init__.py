"""The command line, one file a command. Nothing is imported before a command is chosen.

A command module has ``configure(parser)`` and ``run(arguments) -> int``, and one line in ``registry``. What a person
can get wrong leaves with exit code 2 and one sentence: what happened, where, and what to do.
"""

from __future__ import annotations

import sys

from .errors import COULD_NOT_RUN, INTERRUPTED, CommandError
from .registry import WINDOW, Command, find_command, load
from .words import CommandParser, split_command


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] in (["-h"], ["--help"]):
        from .overview import overview

        print(overview())
        return 0
    if words[:1] == ["--version"]:
        from gradscope import __version__

        print(f"gradscope {__version__}")
        return 0
    command = find_command(words[0]) if words else None
    return _run(command or WINDOW, words[1:] if command else words)


def _run(command: Command, words: list[str]) -> int:
    from gradscope.session.errors import SessionError

    module = load(command)
    parser = CommandParser(command.program, command.usage, command.help)
    module.configure(parser)
    try:
        options, training = split_command(words, parser.valued) if command.takes_command else (words, [])
        arguments = parser.parse_args(options)
        arguments.command = tuple(training)
        return module.run(arguments)
    except (CommandError, SessionError) as error:
        print(f"{command.program}: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        return INTERRUPTED
