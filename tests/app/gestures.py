"""What a restless hand does to a window with a graph in it: seeded, counted, and judged for what it leaves behind."""

from __future__ import annotations

import gc
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.window import MainWindow
    from gradscope.app.workbench import Workbench

LEFT = Qt.MouseButton.LeftButton
KEYS = (
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right),
    *(Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_0, Qt.Key.Key_F, Qt.Key.Key_Home, Qt.Key.Key_Return),
    *(Qt.Key.Key_P, Qt.Key.Key_Escape),
)
ORDERS = (
    *("open_level", "close_level", "open_below", "close_below", "open_alike", "close_alike", "toggle", "gather"),
    *("depth_1", "depth_2", "fold", "close_all", "open_all", "select_module", "back", "forward"),
    *("ancestors", "descendants", "path", "leave", "leave", "leave", "inputs", "leaves", "bookkeeping"),
)
WORDS = ("linear", "relu", "grad>1e-3", "64x*", "no-grad", "norm -bias", "nothing at all", "(")
AIMED = 0.75  # of what is done with the pointer is done at a card or a header in view


class Hand:
    """``hits`` counts gestures that met a node or a call, ``done`` all by kind."""

    def __init__(self, window: MainWindow, bench: Workbench, seed: int) -> None:
        self._window, self._bench = window, bench
        self._canvas = bench.pane.canvas
        self._chance = random.Random(seed)
        self.hits = 0
        self.done: Counter[str] = Counter()
        self._ways: list[tuple[int, Callable[[], None]]] = [
            (22, self._click),
            (14, self._double_click),
            (8, self._triangle),
            (14, self._hover),
            (12, self._wheel),
            (4, self._push),
            (8, self._drag),
            (8, self._key),
            (3, self._order),
            (2 if QGuiApplication.platformName() == "xcb" else 0, self._menu),  # offscreen has no keyboard to grab
            (2, self._search),
            (1, self._heat),
            (2, self._look_closer),
        ]

    def do(self) -> None:
        """One gesture."""
        way = self._chance.choices([way for _, way in self._ways], [often for often, _ in self._ways])[0]
        self.done[way.__name__.strip("_")] += 1
        way()

    def _place(self) -> QPoint:
        """A pixel of the canvas, more often than not on an item."""
        canvas, scene = self._canvas, self._canvas.scene
        place = QPoint(self._chance.randrange(canvas.width()), self._chance.randrange(canvas.height()))
        if scene is not None and len(scene) and self._chance.random() < AIMED:
            seen = [*scene.items_in(canvas.camera.scene_rect, scene.cards).tolist()]
            seen += scene.items_in(canvas.camera.scene_rect, scene.boxes).tolist()
            if seen:
                x, y, width, height = scene.rects[self._chance.choice(seen)].tolist()
                spot = canvas.camera.to_screen(x + width / 2, y + min(height / 2, 12.0))
                place = QPoint(*(round(value) for value in spot))
        if not canvas.rect().contains(place):
            place = canvas.rect().center()
        self._count(place)
        return place

    def _count(self, place: QPoint) -> None:
        self.hits += self._canvas.node_at(place) >= 0 or self._canvas.call_at(place) >= 0

    def _click(self) -> None:
        QTest.mouseClick(self._canvas, LEFT, pos=self._place())

    def _double_click(self) -> None:
        QTest.mouseDClick(self._canvas, LEFT, pos=self._place())

    def _triangle(self) -> None:
        canvas, scene = self._canvas, self._canvas.scene
        calls = [] if scene is None else [call for call in scene.visible.call.tolist() if call >= 0]
        if calls:
            place = canvas.call_rect(self._chance.choice(calls)).topLeft() + QPoint(12, 12)
            if canvas.rect().contains(place):
                self._count(place)
                QTest.mouseClick(canvas, LEFT, pos=place)

    def _hover(self) -> None:
        QTest.mouseMove(self._canvas, self._place())

    def _wheel(self) -> None:
        self._turn(Qt.KeyboardModifier.NoModifier)

    def _push(self) -> None:
        self._turn(Qt.KeyboardModifier.ShiftModifier)

    def _turn(self, modifier: Qt.KeyboardModifier) -> None:
        place, notches = self._place(), self._chance.choice((-3, -1, 1, 1, 3))
        event = QWheelEvent(
            QPointF(place),
            QPointF(self._canvas.mapToGlobal(place)),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            modifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self._canvas, event)

    def _drag(self) -> None:
        start = self._place()
        QTest.mousePress(self._canvas, LEFT, pos=start)
        for _ in range(3):
            start += QPoint(self._chance.randint(-90, 90), self._chance.randint(-90, 90))
            QTest.mouseMove(self._canvas, start)
        QTest.mouseRelease(self._canvas, LEFT, pos=start)

    def _key(self) -> None:
        QTest.keyClick(self._canvas, self._chance.choice(KEYS))

    def _order(self) -> None:
        action = self._window.actions_[f"graph.{self._chance.choice(ORDERS)}"]
        if action.isEnabled():
            action.trigger()

    def _menu(self) -> None:
        place = self._place()
        node, call = self._canvas.node_at(place), self._canvas.call_at(place)
        self._canvas.contextMenuRequested.emit(node, call, self._canvas.mapToGlobal(place))
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()

    def _search(self) -> None:
        bar = self._bench.ways.bar
        self._window.actions_["edit.find"].trigger()
        bar.field.setText(self._chance.choice(WORDS))
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
        QTest.keyClick(bar.field, Qt.Key.Key_Escape)

    def _heat(self) -> None:
        self._bench.pane.heatRequested.emit(self._chance.choice(("role", "gradient", "activation")))

    def _look_closer(self) -> None:
        """So that the hand finds its way back to something to touch."""
        self._canvas.fit()
        if self._canvas.camera.zoom < 0.2 and self._canvas.scene is not None:
            x, y, width, height = self._canvas.scene.rects[self._chance.randrange(len(self._canvas.scene))].tolist()
            self._canvas.set_view(x + width / 2, y + height / 2, 0.7)


def settled_widgets() -> int:
    """How many widgets there are, once those that were to go are gone."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    return len(QApplication.allWidgets())


def running_timers() -> int:
    """How many timers run that do so for longer than a movement on the screen."""
    made: list[Any] = [thing for thing in gc.get_objects() if issubclass(type(thing), QTimer)]
    return sum(1 for timer in made if shiboken6.isValid(timer) and timer.isActive())
