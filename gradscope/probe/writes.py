"""In-place operations of this iteration, seen as they happen: which line brought which memory to which version.

Only detail level sees them. A note is a few numbers and texts; no tensor is kept. Memory is known by its address, which
is right as long as somebody still holds it - and what is asked for here was saved by a node that still does.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import torch

from ..wire.faults import Write
from . import traces
from .compat import version_of
from .naming import tensor_names, user_frame

if TYPE_CHECKING:
    from types import FrameType

    Versions = list[tuple[torch.Tensor, int]]

MOST_NOTED = 4096
_PLAIN = (torch.Tensor, torch.nn.Parameter)


class Note:
    """One in-place operation on one piece of memory."""

    __slots__ = ("address", "after", "before", "file", "function", "line", "name", "operation")

    def __init__(self, address: int, before: int, after: int, operation: str) -> None:
        self.address, self.before, self.after, self.operation = address, before, after, operation
        self.file, self.line, self.function, self.name = "", -1, "", ""

    def write(self) -> Write:
        """As it is told."""
        return Write(traces.trace_line(self.file, self.line, self.function), self.operation, self.before, self.after)


class Writes:
    """The newest notes."""

    def __init__(self) -> None:
        self._notes: deque[Note] = deque(maxlen=MOST_NOTED)

    @staticmethod
    def look(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Versions:
        """The versions of what a call is given, to be compared once it has returned."""
        found: Versions = []
        try:
            for value in args:
                if type(value) in _PLAIN:
                    found.append((value, version_of(value)))
                elif type(value) in (list, tuple):
                    found += [(item, version_of(item)) for item in value if type(item) in _PLAIN]
            if kwargs:
                found += [(value, version_of(value)) for value in kwargs.values() if type(value) in _PLAIN]
        except RuntimeError:  # an inference tensor has no version
            return []
        return found

    def compare(self, versions: Versions, operation: str, caller: FrameType | None, named: bool) -> None:
        """Note what was written to since ``look``; ``named``: the target's name in the user's frame is wanted too."""
        changed = [(tensor, version) for tensor, version in versions if version_of(tensor) != version]
        if not changed:
            return
        frame = user_frame(start=caller) if caller is not None else None
        names = tensor_names(frame) if frame is not None and named else {}
        for tensor, version in changed:
            address = address_of(tensor)
            if address <= 0:
                continue
            note = Note(address, version, version_of(tensor), operation)
            note.name = names.get(id(tensor), "")
            if frame is not None:
                code = frame.f_code
                note.file, note.line, note.function = code.co_filename, frame.f_lineno or -1, code.co_name
            self._notes.append(note)

    def between(self, address: int, expected: int, found: int) -> list[Note]:
        """What brought this memory from one version to another, oldest first; the last note of each version counts."""
        by_version = {note.after: note for note in self._notes if note.address == address}
        return [by_version[version] for version in sorted(by_version) if expected < version <= found]

    def clear(self) -> None:
        """Forget everything."""
        self._notes.clear()


def address_of(tensor: torch.Tensor) -> int:
    """Where the memory of a tensor lies; -1 for one that has none of its own."""
    try:
        return int(tensor.untyped_storage().data_ptr())
    except (RuntimeError, NotImplementedError):
        return -1
