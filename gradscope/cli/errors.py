"""What a person is told when a command cannot do its work, and the exit codes."""

from __future__ import annotations

COULD_NOT_RUN = 2
INTERRUPTED = 130


class CommandError(Exception):
    """One sentence: what happened and where, then what to do."""

    def __init__(self, what: str, where: object, remedy: str) -> None:
        super().__init__(f"{what}: {where}; {remedy}")
