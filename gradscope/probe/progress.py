"""Epoch and batch:

counted at the DataLoader, else read off a ``for epoch in range(...)`` of the user's. Never guessed. With them goes what
the script itself calls accuracy, where that is a plain number.
"""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..wire.messages import Progress
from .naming import user_frame

if TYPE_CHECKING:
    from types import FrameType

_EPOCH = "epoch"
ACCURACIES = ("accuracy", "acc", "train_acc", "train_accuracy")


class ProgressCounter:
    """``loader_started`` and ``batch_taken`` are called by the patched DataLoader."""

    def __init__(self) -> None:
        self._epochs: dict[int, int] = {}
        self._batch: tuple[int, int, int] | None = None  # loader, batch, batches
        self._last: Progress | None = None

    def loader_started(self, loader: Any) -> None:
        """Somebody begins to iterate a loader."""
        self._epochs[id(loader)] = self._epochs.get(id(loader), 0) + 1

    def batch_taken(self, loader: Any, number: int) -> None:
        """The ``number``-th batch (from 1) of a loader was handed out."""
        try:
            batches = len(loader)
        except TypeError:  # an IterableDataset without a length
            batches = -1
        self._batch = (id(loader), number, batches)

    @property
    def epoch(self) -> int:
        """The epoch that was told last, -1 if none is known."""
        return self._last.epoch if self._last is not None else -1

    @property
    def in_last_batch(self) -> bool:
        """The batch that was told last is the last one of its epoch."""
        return self._last is not None and 0 < self._last.batches == self._last.batch

    def at(self, iteration: int, frame: FrameType | None) -> Progress | None:
        """Where the loops stand now; None if it is what was told last."""
        epoch = epochs = batch = batches = -1
        around = _frames_around(frame)
        loop = _epoch_loop(around)
        if self._batch is not None:
            loader, batch, batches = self._batch
            epoch = self._epochs.get(loader, -1)
        if loop is not None:
            epoch, epochs = (loop[0] if epoch < 0 else epoch), loop[1]
        progress = Progress(iteration, epoch, epochs, batch, batches, _accuracy(around))
        if progress == self._last or (epoch, batch, progress.accuracy) == (-1, -1, None):
            return None
        self._last = progress
        return progress


def _frames_around(frame: FrameType | None) -> list[FrameType]:
    """The user's own frames, innermost first."""
    frames = []
    found = user_frame(start=frame) if frame is not None else None
    while found is not None:
        frames.append(found)
        found = user_frame(start=found.f_back) if found.f_back is not None else None
    return frames


def _has(frame: FrameType, name: str) -> bool:
    """Whether a frame has a variable of that name; reading all of them would copy them."""
    if frame.f_code.co_name == "<module>":
        return name in frame.f_globals
    return name in frame.f_code.co_varnames


def _accuracy(frames: list[FrameType]) -> float | None:
    for frame in frames:
        for name in ACCURACIES:
            value = frame.f_locals.get(name) if _has(frame, name) else None
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return float(value)
    return None


def _epoch_loop(frames: list[FrameType]) -> tuple[int, int] | None:
    """(epoch from 1, how many) of the nearest ``for epoch in range(...)`` around the user's frames."""
    for found in frames:
        if _has(found, _EPOCH):
            value = found.f_locals.get(_EPOCH)
            bounds = _range_bounds(found.f_code.co_filename)
            loop = next((loop for loop in bounds if loop[0] <= found.f_lineno <= loop[1]), None)
            if isinstance(value, int) and loop is not None:
                numbers = [_value(found, part) for part in loop[2]]
                start = numbers[0] if len(numbers) > 1 else 0
                stop = numbers[-1]
                if start is not None:
                    return value - start + 1, stop - start if stop is not None else -1
    return None


@lru_cache(maxsize=32)
def _range_bounds(filename: str) -> tuple[tuple[int, int, tuple[ast.expr, ...]], ...]:
    """First line, last line and the bounds of every ``for epoch in range(a)`` or ``range(a, b)`` of a file."""
    try:
        tree = ast.parse("".join(linecache.getlines(filename)))
    except (SyntaxError, ValueError):
        return ()
    loops = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name) or node.target.id != _EPOCH:
            continue
        call = node.iter
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "range":
            continue
        if 1 <= len(call.args) <= 2:
            loops.append((node.lineno, node.end_lineno or node.lineno, tuple(call.args)))
    return tuple(loops)


def _value(frame: FrameType, part: ast.expr) -> int | None:
    """A constant, a name, or an attribute of a plain namespace; nothing is evaluated."""
    if isinstance(part, ast.Constant) and isinstance(part.value, int):
        return part.value
    if isinstance(part, ast.Name):
        found = frame.f_locals.get(part.id, frame.f_globals.get(part.id))
        return found if isinstance(found, int) else None
    if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
        owner = frame.f_locals.get(part.value.id, frame.f_globals.get(part.value.id))
        found = getattr(owner, "__dict__", {}).get(part.attr)
        return found if isinstance(found, int) else None
    return None
