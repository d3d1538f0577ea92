"""The real window on a real training process: nothing of it is replaced, it is driven by keys and clicks alone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from gradscope.app import launching
from gradscope.app.application import Application
from gradscope.graph.snapshot import Kind, Role
from gradscope.graph.state import RunState

from .gradients import in_walk_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QColor
    from pytestqt.qtbot import QtBot

    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.app.panels.inspector import InspectorPanel
    from gradscope.app.workbench import Workbench
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.wire.messages import Paused

MILLISECONDS = 60_000
NEAR = 40  # by so much a channel may differ from a colour of the theme: lines are antialiased
BORDER = 2  # pixels to both sides of a card's border in which a ring may be

PHASE = (Qt.Key.Key_F10, Qt.KeyboardModifier.NoModifier)
INTO = (Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier)
CONTINUE = (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier)
PAUSE = (Qt.Key.Key_F6, Qt.KeyboardModifier.NoModifier)
STOP = (Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
RESTART = (Qt.Key.Key_F5, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
FIT = (Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
Keys = tuple[Qt.Key, Qt.KeyboardModifier]


class RealWindow:
    """What a user has: a keyboard, a mouse, and eyes for the canvas, the inspector, the strip and the source."""

    def __init__(self, qtbot: QtBot) -> None:
        self._bot = qtbot
        self.application = Application()
        self.application.settings.keys_read = True
        self.window = self.application.window
        self._seen: Paused | None = None

    # -- the user's hands

    def press(self, keys: Keys) -> None:
        """A key press as the desktop delivers it: to the window, which gives it to whatever has the focus."""
        QTest.keyClick(self.window.windowHandle(), *keys)

    def step(self, keys: Keys) -> Paused | None:
        """A key, and the pause that follows; None where the run ended instead."""
        self.press(keys)
        return self.paused()

    def click(self, node: int, *, double: bool = False) -> None:
        """The mouse on the card of a node, or on the closed call that hides it."""
        self._click(self.canvas.node_rect(node).center(), double=double)

    def close_call_of(self, node: int) -> None:
        """The mouse on the triangle of the open call that a node stands in."""
        call = int(self.graph.nodes["call"][node])
        assert not self.canvas.call_rect(call).isEmpty()
        self._click(self.canvas.call_rect(call).topLeft() + QPoint(12, 12))
        self.rest()

    def _click(self, point: QPoint, *, double: bool = False) -> None:
        under = self.window.childAt(self.canvas.mapTo(self.window, point))
        assert under is self.canvas, f"{under} lies over {point}"
        act = QTest.mouseDClick if double else QTest.mouseClick
        act(self.canvas, Qt.MouseButton.LeftButton, pos=point)

    # -- what comes about

    def until(self, condition: Callable[[], object], milliseconds: int = MILLISECONDS) -> None:
        """Live on until something is so."""

        def reached() -> None:
            if not condition():
                state, boxes = self._told(), self.window.findChildren(QMessageBox)
                said = [f"{box.text()} {box.informativeText()}" for box in boxes]
                raise AssertionError(f"{state.life}, {state.pause}, lost: {state.lost_features}, dialogs: {said}")

        self._bot.waitUntil(reached, timeout=milliseconds)

    def paused(self) -> Paused | None:
        """The next pause, drawn; None where the run ended instead."""

        def reached() -> bool:
            state = self.state
            return state.life == "ended" or (state.life == "paused" and state.pause is not self._seen)

        self.until(reached)
        self.rest()
        self._seen = self.state.pause
        return self._seen if self.state.life == "paused" else None

    def rest(self) -> None:
        """Until nothing moves on the canvas."""
        motions = (self.canvas._movement, self.canvas._travel)
        self.until(lambda: self._bench.graph.settled and all(motion.share is None for motion in motions))

    def life(self, wanted: str, milliseconds: int = MILLISECONDS) -> None:
        """Until the run is running, paused, ended."""
        self.until(lambda: self.state.life == wanted, milliseconds)
        self.rest()

    def _told(self) -> RunState:
        bench = self.application.workbench
        return (bench.state if bench is not None else None) or RunState()

    # -- the user's eyes

    @property
    def _bench(self) -> Workbench:
        bench = self.application.workbench
        assert bench is not None
        return bench

    @property
    def canvas(self) -> GraphCanvas:
        return self._bench.pane.canvas

    @property
    def inspector(self) -> InspectorPanel:
        return self._bench.inspector

    @property
    def state(self) -> RunState:
        """The state on screen."""
        return self._told()

    @property
    def graph(self) -> GraphSnapshot:
        graph = self.state.graph
        assert graph is not None
        return graph

    def badge(self) -> str:
        """Where the strip says that training is paused."""
        return self.window.phase_strip.badge.text()

    def can(self, action: str) -> bool:
        """Whether a key of the action table does something now."""
        return self.window.actions_[action].isEnabled()

    def walked(self) -> list[int]:
        """The nodes of autograd, from the root, in the order of ``gradients.in_walk_order``."""
        graph = self.graph
        roots = [node for node in range(len(graph)) if graph.role(node) == Role.ROOT]
        assert len(roots) == 1
        return in_walk_order(graph, roots[0])

    def leaves(self) -> list[int]:
        """The nodes with a leaf's card on screen."""
        graph = self.graph
        return [node for node in self.canvas.visible_nodes() if graph.kind(node) == Kind.LEAF]

    def shown_gradient(self, node: int) -> np.ndarray:  # type: ignore[type-arg]
        """Click a node's card; the numbers that the inspector then draws, flat. The title must be the node's."""
        self.click(node)
        self.until(lambda: self.inspector.heat_values().size)
        title = self.graph.text(node, "title")
        assert title == self.inspector.text().splitlines()[1], (title, self.inspector.text())
        return self.inspector.heat_values().ravel()

    def haloed(self) -> list[int]:
        """The nodes whose cards are ringed in the halo's colour, judged by the pixels of the canvas alone."""
        picture = self.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        colour = self.window.theme.color("halo")
        rects = {node: self.canvas.node_rect(node) for node in self.canvas.visible_nodes()}
        return [node for node, rect in rects.items() if _ringed(picture, rect, colour)]

    def lit_line(self) -> tuple[int, bool]:
        """The source line that is called the running one, and whether its row has the halo's ground on screen."""
        editor = self.window.source._editor
        line = editor.lit_lines()[0]
        block = editor.document().findBlockByNumber(line - 1)
        row = editor.blockBoundingGeometry(block).translated(editor.contentOffset())
        picture = editor.viewport().grab().toImage()
        ground = picture.pixelColor(picture.width() - 3, round(row.center().y()))
        return line, _near(ground, self.window.theme.color("halo_soft"))


