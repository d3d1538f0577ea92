"""A desktop of the tests' own: an X server in memory, a window manager, the real command, and a person's two hands.

The picture is read from the server's frame buffer, which is a file in the X window dump format, so that nothing stands
between the test and the pixels that a user would see.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradscope.session.recording import Recording
from tests.commands import command

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

SECONDS = 60.0
SCREEN = ("-screen", "0", "1920x1200x24", "-nolisten", "tcp", "-noreset")
DATABASE_HEADER = 100  # bytes


def eventually(found: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


class Desktop:
    """Xvfb with openbox on a display that the server chose itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        reader, writer = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writer), *SCREEN, "-fbdir", str(folder)],
            pass_fds=(writer,),
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with os.fdopen(reader) as told:
            self.display = f":{told.readline().strip()}"
        ready = folder / "managed"
        self._manager = subprocess.Popen(
            ["openbox", "--sm-disable", "--startup", f"touch {ready}"],
            env=os.environ | {"DISPLAY": self.display, "HOME": str(folder)},
            stderr=subprocess.DEVNULL,
        )
        eventually(ready.exists, "a window manager")

    def close(self) -> None:
        """End both."""
        for process in (self._manager, self._server):
            process.terminate()
            process.wait(20)

    def tool(self, *words: str) -> str:
        """What xdotool answers; "" where it finds nothing."""
        environment = os.environ | {"DISPLAY": self.display}
        done = subprocess.run(
            ["xdotool", *words], env=environment, capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout.strip()

    def picture(self) -> np.ndarray:  # type: ignore[type-arg]
        """The screen now: rows, columns, and red, green and blue."""
        data = (self._folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", data[:100])
        size, width, height, row_bytes, colours = header[0], header[4], header[5], header[12], header[19]
        pixels = np.frombuffer(data, np.uint8, row_bytes * height, size + colours * 12)
        return pixels.reshape(height, row_bytes // 4, 4)[:, :width, 2::-1]


class AppWindow:
    """``gradscope WORDS`` on a desktop, in a process group of its own as a shell starts it."""

    def __init__(self, desktop: Desktop, folder: Path, *words: str) -> None:
        self.desktop = desktop
        self.folder = folder
        settings = Path(os.environ["XDG_CONFIG_HOME"]) / "gradscope" / "gradscope.ini"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("[General]\nkeys_read=true\n")  # somebody who has been here before
        environment = os.environ | {"DISPLAY": desktop.display, "HOME": str(folder), "QT_QPA_PLATFORM": "xcb"}
        self.errors = folder / "window.stderr"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command(*words),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                process_group=0,
            )

    def __enter__(self) -> AppWindow:
        eventually(lambda: self.shown("GradScope"), "a window")
        self.activate()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    # -- what is seen

    def shown(self, title: str) -> list[str]:
        """The visible windows of this process whose title holds some words."""
        words = ("search", "--onlyvisible", "--all", "--pid", str(self.process.pid), "--name", title)
        return self.desktop.tool(*words).split()

    @property
    def recording(self) -> Path:
        """The recording of the newest run."""
        kept = self._recordings()
        assert kept, "nothing is recorded"
        return kept[-1]

    def _recordings(self) -> list[Path]:
        """All of them, the newest one last; one that was opened this moment has no header yet."""
        files = [(path, path.stat()) for path in Path(os.environ["XDG_DATA_HOME"]).rglob("*.gscope")]
        begun = [(path, stat) for path, stat in files if stat.st_size >= DATABASE_HEADER]
        return [path for path, _ in sorted(begun, key=lambda one: one[1].st_mtime_ns)]

    def point(self) -> str:
        """Where training is held, by the recording; "" while it runs."""
        if not self._recordings():
            return ""
        state = Recording.open(self.recording).state_at(None)
        return state.pause.point if state.life == "paused" and state.pause is not None else ""

    def held_at(self, point: str) -> None:
        """Wait until training is held there."""
        eventually(lambda: self.point() == point, f"held at {point}")

    # -- what is done

    def activate(self) -> None:
        """Give the window the keyboard."""
        self.desktop.tool("windowactivate", "--sync", self.shown("GradScope")[0])

    def key(self, *keys: str) -> None:
        """Press keys, each a chord such as ctrl+shift+F5, as the keyboard sends them."""
        self.desktop.tool("key", "--delay", "30", *keys)

    def press_until(self, key: str, done: Callable[[], object], what: str) -> None:
        """Press a key until it was taken: an action that makes no sense yet is greyed out, and takes no key."""
        deadline = time.monotonic() + SECONDS
        while not done():
            assert time.monotonic() < deadline, f"{what}: {key} had no effect within {SECONDS} s"
            self.key(key)
            patience = time.monotonic() + 5  # a pause reaches the recording after a second of quiet
            while not done() and time.monotonic() < patience:
                time.sleep(0.05)
