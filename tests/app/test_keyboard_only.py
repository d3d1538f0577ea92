"""One window without a mouse: every command of the canvas by its key, as the desktop delivers it, and what it does.

Each key is that of the shortcut sheet; what stands in the canvas' context menu and is not pressed here fails the test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox

from gradscope.app.actions import ACTIONS, BY_ID
from gradscope.app.canvas.heat import HEAT_MODES
from gradscope.app.export_dialog import ExportDialog
from gradscope.app.shortcut_sheet import sheet_sections
from gradscope.wire import messages as m
from tests.layout.graphs import gpt_builder
from tests.samples import SCRIPT, spiral_messages

from .opened import Opened, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

EVERYTHING = list(range(13))
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


class Keyboard:
    """A window held in backward before ``linear`` (node 3), and nothing but keys to work with."""

    def __init__(self, window: Opened, qtbot: QtBot) -> None:
        self._opened, self._bot = window, qtbot
        self.bench, self.window = window.bench, window.window
        self.canvas = window.bench.pane.canvas
        self.pressed: set[str] = set()

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Into whatever has the focus."""
        QTest.keyClick(self.window.windowHandle(), key, modifiers)
        self._opened.settle()

    def type(self, text: str) -> None:
        """Letters into the field that has the focus."""
        QTest.keyClicks(QApplication.focusWidget(), text)

    def do(self, action: str) -> None:
        """An action by the key that its row names."""
        assert self.window.actions_[action].isEnabled(), action
        combination = QKeySequence(BY_ID[action].keys[0])[0]
        self.pressed.add(action)
        self.key(combination.key(), combination.keyboardModifiers())

    def graph(self) -> None:
        """The keyboard on the canvas; after a dialog a desktop gives it back to the window first."""
        self.window.activateWindow()
        QTest.qWaitForWindowActive(self.window)
        self.do("view.go_graph")
        assert QApplication.focusWidget() is self.canvas

    def walk(self, key: Qt.Key, there: Callable[[], bool]) -> None:
        """Press a key until something is reached."""
        for _ in range(30):
            if there():
                return
            self.key(key)
        raise AssertionError(f"not reached; {self.canvas.accessibleDescription()}")

    def until(self, done: Callable[[], bool]) -> None:
        """Live on until something is so."""
        self._bot.waitUntil(done)

    def orders(self) -> list[object]:
        return self._opened.session.orders

    def play(self, *messages: object) -> None:
        self._opened.play(*messages)

    @property
    def node(self) -> int:
        return self.bench.selection.node

    def seen(self) -> list[int]:
        """Nodes with a card of their own, all of the scene in view."""
        self.key(Qt.Key.Key_Home)
        return self.canvas.visible_nodes()


@pytest.fixture
def keyboard(qtbot: QtBot) -> Iterator[Keyboard]:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        keyboard = Keyboard(window, qtbot)
        keyboard.graph()
        yield keyboard


def test_everything_on_the_canvas_is_done_by_key_alone(keyboard: Keyboard) -> None:
    for part in (
        _walks,
        _looks,
        _folds,
        _narrows,
        _hides,
        _colours,
        _searches,
        _stops_and_changes,
        _takes_out,
        _gathers,
    ):
        part(keyboard)
        keyboard.graph()
    offered = {row.id for row in ACTIONS if row.context}
    assert offered <= keyboard.pressed, f"not pressed: {sorted(offered - keyboard.pressed)}"
    told = {words for _, rows in sheet_sections() for _, words in rows}
    assert {BY_ID[action].text.rstrip("…") for action in keyboard.pressed} <= told


def _walks(keyboard: Keyboard) -> None:
    assert keyboard.node == 3
    keyboard.key(Qt.Key.Key_Down)
    assert keyboard.node == 4, "along the edge"
    keyboard.do("graph.back")
    assert keyboard.node == 3
    keyboard.do("graph.forward")
    assert keyboard.node == 4
    keyboard.do("graph.halo")
    assert keyboard.node == 3
    keyboard.do("edit.copy_name")
    assert QGuiApplication.clipboard().text() == "linear"


