"""The process that lays out what may take long: ``python -m gradscope.layout.worker``.

It reads requests from stdin and writes layouts to stdout, one after the other, and ends when its stdin does, however
the window that started it may have died.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

from .engine import answer, composer
from .frames import read_request, write_layout


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer every request until there are no more, or nobody reads the answers."""
    remembered = composer()
    while (request := read_request(requests)) is not None:
        try:
            write_layout(answers, answer(request, remembered))
        except BrokenPipeError:
            return


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
