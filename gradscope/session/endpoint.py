"""Where probes find the session: a Unix socket in a folder of our own (loopback TCP where there is none), and a token.

The folder is 0700, the token file 0600: who cannot read them cannot connect, and who connects must prove the token.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import stat
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .errors import SessionError

TOKEN_BYTES = 32
_PREFIX = "gradscope-"
_SETTLED_SECONDS = 60  # a younger folder may belong to a session that is about to listen
_LONGEST_SOCKET_PATH = 100  # the system's limit is 104 to 108 bytes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An open listening socket with its address and token. ``close`` removes every trace of it."""

    socket: socket.socket
    address: str
    token: bytes
    folder: Path

    @property
    def token_file(self) -> Path:
        """The file that holds the token in hexadecimal."""
        return self.folder / "token"

    def close(self) -> None:
        """Stop listening and remove folder, socket and token."""
        self.socket.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def open_endpoint() -> Endpoint:
    """Listen on a new address with a new token.

    Raises:
        SessionError: neither a Unix socket nor a loopback port can be had.
    """
    token = secrets.token_bytes(TOKEN_BYTES)
    folder: Path | None = None
    try:
        folder = _own_folder()
        descriptor = os.open(folder / "token", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token.hex())
        listening, address = _listen(folder)
    except OSError as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise SessionError(
            f"No socket can be made for the training process ({error.strerror or error})",
            error.filename or folder or tempfile.gettempdir(),
            "make room or give write permission there, or set TMPDIR to a short path that is writable",
        ) from error
    listening.setblocking(False)
    return Endpoint(listening, address, token, folder)


def is_own_peer(peer: socket.socket) -> bool:
    """Whether a connection comes from this user; True where the system cannot tell (the token decides then)."""
    if sys.platform != "linux" or peer.family != socket.AF_UNIX:
        return True
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder) in (os.getuid(), 0)


def sweep(base: Path) -> None:
    """Remove what sessions that were killed left behind: our own folders in whose socket nobody listens."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        for folder in base.glob(f"{_PREFIX}*"):
            seen = folder.lstat()
            own = stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid()
            if own and time.time() - seen.st_mtime > _SETTLED_SECONDS and _is_dead(folder / "s"):
                shutil.rmtree(folder, ignore_errors=True)


def _is_dead(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(0.2)
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def _own_folder() -> Path:
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):
        if base:
            sweep(Path(base))
        if base and len(base.encode()) < _LONGEST_SOCKET_PATH - len("/gradscope-12345678/s") and _is_usable(base):
            return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))  # mkdtemp makes it 0700
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def _is_usable(base: str) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISDIR(Path(base).stat().st_mode) and os.access(base, os.W_OK | os.X_OK)
    return False


def _listen(folder: Path) -> tuple[socket.socket, str]:
    if hasattr(socket, "AF_UNIX"):
        with contextlib.suppress(OSError):
            return _listen_unix(folder / "s")
    listening = socket.create_server(("127.0.0.1", 0))
    return listening, f"tcp:127.0.0.1:{listening.getsockname()[1]}"


def _listen_unix(path: Path) -> tuple[socket.socket, str]:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening, f"unix:{path}"