def _looks(keyboard: Keyboard) -> None:
    canvas = keyboard.canvas
    keyboard.do("view.fit_selection")
    rect = canvas.node_rect(3)
    assert abs(rect.center().x() - canvas.width() / 2) < canvas.width() / 8
    for nearer, farther in (
        (lambda: keyboard.do("view.zoom_in"), lambda: keyboard.do("view.zoom_out")),
        (lambda: keyboard.key(Qt.Key.Key_Plus), lambda: keyboard.key(Qt.Key.Key_Minus)),
    ):
        before = canvas.camera.zoom
        nearer()
        assert canvas.camera.zoom > before
        farther()
        assert canvas.camera.zoom == pytest.approx(before)
    keyboard.do("view.actual_size")
    assert canvas.camera.zoom == 1.0
    keyboard.do("view.fit")
    assert all(canvas.rect().contains(canvas.node_rect(node)) for node in canvas.visible_nodes())
    keyboard.key(Qt.Key.Key_F)
    assert canvas.camera.zoom == pytest.approx(1.2)
    shown = keyboard.bench.pane.minimap.isVisible()
    keyboard.do("view.map")
    assert keyboard.bench.pane.minimap.isVisible() is not shown
    keyboard.do("view.map")
    keyboard.do("view.flow_right")
    assert canvas.node_rect(4).left() > canvas.node_rect(3).right()
    keyboard.do("view.flow_right")
    assert canvas.node_rect(4).top() > canvas.node_rect(3).bottom()


def _folds(keyboard: Keyboard) -> None:
    keyboard.do("graph.close_all")
    assert keyboard.seen() == [4, 9, 10, 11, 12]
    keyboard.do("graph.open_level")
    assert {3, 8} <= set(keyboard.seen())
    keyboard.do("graph.close_level")
    keyboard.do("graph.depth_1")
    assert {3, 8} <= set(keyboard.seen())
    keyboard.do("graph.halo")
    keyboard.do("graph.select_module")
    assert "net.0" in keyboard.bench.inspector.text()
    keyboard.do("graph.toggle")
    assert 3 not in keyboard.seen()
    keyboard.key(Qt.Key.Key_Return)
    assert 3 in keyboard.seen(), "Enter on the chosen call"
    keyboard.do("graph.close_alike")
    assert not {3, 8} & set(keyboard.seen())
    keyboard.do("graph.open_alike")
    assert {3, 8} <= set(keyboard.seen())
    keyboard.do("graph.close_below")
    assert 3 not in keyboard.seen()
    keyboard.do("graph.open_below")
    assert 3 in keyboard.seen()
    keyboard.do("graph.close_all")
    keyboard.do("graph.open_all")
    assert keyboard.seen() == EVERYTHING
    keyboard.do("graph.close_all")
    keyboard.do("graph.fold")
    assert keyboard.seen() == EVERYTHING, "there is room for all of it"


def _narrows(keyboard: Keyboard) -> None:
    keyboard.do("graph.halo")
    keyboard.do("graph.ancestors")
    assert 3 in keyboard.seen()
    assert not {4, 8, 10} & set(keyboard.seen())
    keyboard.do("graph.leave")
    keyboard.do("graph.descendants")
    assert {3, 4, 8, 10} <= set(keyboard.seen())
    assert 0 not in keyboard.seen()
    keyboard.key(Qt.Key.Key_Escape)
    assert keyboard.seen() == EVERYTHING
    keyboard.do("graph.path")
    assert {3, 4, 8, 9, 10} == set(keyboard.seen())
    keyboard.do("graph.leave")
    assert keyboard.seen() == EVERYTHING


def _hides(keyboard: Keyboard) -> None:
    for action, nodes in (("graph.inputs", {11, 12}), ("graph.leaves", {0, 1, 5, 6})):
        keyboard.do(action)
        assert not nodes & set(keyboard.seen()), action
        keyboard.do(action)
        assert nodes <= set(keyboard.seen()), action
    height = keyboard.canvas.node_rect(2).height()
    keyboard.do("graph.bookkeeping")
    keyboard.seen()
    assert keyboard.canvas.node_rect(2).height() > height * 1.5, "a card, not a chip"
    keyboard.do("graph.bookkeeping")
    for action in ("graph.untracked", "graph.untracked"):
        checked = keyboard.window.actions_[action].isChecked()
        keyboard.do(action)
        assert keyboard.window.actions_[action].isChecked() is not checked


