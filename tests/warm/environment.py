"""The virtual environment that the tests name in VIRTUAL_ENV: its ``bin/python`` is the client."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


class WarmPython:
    """A server and its client. It takes a second or two until the first script starts, and waits for none."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gs-"))  # short: a Unix socket's path has room for 107 bytes
        self.python = self.folder / "bin" / "python"
        self.python.parent.mkdir()
        self.python.write_text(f"#!{sys.executable} -IS\n{(HERE / 'client.py').read_text()}")
        self.python.chmod(0o755)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.warm.server", str(self.python.with_name("socket"))],
            cwd=HERE.parent.parent,
            env=environment | {"OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def close(self) -> None:
        """End it, and what runs in it."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
