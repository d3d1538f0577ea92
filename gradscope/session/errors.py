"""What may go wrong between a person and a run, in words for that person: what happened, where, and what to do."""

from __future__ import annotations


class SessionError(Exception):
    """A run cannot be started, listened to or kept.

    Attributes:
        what: what happened.
        where: what it touched: a file, a command, an interpreter.
        remedy: what the person can do.
    """

    def __init__(self, what: str, where: object, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = str(where)
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}: {self.where}; {self.remedy}"


class ScriptError(SessionError):
    """The command that was asked for cannot be run: no such script, folder or interpreter."""


class RecordingError(SessionError):
    """A file is not a recording, is damaged, or cannot be written. It is left as it is."""
