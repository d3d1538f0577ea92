"""A person at the real window: mouse and keys on the screen; what training did and what is to be seen is the judge."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest

from gradscope.app.actions import in_menu
from gradscope.palette import DARK, LIGHT
from gradscope.session.recording import Recording

from .desktop import AppWindow, eventually
from .long_script import SCRIPT, stamps

if TYPE_CHECKING:
    from pathlib import Path

    from .desktop import Desktop

pytestmark = [pytest.mark.display, pytest.mark.usefixtures("warm_python")]

# Parts of the window as it opens, in shares of its width and height: left, top, right, bottom.
CANVAS = (0.17, 0.17, 0.77, 0.62)
HINT = (0.3, 0.62, 0.62, 0.69)
INSPECTOR = (0.78, 0.14, 0.99, 0.7)


class Person(AppWindow):
    """Looks at parts of the window, and has a mouse."""

    @cached_property
    def place(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the window without its frame; asked by the pointer, which makes no mistake."""
        window = self.shown("GradScope")[0]
        size = _numbers(self.desktop.tool("getwindowgeometry", "--shell", window))
        self.desktop.tool("mousemove", "--sync", "--window", window, "0", "0")
        at = _numbers(self.desktop.tool("getmouselocation", "--shell"))
        return at["X"], at["Y"], size["WIDTH"], size["HEIGHT"]

    def area(self, part: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """A part of the window in pixels of the screen."""
        left, top, width, height = self.place
        across = [left + round(part[i] * width) for i in (0, 2)]
        down = [top + round(part[i] * height) for i in (1, 3)]
        return across[0], down[0], across[1], down[1]

    def seen(self, part: tuple[float, float, float, float], colour: str) -> np.ndarray:  # type: ignore[type-arg]
        """Where a part of the window has a colour exactly."""
        left, top, right, bottom = self.area(part)
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        return (self.desktop.picture()[top:bottom, left:right] == wanted).all(axis=2)

    def count(self, part: tuple[float, float, float, float], colour: str) -> int:
        """How many pixels of a part have a colour."""
        return int(self.seen(part, colour).sum())

    def leaf(self) -> tuple[int, int, int]:
        """Of the widest leaf card on the canvas its middle and its top, in pixels of the screen, and its width."""
        left, top, _, _ = self.area(CANVAS)
        filled = np.pad(self.seen(CANVAS, LIGHT.leaf_fill), ((0, 0), (1, 1))).astype(np.int8)
        changes = np.diff(filled, axis=1)
        rows, starts = np.nonzero(changes == 1)
        _, ends = np.nonzero(changes == -1)
        widest = int(np.argmax(ends - starts))
        return left + int(starts[widest] + ends[widest]) // 2, top + int(rows[widest]), int((ends - starts)[widest])

    def header(self) -> tuple[int, int]:
        """A point in the header of the module that the leaf card is drawn in, away from its words."""
        x, y, width = self.leaf()
        x += width // 4
        ground = [int(LIGHT.box[i : i + 2], 16) for i in (1, 3, 5)]
        over = (self.desktop.picture()[y - 120 : y, x] == ground).all(axis=1)
        tops = [top for top in range(1, 110) if over[top : top + 10].all() and not over[top - 1]]
        return x, y - 120 + tops[-1] + 8

    def click(self, x: int, y: int, *, times: int = 1, button: int = 1) -> None:
        """Move the pointer there and press a button of the mouse."""
        self.desktop.tool("mousemove", "--sync", str(x), str(y))
        self.desktop.tool("click", "--repeat", str(times), "--delay", "60", str(button))

    def position(self) -> int:
        """Which node of backward is about to run, from 1, by the recording."""
        pause = Recording.open(self.recording).state_at(None).pause
        return pause.position if pause is not None and pause.point == "node" else 0


def _numbers(words: str) -> dict[str, int]:
    return {name: int(value) for name, _, value in (word.partition("=") for word in words.splitlines())}


def test_the_demo_by_keys_and_mouse(desktop: Desktop, tmp_path: Path) -> None:
    with Person(desktop, tmp_path, "demo", "--theme", "light") as person:
        person.held_at("forward")
        assert "02_spiral.py" in desktop.tool("getwindowname", person.shown("GradScope")[0])
        eventually(lambda: person.count(HINT, LIGHT.accent_soft) > 2000, "the hint")
        eventually(lambda: person.count(CANVAS, LIGHT.leaf_fill) > 10_000, "the leaves as cards")
        person.press_until("F10", lambda: person.point() == "loss", "the loss")
        assert person.count(HINT, LIGHT.accent_soft) < 500
        person.press_until("F10", lambda: person.point() == "backward", "backward")
        assert person.count(CANVAS, LIGHT.halo) == 0
        person.press_until("F11", lambda: person.position() == 1, "the first node")
        eventually(lambda: person.count(CANVAS, LIGHT.halo) > 150, "the halo")
        first = person.seen(CANVAS, LIGHT.halo)
        person.press_until("F11", lambda: person.position() == 2, "the second node")
        eventually(lambda: person.count(CANVAS, LIGHT.halo) > 150, "the halo on the next node")
        second = person.seen(CANVAS, LIGHT.halo)
        assert (first & second).sum() < 0.2 * first.sum(), "the halo has moved on"

        assert person.count(INSPECTOR, LIGHT.leaf_fill) == 0
        x, y, width = person.leaf()
        person.click(x, y + 8)
        eventually(lambda: person.count(INSPECTOR, LIGHT.leaf_fill) > 100, "the leaf in the inspector")

        open_leaves = person.count(CANVAS, LIGHT.leaf_fill)
        person.click(*person.header(), times=2)
        eventually(lambda: person.count(CANVAS, LIGHT.leaf_fill) < 0.75 * open_leaves, "a closed module")
        person.key("ctrl+0")

        x, y, width = person.leaf()
        person.click(x, y + 8, times=3, button=4)
        eventually(lambda: person.leaf()[2] > 1.2 * width, "cards that came nearer")
        assert person.position() == 2, "looking around runs nothing"
        assert person.errors.read_text() == ""


def test_a_long_run_by_keys_and_mouse(desktop: Desktop, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    with Person(desktop, tmp_path, "run", "--pause", "--theme", "light", "--", "train.py") as person:
        person.held_at("forward")
        left, top, _, _ = person.place
        person.click(left + 50, top + 55)  # the first button of the toolbar
        eventually(lambda: len(stamps(tmp_path)) > 5, "running free")
        person.press_until("F6", lambda: person.point() != "", "a pause")
        held = len(stamps(tmp_path))
        time.sleep(0.5)
        assert len(stamps(tmp_path)) == held
        person.press_until("F5", lambda: len(stamps(tmp_path)) > held + 5, "running free again")

        first, recording = int((tmp_path / "pid").read_text()), person.recording
        person.key("ctrl+shift+F5")
        eventually(lambda: not psutil.pid_exists(first), "the end of the first process")
        eventually(lambda: person.recording != recording, "the recording of the second")
        person.held_at("forward")
        second = int((tmp_path / "pid").read_text())
        assert second != first
        person.press_until("F5", lambda: len(stamps(tmp_path)) > 5, "running free after a restart")
        person.key("shift+F5")
        eventually(lambda: not psutil.pid_exists(second), "the end of the second process")
        assert person.process.poll() is None

        go_dark(person)
        assert person.errors.read_text() == ""


def go_dark(person: Person) -> None:
    """View > Theme: dark, by the arrow keys; greyed entries may be passed over."""
    row = [action.id for action in in_menu("View")].index("view.theme_dark") + 1
    for presses in (row, row - 1, row - 2, row - 3, row - 4):
        person.key("alt+v")
        person.key(*["Down"] * presses, "Return")
        patience = time.monotonic() + 2
        while time.monotonic() < patience:
            if person.count((0, 0, 1, 1), DARK.window) + person.count((0, 0, 1, 1), DARK.canvas) > 100_000:
                return
            time.sleep(0.1)
    pytest.fail("the window never went dark")


def test_closing_asks_once_and_lets_a_live_script_run_on(desktop: Desktop, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(SCRIPT)
    with Person(desktop, tmp_path, "run", "--pause", "--", "train.py") as person:
        person.held_at("forward")
        recording = person.recording
        person.press_until("F5", lambda: len(stamps(tmp_path)) > 5, "running free")
        person.key("ctrl+q")
        eventually(lambda: person.shown("^GradScope"), "the question")
        person.key("Escape")
        eventually(lambda: not person.shown("^GradScope"), "cancelled")
        assert person.shown("train.py")
        person.activate()
        person.key("ctrl+q")
        eventually(lambda: len(person.shown("^GradScope")) == 1, "the question")
        person.key("Return")  # let it run on
        assert person.process.wait(20) == 0
    pid = int((tmp_path / "pid").read_text())
    assert psutil.pid_exists(pid)
    (tmp_path / "killed").touch()
    eventually((tmp_path / "done").exists, "the script's end")
    count = int((tmp_path / "done").read_text())
    eventually(lambda: not psutil.pid_exists(pid), "the end of the process")
    assert Recording.open(recording).console().splitlines() == [
        *(f"iteration {i}" for i in range(count)),
        "the last line",
    ]
