"""Follows a file that a process writes its output to, to the last byte, also after the process is gone.

A file and not a pipe: a script dies at its next print when the reader of its pipe is gone.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1 << 18


class Tail:
    """Gives what was added since the last look, as text. A character that is not whole yet waits."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def position(self) -> int:
        """Bytes given as text so far."""
        return self._file.tell() - len(self._decoder.getstate()[0])

    def read(self) -> str:
        """At most ``CHUNK`` bytes of what is new; "" if there is nothing."""
        return self._decoder.decode(self._file.read(CHUNK) or b"")

    def read_rest(self) -> str:
        """Everything up to the end of the file as it is now, a broken character at its end shown as such."""
        parts = []
        while data := self._file.read(CHUNK):
            parts.append(self._decoder.decode(data))
        parts.append(self._decoder.decode(b"", final=True))
        self._decoder.reset()
        return "".join(parts)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
