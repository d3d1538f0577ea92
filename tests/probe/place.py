"""A folder of a user's with a script in it, run with GradScope and without."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from gradscope.session.recording import Recording
from tests.commands import gradscope

if TYPE_CHECKING:
    from pathlib import Path

    from gradscope.graph.state import RunState


class Place:
    """A folder of the user's, and what GradScope recorded of a command in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.errors = ""
        self.out: list[str] = []

    def write(self, name: str, text: str) -> None:
        """A file, with the folders on its way."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def record(self, *words: str, code: int = 0, options: tuple[str, ...] = (), **variables: str) -> RunState:
        """``gradscope record -- WORDS`` here; the run at its end. ``out`` then holds what the command wrote."""
        done = gradscope("record", "-o", "r.gscope", *options, "--", *words, cwd=self.folder, **variables)
        self.errors = done.stderr
        assert done.returncode == code, done.stderr
        recording = Recording.open(self.folder / "r.gscope")
        self.out = recording.console().splitlines()
        return recording.state_at()

    def alone(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """``python WORDS`` here, without GradScope."""
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, done.stderr
        return done
