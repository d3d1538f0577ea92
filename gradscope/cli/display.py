"""Whether a window can be shown, decided before Qt is loaded: Qt ends the process when it cannot.

Only the standard library: the display is asked over its socket, as Qt's own plugin will do.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import xserver
from .errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOWLESS = ("offscreen", "minimal", "minimalegl")
_REMEDY = "start it on a desktop, over ssh -X or under xvfb-run, or use gradscope record, which needs no window"


def require_display(environment: Mapping[str, str] = os.environ) -> None:
    """A window can be shown.

    Raises:
        CommandError: there is no display, it does not answer, or Qt's plugin for it misses a library.
    """
    problem = display_problem(environment)
    if problem:
        raise CommandError(f"No window can be shown, {problem[0]}", problem[1], _REMEDY)
    if _platform(environment) == "xcb" and not os.environ.get("WAYLAND_DISPLAY"):
        _require_xcb_cursor()


def is_windowless(environment: Mapping[str, str] = os.environ) -> bool:
    """Qt was told to draw where nobody looks."""
    return environment.get("QT_QPA_PLATFORM", "").split(":")[0] in WINDOWLESS


def display_problem(environment: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """Why no window can be shown, and where; None if one can."""
    if sys.platform != "linux":
        return None
    platform = _platform(environment)
    if platform not in ("xcb", "wayland"):
        return None
    wayland, display = environment.get("WAYLAND_DISPLAY", ""), environment.get("DISPLAY", "")
    asked = environment.get("QT_QPA_PLATFORM", "")
    if wayland and not asked.startswith("xcb") and _wayland_answers(wayland, environment):
        return None
    if display and not asked.startswith("wayland"):
        answer = xserver.ask(display, environment)
        if answer == "yes":
            return None
        problem = "the display does not answer" if answer == "dead" else "the display refuses this user"
        return problem, f"DISPLAY={display}"
    if wayland:
        return "the display does not answer", f"WAYLAND_DISPLAY={wayland}"
    return "there is no display", "neither DISPLAY nor WAYLAND_DISPLAY is set"


def _platform(environment: Mapping[str, str]) -> str:
    asked = environment.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    return "wayland" if asked.startswith("wayland") else asked or "xcb"


def _wayland_answers(name: str, environment: Mapping[str, str]) -> bool:
    path = Path(name) if name.startswith("/") else Path(environment.get("XDG_RUNTIME_DIR", "/nonexistent"), name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(xserver.SECONDS)
        try:
            stream.connect(str(path))
        except OSError:
            return False
    return True


def _require_xcb_cursor() -> None:
    try:
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError as error:
        raise CommandError(
            "Qt cannot open a window on X11",
            error,
            "install the system packages that the README lists (on Debian: apt install libxcb-cursor0)",
        ) from None
