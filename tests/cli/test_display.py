"""Whether a display lets us in is known before Qt is loaded, from its socket alone."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gradscope.cli import xserver
from gradscope.cli.display import display_problem, is_windowless

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="displays of this kind have Unix sockets")


COOKIE = bytes(range(16))


class FakeServer:
    """Answers the first request of X clients: lets in all, or only those with the cookie."""

    def __init__(self, address: str | tuple[str, int], only_with: bytes = b"") -> None:
        self._socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self._socket.bind(address)
        self._socket.listen()
        self._only_with = only_with
        self.port = 0 if isinstance(address, str) else self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client = self._socket.accept()[0]
            except OSError:
                return
            with client, contextlib.suppress(OSError):  # who only knocks is gone by now
                asked = client.recv(1000)
                client.sendall(b"\x01" if self._only_with in asked else b"\x00")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short folder for sockets, instead of the system's own for X."""
    short = Path(os.environ["XDG_RUNTIME_DIR"])
    monkeypatch.setattr(xserver, "SOCKETS", str(short / "X"))
    return short


@pytest.fixture
def listening(folder: Path) -> Iterator[Path]:
    """A display, number 7, that lets everyone in."""
    server = FakeServer(str(folder / "X7"))
    yield folder / "X7"
    server.close()


@pytest.fixture
def guarded(folder: Path) -> Iterator[Path]:
    """A display, number 9, that lets in who has the cookie."""
    server = FakeServer(str(folder / "X9"), COOKIE)
    yield folder / "X9"
    server.close()


def cookie_file(folder: Path, number: bytes, cookie: bytes) -> str:
    fields = (b"host", number, b"MIT-MAGIC-COOKIE-1", cookie)
    path = folder / "cookies"
    entry = b"\x01\x00" + b"".join(struct.pack(">H", len(field)) + field for field in fields)
    path.write_bytes(entry + entry[:7])  # a file that is being written may end in the middle
    return str(path)


def test_a_cookie_opens_a_guarded_display(guarded: Path) -> None:
    held = {"DISPLAY": ":9.0", "XAUTHORITY": cookie_file(guarded.parent, b"9", COOKIE)}
    assert display_problem(held) is None


def test_a_display_refuses_who_has_no_cookie_or_another_ones(guarded: Path) -> None:
    refused = ("the display refuses this user", "DISPLAY=:9")
    assert display_problem({"DISPLAY": ":9"}) == refused
    for number, cookie in ((b"8", COOKIE), (b"9", b"x" * 16)):
        held = {"DISPLAY": ":9", "XAUTHORITY": cookie_file(guarded.parent, number, cookie)}
        assert display_problem(held) == refused


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("name", [":7", ":7.0", "unix:7"])
def test_a_display_that_answers(name: str) -> None:
    assert display_problem({"DISPLAY": name}) is None


def test_a_display_named_by_its_socket(listening: Path) -> None:
    assert display_problem({"DISPLAY": str(listening)}) is None


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("name", [":8", ":", ":x", "nonsense", "unix:8", "localhost:99999"])
def test_a_display_that_does_not(name: str) -> None:
    assert display_problem({"DISPLAY": name}) == ("the display does not answer", f"DISPLAY={name}")


def test_a_socket_that_its_server_left_behind(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "X5"))
    assert (folder / "X5").exists()
    assert display_problem({"DISPLAY": ":5"}) is not None


def test_a_display_over_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeServer(("127.0.0.1", 0))
    monkeypatch.setattr(xserver, "PORT", server.port - 10)
    try:
        assert display_problem({"DISPLAY": "127.0.0.1:10.0"}) is None
    finally:
        server.close()


def test_wayland_by_name_and_by_path(listening: Path) -> None:
    runtime = {"XDG_RUNTIME_DIR": str(listening.parent)}
    assert display_problem({"WAYLAND_DISPLAY": "X7", **runtime}) is None
    assert display_problem({"WAYLAND_DISPLAY": str(listening)}) is None
    assert display_problem({"WAYLAND_DISPLAY": "wayland-9", **runtime}) == (
        "the display does not answer",
        "WAYLAND_DISPLAY=wayland-9",
    )


@pytest.mark.usefixtures("listening")
def test_x_serves_where_wayland_is_dead_unless_qt_was_told_otherwise() -> None:
    both = {"WAYLAND_DISPLAY": "gone", "XDG_RUNTIME_DIR": "/nonexistent", "DISPLAY": ":7"}
    assert display_problem(both) is None
    assert display_problem({**both, "QT_QPA_PLATFORM": "wayland"}) is not None


def test_qt_told_to_draw_elsewhere_needs_no_display() -> None:
    for platform in ("offscreen", "offscreen:configfile=/a.json", "minimal", "vnc"):
        assert display_problem({"QT_QPA_PLATFORM": platform}) is None
    assert display_problem({"QT_QPA_PLATFORM": "xcb"}) is not None
    assert is_windowless({"QT_QPA_PLATFORM": "offscreen:configfile=/a.json"})
    assert not is_windowless({"QT_QPA_PLATFORM": "xcb"})
    assert not is_windowless({})
