"""Asks an X server whether it would let us in: the first request of the X11 protocol, with the user's cookies.

A socket that takes connections is not enough: a root shell or another user's is refused, and Qt then ends the process.
The protocol: connection setup in "X Window System Protocol", section 8; the file of cookies: Xau(3).
"""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Answer = Literal["yes", "refused", "dead"]
SECONDS = 2.0
SOCKETS = "/tmp/.X11-unix/X"
PORT = 6000
_COOKIE = b"MIT-MAGIC-COOKIE-1"
_SUCCESS = b"\x01"


def ask(display: str, environment: Mapping[str, str] = os.environ) -> Answer:
    """What the server behind a DISPLAY says: ``:0``, ``unix:0.0``, ``host:10.0``, or the path of its socket."""
    answer: Answer = "dead"
    for cookie in (*_cookies(display, environment), b""):
        stream = _connect(display)
        if stream is None:
            return "dead"
        with stream:
            if _is_let_in(stream, cookie):
                return "yes"
        answer = "refused"
    return answer


def _connect(display: str) -> socket.socket | None:
    number = _number(display)
    host = display.rpartition(":")[0]
    if display.startswith("/"):
        return _connect_unix(display) or _connect_unix(display.rpartition(".")[0])
    if not number.isdecimal():
        return None
    if host in ("", "unix"):
        # Linux servers also listen where no file can be in the way.
        return _connect_unix(f"\0{SOCKETS}{number}") or _connect_unix(f"{SOCKETS}{number}")
    try:
        return socket.create_connection((host, PORT + int(number)), SECONDS)
    except (OSError, OverflowError):
        return None


def _connect_unix(path: str) -> socket.socket | None:
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stream.settimeout(SECONDS)
    try:
        stream.connect(path)
    except OSError:
        stream.close()
        return None
    return stream


def _is_let_in(stream: socket.socket, cookie: bytes) -> bool:
    name = _COOKIE if cookie else b""
    request = struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(cookie)) + _padded(name) + _padded(cookie)
    try:
        stream.sendall(request)
        return stream.recv(1) == _SUCCESS
    except OSError:
        return False


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _number(display: str) -> str:
    return display.rpartition(":")[2].split(".")[0]


def _cookies(display: str, environment: Mapping[str, str]) -> list[bytes]:
    """The cookies that the user holds for a display of that number, on whichever host."""
    named = environment.get("XAUTHORITY")
    path = Path(named) if named else Path(environment.get("HOME", "/nonexistent"), ".Xauthority")
    try:
        data = path.read_bytes()
    except OSError:
        return []
    number = _number(display).encode()
    return [cookie for of, name, cookie in _entries(data) if name == _COOKIE and cookie and of in (b"", number)]


def _entries(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(display number, protocol, cookie) of every whole entry: a family, then four counted strings."""
    place = 0
    while place + 2 <= len(data):
        place += 2
        fields = []
        for _ in range(4):
            length = int.from_bytes(data[place : place + 2], "big")
            fields.append(data[place + 2 : place + 2 + length])
            place += 2 + length
        if place <= len(data):
            yield fields[1], fields[2], fields[3]
