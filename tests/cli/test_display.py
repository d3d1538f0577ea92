"""Whether a display answers is known before Qt is loaded, from its socket alone."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from gradscope.cli import display
from gradscope.cli.display import display_problem, is_windowless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="displays of this kind have Unix sockets")


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short folder for sockets, instead of the system's own for X."""
    import os
    from pathlib import Path

    short = Path(os.environ["XDG_RUNTIME_DIR"])
    monkeypatch.setattr(display, "X_SOCKETS", str(short / "X"))
    return short


@pytest.fixture
def listening(folder: Path) -> Iterator[Path]:
    """A socket that answers."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "X7"))
        server.listen()
        yield folder / "X7"


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


def test_a_display_over_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1] - display.X_PORT
        if number < 0:
            pytest.skip("the system gave a port below X's own")
        assert display_problem({"DISPLAY": f"127.0.0.1:{number}.0"}) is None


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