@contextmanager
def real_window(qtbot: QtBot, script: Path | None) -> Iterator[RealWindow]:
    """The window as ``gradscope SCRIPT`` opens it, or on its welcome page; closed with process, threads and timers."""
    one = RealWindow(qtbot)
    try:
        one.window.resize(1680, 1020)
        one.application.open(launching.for_script(script) if script is not None else None)
        one.window.show()
        with qtbot.waitActive(one.window):
            one.window.activateWindow()
        one.until(lambda: one.application.workbench is not None)
        one.until(lambda: script is None or one.application.run.session is not None)
        yield one
    finally:
        one.application.run.close(leave_running=False)
        one.application.close()
        one.window.close_guard = lambda: True
        one.window.close()
        one.window.deleteLater()
        one.application.deleteLater()
        QApplication.processEvents()


def _ringed(picture: QImage, rect: QRect, colour: QColor) -> bool:
    """Whether most of the border of a card, corners left out, has the colour within a few pixels."""
    across, down = range(rect.left() + 8, rect.right() - 8, 3), range(rect.top() + 8, rect.bottom() - 8, 3)
    span = range(-BORDER, BORDER + 1)
    sides = [[(x, y + off) for off in span] for x in across for y in (rect.top(), rect.bottom())]
    sides += [[(x + off, y) for off in span] for y in down for x in (rect.left(), rect.right())]
    seen = [any(picture.valid(x, y) and _near(picture.pixelColor(x, y), colour) for x, y in spot) for spot in sides]
    return len(seen) > 0 and sum(seen) > 0.6 * len(seen)


def _near(one: QColor, other: QColor) -> bool:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return all(abs(a - b) <= NEAR for a, b in pairs)
