"""The picture that ``gradscope demo`` leaves without a display shows the run that was made for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="a lesson needs torch")

REPOSITORY = Path(__file__).resolve().parent.parent.parent
TAKE = """
import sys
from pathlib import Path
from gradscope.app.picture import demo_picture
from gradscope.resources import resource
from gradscope.session.launch import LaunchSpec
demo_picture(LaunchSpec((str(resource("lessons", "02_spiral.py")), *sys.argv[2:])), Path(sys.argv[1]))
"""


def take(picture: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TAKE, str(picture), *arguments],
        env=dict(os.environ, PYTHONPATH=str(REPOSITORY)),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_picture_is_of_this_run_and_changes_with_the_lessons_width(tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    images = []
    for width in ("16", "5"):
        take(tmp_path / f"{width}.png", "--width", width)
        images.append(QImage(str(tmp_path / f"{width}.png")))
    for image in images:
        assert (image.width(), image.height()) == (1680, 1020)
    parts = [image.copy(1320, 280, 350, 180) for image in images]  # the inspector's heat map
    assert parts[0] != parts[1]
    halo = 0xF5A524
    for image in images:
        pixels = {image.pixel(x, y) & 0xFFFFFF for x in range(270, 1300, 2) for y in range(150, 740)}
        assert halo in pixels
    assert not list(tmp_path.glob("*.ini"))
