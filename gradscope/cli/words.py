"""How a command line is read: our options first, then a training command that is passed on untouched."""

from __future__ import annotations

from argparse import Action, ArgumentParser, HelpFormatter
from typing import Any, NoReturn

from .errors import CommandError


class CommandParser(ArgumentParser):
    """A parser whose mistakes are one sentence, and which knows the options that take a value."""

    def __init__(self, program: str, usage: str = "", description: str = "") -> None:
        self.valued: set[str] = set()
        super().__init__(
            prog=program,
            usage=f"{program} {usage}" if usage else None,
            description=_sentence(description),
            allow_abbrev=False,
            formatter_class=_Formatter,
        )

    def add_argument(self, *names: Any, **kinds: Any) -> Action:
        """As ever; options with a value are remembered for ``split_command``."""
        if kinds.get("action", "store") in ("store", "append"):
            self.valued.update(name for name in names if name.startswith("-"))
        return super().add_argument(*names, **kinds)

    def error(self, message: str) -> NoReturn:
        """One sentence instead of a usage text and a sentence."""
        raise CommandError("The command line is not understood", message, f"see {self.prog} --help")


class _Formatter(HelpFormatter):
    def __init__(self, prog: str, **kinds: Any) -> None:
        super().__init__(prog, max_help_position=32, **kinds)


def split_command(words: list[str], valued: set[str]) -> tuple[list[str], list[str]]:
    """Our options and the training command behind them; ``--`` between the two may be left out.

    The command begins at the first word that is no option of ours and no option's value, or at ``-m``.
    """
    index = 0
    while index < len(words):
        word = words[index]
        if word == "--":
            return words[:index], words[index + 1 :]
        if word == "-m" or not word.startswith("-"):
            break
        index += 2 if word in valued else 1
    return words[:index], words[index:]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." if text else ""
