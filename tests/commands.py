"""Runs the real command in a real process, as a user's shell would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# As the installed command does it, and also where only the checkout is there. Nothing of it reaches the environment.
START = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[0] = 'gradscope'; from gradscope.cli import main; "
START += "sys.exit(main())"


def command(*words: str) -> list[str]:
    """The process's arguments for ``gradscope WORDS``."""
    return [sys.executable, "-X", "faulthandler", "-c", START, *words]


def gradscope(
    *words: str, cwd: Path | None = None, timeout: float = 120, **variables: str | None
) -> subprocess.CompletedProcess[str]:
    """Run ``gradscope WORDS`` to its end; a variable that is None is taken out of the environment."""
    environment = {name: value for name, value in (os.environ | variables).items() if value is not None}
    return subprocess.run(
        command(*words),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
