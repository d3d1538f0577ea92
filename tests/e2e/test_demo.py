"""``gradscope demo`` without a display: the lesson is trained, recorded and pictured, and the picture is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from gradscope.session.recording import Recording

from ..commands import gradscope

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

NO_DISPLAY: dict[str, str | None] = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}
CANVAS = QRect(280, 130, 1000, 560)


def demo(folder: Path, *words: str) -> str:
    """Run it in ``folder``; what it said."""
    folder.mkdir(exist_ok=True)
    done = gradscope("demo", *words, cwd=folder, timeout=170, **NO_DISPLAY)
    assert done.returncode == 0, done.stderr
    return done.stdout


def canvas(folder: Path) -> QImage:
    picture = QImage(str(folder / "demo.png"))
    assert (picture.width(), picture.height()) == (1680, 1020)
    return picture.copy(CANVAS)


@pytest.mark.timeout(600)
def test_the_picture_is_of_the_run_just_made_and_replaces_the_one_before(tmp_path: Path) -> None:
    short = ("spiral", "--epochs", "1")
    said = demo(tmp_path, *short)
    assert "there is no display" in said
    assert "demo.gscope" in said
    assert "demo.png" in said
    first = canvas(tmp_path)
    demo(tmp_path, *short, "--width", "24")
    assert canvas(tmp_path) != first
    assert sorted(path.name for path in tmp_path.glob("demo*")) == ["demo.gscope", "demo.png"]


def test_the_recording_is_of_the_whole_lesson(tmp_path: Path) -> None:
    demo(tmp_path, "line")
    iterations = Recording.open(tmp_path / "demo.gscope").iterations
    assert iterations == list(range(20))


def test_a_lesson_of_few_iterations_is_pictured_in_its_last(tmp_path: Path) -> None:
    assert "demo.png" in demo(tmp_path, "numpy")
    assert not QImage(str(tmp_path / "demo.png")).isNull()
