"""What a client asks for: arguments, environment, folder, and the three files that a process begins with."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

# Python, torch and the C library read these once, when they start: a script with others needs a process of its own.
READ_AT_START = (
    "COVERAGE",
    "GLIBC_",
    "GOMP_",
    "KMP_",
    "LD_",
    "MALLOC_",
    "MKL_",
    "OMP_",
    "PYTHON",
    "PYTORCH",
    "TORCH_",
)
READ_LATER = ("PYTHONPATH", "PYTHONUNBUFFERED")


class Request:
    """One script to run. Reading it blocks until the client has sent the whole."""

    def __init__(self, client: socket.socket) -> None:
        head, self.files, _, _ = socket.recv_fds(client, 4, 3)
        left = int.from_bytes(head, "big")
        told = bytearray()
        while len(told) < left:
            told += client.recv(left - len(told))
        asked = json.loads(told)
        self.arguments: list[str] = asked["arguments"]
        self.environment: dict[str, str] = asked["environment"]
        self.folder: str = asked["folder"]

    def suits(self, environment: dict[str, str]) -> bool:
        """A fork of a process with that environment can run it: a file, ``-c`` or ``-m``, nothing read at the start."""
        first, *rest = [*self.arguments, ""]
        runs = (first in ("-c", "-m") and len(rest) > 1) or (
            first.endswith(".py") and Path(self.folder, first).is_file()
        )
        return runs and _read_at_start(self.environment) == _read_at_start(environment)

    def close(self) -> None:
        """Let go of the files."""
        for file in self.files:
            os.close(file)


def _read_at_start(environment: dict[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name.startswith(READ_AT_START) and name not in READ_LATER
    }
