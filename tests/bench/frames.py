"""What a person sees while the canvas moves: frames in a real window, each painted, flushed, and counted.

Three things are told apart. *A sharp frame* draws the scene anew from another place or zoom. *Dragging* and *the wheel*
are gestures as the mouse makes them: from the event to the frame on screen, in which a scaled picture of the last sharp
frame may stand in. *Till sharp* is how long after the last event of a gesture the picture is sharp again.

A window that is not exposed paints nothing and would be measured as infinitely fast, so every row insists that each of
its steps reached ``paintEvent``. With an X server a frame ends when the server has answered.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gradscope.app.canvas.widget import GraphCanvas
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT

from .rows import Row, timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.canvas.scene import Scene

FRAMES = 40
GESTURES = 8
STEPS = 12  # of one gesture
SHARP_BUDGET = 0.15  # seconds after the last step of a gesture
GESTURE_ZOOMS = (1.0, 0.4, 0.05)
_STRIDE = QPoint(7, -11)  # pixels a step
_WAIT = 5.0
_LEFT = Qt.MouseButton.LeftButton


class Watched(GraphCanvas):
    """A canvas that counts the frames which it really painted."""

    frames = 0

    @painted
    def paintEvent(self, event: QPaintEvent) -> None:
        """As the canvas does."""
        self.frames += 1
        super().paintEvent(event)


def shown_canvas() -> Watched:
    """A canvas on screen, to which the window system gives frames."""
    canvas = Watched(LIGHT)
    canvas.resize(1400, 900)
    canvas.set_animated(False)
    canvas.show()
    if not QTest.qWaitForWindowExposed(canvas):
        raise TimeoutError("the canvas was never exposed: nothing would be painted")
    return canvas


def frame(canvas: Watched, change: Callable[[], object]) -> tuple[float, float]:
    """Seconds from a change to the frame that shows it on screen, by the wall clock and by the process' own."""
    before = canvas.frames

    def shown() -> None:
        change()
        canvas.repaint()
        QApplication.sync()

    taken = timed(shown)
    if canvas.frames == before:
        raise AssertionError("nothing was painted")
    return taken


def frame_rows(canvas: Watched, scene: Scene, what: str, zooms: tuple[float, ...], budget: float) -> list[Row]:
    """All rows of one scene that is on the canvas."""
    nodes = len(scene.graph)
    found = []
    for zoom in zooms:
        found.append(Row.of(f"a sharp frame, {what}, zoom {zoom}", nodes, _from_places(canvas, scene, zoom), budget))
        if zoom in GESTURE_ZOOMS:
            frames, waits = _gestures(canvas, scene, zoom, _drag)
            found.append(Row.of(f"dragging, {what}, zoom {zoom}", nodes, frames, budget))
            found.append(Row.of("  till sharp", nodes, waits, SHARP_BUDGET))
    found.append(Row.of(f"sharp frames of all zooms, {what}", nodes, _from_zooms(canvas, scene), budget))
    frames, waits = _gestures(canvas, scene, 0.1, _wheel)
    found.append(Row.of(f"the wheel, {what}", nodes, frames, budget))
    found.append(Row.of("  till sharp", nodes, waits, SHARP_BUDGET))
    return found


def _from_places(canvas: Watched, scene: Scene, zoom: float) -> list[tuple[float, float]]:
    x, y, width, height = scene.bounds
    places = np.linspace(0.1, 0.9, FRAMES).tolist()
    return [frame(canvas, partial(canvas.set_view, x + width / 2, y + height * share, zoom)) for share in places]


def _from_zooms(canvas: Watched, scene: Scene) -> list[tuple[float, float]]:
    x, y, width, height = scene.bounds
    zooms = np.geomspace(0.05, 2.0, FRAMES).tolist()
    return [frame(canvas, partial(canvas.set_view, x + width / 2, y + height * 0.4, zoom)) for zoom in zooms]


def _gestures(
    canvas: Watched, scene: Scene, zoom: float, step: Callable[[Watched, int], None]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Each frame of a few gestures; and the wait from the last event of each to the sharp picture."""
    x, y, width, height = scene.bounds
    frames, waits = [], []
    for share in np.linspace(0.2, 0.8, GESTURES).tolist():
        frame(canvas, partial(canvas.set_view, x + width / 2, y + height * share, zoom))
        QTest.mousePress(canvas, _LEFT, Qt.KeyboardModifier.NoModifier, canvas.rect().center())
        frames += [frame(canvas, partial(step, canvas, count)) for count in range(1, STEPS)]
        waits.append(timed(partial(_rest, canvas, partial(step, canvas, STEPS))))
        QTest.mouseRelease(canvas, _LEFT, Qt.KeyboardModifier.NoModifier, canvas.rect().center())
    return frames, waits


def _rest(canvas: Watched, last: Callable[[], object]) -> None:
    """The last event of a gesture, and the event loop until the frame that is sharp has been shown."""
    before, until = canvas.frames, time.perf_counter() + _WAIT
    last()
    while canvas.frames == before or not canvas.is_sharp:
        QTest.qWait(1)
        if time.perf_counter() > until:
            raise TimeoutError("the picture stayed blurred")
    QApplication.sync()


def _drag(canvas: Watched, count: int) -> None:
    QTest.mouseMove(canvas, canvas.rect().center() + _STRIDE * count)


def _wheel(canvas: Watched, count: int) -> None:
    place = QPointF(canvas.rect().center())
    turned = QPoint(0, 120 if count <= STEPS * 2 // 3 else -120)
    event = QWheelEvent(
        place,
        canvas.mapToGlobal(place),
        QPoint(),
        turned,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)
