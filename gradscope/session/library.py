"""Where recordings live when nobody names a place, and how the folder is kept from growing without end."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import datetime
from pathlib import Path

from . import schema
from .errors import RecordingError

MOST_BYTES = 5 * 1024**3


def runs_folder() -> Path:
    """``$XDG_DATA_HOME/gradscope/runs``, or the place that the system has for such data."""
    base = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "share") / "gradscope" / "runs"


def place_for(name: str, now: datetime | None = None) -> Path:
    """A path for a new recording that is not taken yet; its folder exists.

    Raises:
        RecordingError: the folder cannot be made.
    """
    folder = runs_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise RecordingError(
            f"The folder for recordings cannot be made ({error.strerror})",
            folder,
            "set XDG_DATA_HOME to a writable one",
        ) from error
    script = re.sub(r"[^\w.-]+", "_", name) or "run"
    return untaken(folder / f"{script}-{now or datetime.now():%Y%m%d-%H%M%S}.gscope")


def untaken(path: Path) -> Path:
    """``path``, or the first of ``path-2``, ``path-3`` ... that does not exist."""
    candidate, count = path, 1
    while candidate.exists():
        count += 1
        candidate = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return candidate


def set_pinned(path: Path, pinned: bool) -> None:
    """Keep a recording from being deleted when room is made, or no longer; a file beside it says so.

    Raises:
        RecordingError: it is not a recording.
    """
    mark = path.with_name(path.name + ".pinned")
    schema.check_identity(path)
    with contextlib.suppress(FileNotFoundError):
        mark.touch() if pinned else mark.unlink()


def make_room(limit: int = MOST_BYTES, keep: Path | None = None) -> list[Path]:
    """Delete the oldest recordings that are neither pinned nor in use, until all fit into ``limit`` bytes."""
    recordings = sorted(runs_folder().glob("*.gscope"), key=_changed)
    sizes = {path: _size(path) for path in recordings}
    total = sum(sizes.values())
    deleted = []
    for path in recordings:
        if total <= limit:
            break
        if path == keep or path.with_name(path.name + ".pinned").exists():
            continue
        with contextlib.suppress(RecordingError, OSError):
            schema.retire(path)
            total -= sizes[path]
            deleted.append(path)
    return deleted


def _changed(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _size(path: Path) -> int:
    total = 0
    for part in (path, *schema.companions(path)):
        with contextlib.suppress(OSError):
            total += part.stat().st_size
    return total
