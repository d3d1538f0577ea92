"""Movement of 150 ms: items on their way from where they stood in the scene before, and the travelling gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

if TYPE_CHECKING:
    from .scene import Floats2, Scene

DURATION = 150  # milliseconds
_TICK = 16
MOST_MOVING = 3000  # above this a scene appears where it is


class Motion(QObject):
    """Runs a share from 0 to 1 in ``DURATION`` and tells each tick; ``share`` is None at rest."""

    ticked = Signal()
    finished = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.share: float | None = None
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """From the beginning, also if under way."""
        self.share = 0.0
        self._clock.start()
        self._timer.start()

    def stop(self) -> None:
        """To rest, without telling."""
        self._timer.stop()
        self.share = None

    def _tick(self) -> None:
        passed = self._clock.elapsed() / DURATION
        if passed >= 1.0:
            self.stop()
            self.finished.emit()
            return
        self.share = passed
        self.ticked.emit()


def eased(share: float) -> float:
    """Fast first, slow at the end (cubic ease-out)."""
    return 1.0 - (1.0 - share) ** 3


def starting_rects(old: Scene, new: Scene, shift: tuple[float, float]) -> Floats2:
    """Where each item of ``new`` begins its way, in the new scene's coordinates; ``shift`` is old to new.

    Known items begin where they stood, children of a call that has just been opened inside its closed card.
    """
    begin = new.rects.copy()
    order = np.argsort(old.identity, kind="stable")
    places = np.minimum(np.searchsorted(old.identity[order], new.identity), max(0, len(order) - 1))
    if not len(order):
        return begin
    match = order[places]
    known = old.identity[match] == new.identity
    begin[known] = old.rects[match[known]]
    begin[known, 0] += shift[0]
    begin[known, 1] += shift[1]
    parent = new.visible.parent
    for item in np.flatnonzero(~known & (parent >= 0)).tolist():
        box = int(parent[item])
        target, origin = new.rects[box], begin[box]
        scale = origin[2:] / np.maximum(target[2:], 1.0)
        begin[item, :2] = origin[:2] + (new.rects[item, :2] - target[:2]) * scale
        begin[item, 2:] = new.rects[item, 2:] * scale
    return begin
