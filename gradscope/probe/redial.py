"""How a probe whose connection broke finds a session again: the same one, or another that was asked to attach.

The session that it had is dialled at once; a socket that broke costs a moment. Where nobody answers any more (the
window died), training that runs free is let go. Training that is held waits: ``KEPT_SECONDS``, or as long as it takes
where the user asked for that. Meanwhile it says in a file that it waits, in a folder that only the user may enter, and
looks there for an invitation, which names another session's socket and token. That session must prove the token like
any other.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEPT_SECONDS = 3.0
TRIES = 3  # at a session that still listens
PAUSE_SECONDS = 0.1
FOLDER = "GRADSCOPE_WAITING"


class Redial:
    """Where to dial again; ``held`` says whether training is held now."""

    def __init__(self, endpoint: str, token_file: str, held: Callable[[], bool]) -> None:
        self.endpoint, self.token_file = endpoint, token_file
        self.kept = False  # a pause outlives its window for as long as it takes
        self._held = held
        self._folder = os.environ.get(FOLDER, "")

    def tries(self) -> Iterator[tuple[str, str]]:
        """Endpoint and token file to try, one after the other, until there is nothing left to wait for."""
        for _ in range(TRIES):
            yield self.endpoint, self.token_file
            if not os.path.exists(self.token_file):  # noqa: PTH110  # the session ended
                break
            time.sleep(PAUSE_SECONDS / 2)
        since = time.monotonic()
        waiting = _Waiting(self._folder)
        try:
            while self._held() and (self.kept or time.monotonic() - since < KEPT_SECONDS):
                invitation = waiting.look()
                if invitation:
                    self.endpoint, self.token_file = invitation
                    yield invitation
                time.sleep(PAUSE_SECONDS)
        finally:
            waiting.over()


class _Waiting:
    """The file that says that this process waits, and the one that answers it."""

    def __init__(self, folder: str) -> None:
        self._said = os.path.join(folder, f"{os.getpid()}.json")  # noqa: PTH118  # pathlib is not loaded here
        self._answer = os.path.join(folder, f"{os.getpid()}.session")  # noqa: PTH118
        self._open = _is_own(folder)
        if self._open:
            self._say()

    def look(self) -> tuple[str, str] | None:
        """An invitation, which is used up by this."""
        if not self._open:
            return None
        try:
            with open(self._answer, encoding="utf-8") as file:  # noqa: PTH123
                endpoint, token_file = file.read().split("\n")[:2]
            os.unlink(self._answer)  # noqa: PTH108
        except (OSError, ValueError):
            return None
        return endpoint, token_file

    def over(self) -> None:
        for path in (self._said, self._answer):
            try:
                os.unlink(path)  # noqa: PTH108
            except OSError:
                continue

    def _say(self) -> None:
        told = {
            "pid": os.getpid(),
            "python": sys.executable,
            "command": sys.orig_argv[1:],
            "cwd": os.getcwd(),  # noqa: PTH109
            "stdout": _file_behind(1),
            "stderr": _file_behind(2),
        }
        try:
            with open(f"{self._said}.part", "w", encoding="utf-8") as file:  # noqa: PTH123
                json.dump(told, file)
            os.replace(f"{self._said}.part", self._said)  # noqa: PTH105
        except OSError:
            self._open = False


def _is_own(folder: str) -> bool:
    """Whether nobody else can put an invitation there."""
    try:
        seen = os.lstat(folder)
    except OSError:
        return False
    own = not hasattr(os, "getuid") or seen.st_uid == os.getuid()
    return stat.S_ISDIR(seen.st_mode) and own and not seen.st_mode & 0o077


def _file_behind(descriptor: int) -> str:
    """The file that an output goes to, where the system tells."""
    try:
        path = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
    except OSError:
        return ""
    return path if os.path.isfile(path) else ""  # noqa: PTH113
