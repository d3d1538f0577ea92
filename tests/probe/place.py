"""A folder of a user's with a script in it, run with GradScope and without."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Literal

from gradscope.session.interpreter import find_python
from gradscope.session.launch import LaunchSpec
from gradscope.session.recording import Recording
from gradscope.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from gradscope.graph.state import RunState

SECONDS = 100.0
Level = Literal["light", "detail"]


class Place:
    """A folder of the user's, and what GradScope recorded of a command in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out: list[str] = []

    def write(self, name: str, text: str) -> None:
        """A file, with the folders on its way."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def record(
        self,
        *words: str,
        code: int = 0,
        level: Level = "light",
        python: str | None = None,
        holds: bool = False,
        **variables: str,
    ) -> RunState:
        """A recorded run of a command here; the run at its end. ``out`` then holds what the command wrote."""
        path = self.folder / "run.gscope"
        path.unlink(missing_ok=True)
        session = Session(lambda *_: None)
        session.start(
            LaunchSpec(
                words,
                python=python,
                cwd=str(self.folder),
                level=level,
                hold_exceptions="uncaught" if holds else "",
                record_to=str(path),
                environment=tuple(variables.items()),
            )
        )
        ended = session.wait(SECONDS)
        session.close(leave_running=False)
        recording = Recording.open(path)
        self.out = recording.console().splitlines()
        assert ended == code, self.out
        return recording.state_at()

    def alone(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """``python WORDS`` here, without GradScope."""
        command = [find_python(), *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == code, done.stderr
        return done