def _colours(keyboard: Keyboard) -> None:
    pane = keyboard.bench.pane
    assert pane.selector.mode == "gradient"
    keyboard.do("view.heat_next")
    assert pane.selector.mode == "activation"
    assert pane.heat_legend.caption.startswith("activation")
    keyboard.do("view.heat_previous")
    assert pane.selector.mode == "gradient"
    ends = pane.heat_legend.ends
    keyboard.do("view.heat_range")
    assert QApplication.focusWidget() is pane.heat_legend
    keyboard.key(Qt.Key.Key_Up)
    assert pane.heat_legend.ends != ends
    keyboard.key(Qt.Key.Key_Home)
    assert pane.heat_legend.ends == ends
    keyboard.key(Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is keyboard.canvas
    keyboard.do("view.compare_pin")
    assert pane.selector.mode == "change"
    keyboard.do("view.compare_before")
    came: list[str] = []
    while "gradient" not in came and len(came) < len(HEAT_MODES):
        keyboard.do("view.heat_next")
        came.append(pane.selector.mode)
    assert came[-2:] == ["role", "gradient"], "around"
    for action in ("view.edges_size", "view.edges_gradient"):
        plain = keyboard.canvas.grab().toImage()
        keyboard.do(action)
        assert keyboard.canvas.grab().toImage() != plain, action
        keyboard.do(action)
        assert keyboard.canvas.grab().toImage() == plain, action


def _searches(keyboard: Keyboard) -> None:
    keyboard.do("edit.find")
    keyboard.type("Linear")
    keyboard.key(Qt.Key.Key_Return)
    first = keyboard.node
    hits = {0, 1, 2, 3, 5, 6, 7, 8}
    assert first in hits
    keyboard.do("edit.find_next")
    second = keyboard.node
    assert second in hits - {first}
    keyboard.do("edit.find_previous")
    assert keyboard.node == first
    keyboard.key(Qt.Key.Key_Escape)
    assert not keyboard.bench.ways.bar.is_open


def _stops_and_changes(keyboard: Keyboard) -> None:
    orders = keyboard.orders()
    keyboard.do("graph.halo")
    keyboard.do("graph.source")
    assert keyboard.window.source.path == SCRIPT
    keyboard.graph()
    keyboard.do("graph.why")
    for action, kind in (
        ("run.breakpoint", "node"),
        ("run.break_operation", "operation"),
        ("run.break_function", "function"),
    ):
        keyboard.do(action)
        assert [one.kind for one in orders[-1].breakpoints] == [kind], action  # type: ignore[attr-defined]
        keyboard.do(action)
        assert orders[-1].breakpoints == (), action  # type: ignore[attr-defined]
    keyboard.do("node.check")
    assert type(orders[-1]).__name__ == "CheckNode"
    keyboard.bench.features["check"].dialog.close()  # type: ignore[attr-defined]
    keyboard.graph()
    keyboard.key(Qt.Key.Key_Down)
    assert keyboard.node == 4
    keyboard.do("edit.change")
    assert keyboard.window.docks["changes"].isVisible()
    keyboard.graph()
    keyboard.do("graph.ancestors")
    keyboard.do("graph.leave")
    keyboard.walk(Qt.Key.Key_Up, lambda: keyboard.node in (0, 1))
    keyboard.do("edit.freeze")
    assert isinstance(orders[-1], m.Change)
    assert (orders[-1].target, orders[-1].node) == ("requires_grad", keyboard.node)
    keyboard.do("run.node")
    assert type(orders[-1]).__name__ == "Step"


def _takes_out(keyboard: Keyboard) -> None:
    keyboard.do("file.export")
    dialog = keyboard.window.findChild(ExportDialog)
    assert dialog is not None
    assert dialog.isVisible()
    field = QApplication.focusWidget()
    assert isinstance(field, QComboBox)
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert dialog.choice.format == "png"
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is dialog.extent
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    keyboard.graph()
    keyboard.do("edit.copy_picture")
    keyboard.until(lambda: QGuiApplication.clipboard().mimeData().hasImage())
    QGuiApplication.clipboard().clear()


def _gathers(keyboard: Keyboard) -> None:
    built = gpt_builder(12)
    keyboard.play(built.message(), m.PassStarted(13, 0, "backward", "made", "light", "loss", 1.0))
    graph = keyboard.bench.graph
    assert graph.fold is not None
    (head,) = graph.fold.gathered
    keyboard.graph()
    keyboard.key(Qt.Key.Key_Escape)
    keyboard.walk(Qt.Key.Key_Down, lambda: graph.aim == head)
    assert "12 × Block" in keyboard.bench.inspector.text()  # noqa: RUF001 - the sign for times
    keyboard.key(Qt.Key.Key_Return)
    assert not graph.fold.gathered
    keyboard.do("graph.gather")
    assert graph.fold.gathered == {head}
