"""A layout that takes long says so and can be given up; one that is quick says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from gradscope.layout.engine import answer
from tests.samples import spiral_messages

from .opened import Opened, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from gradscope.layout.engine import LayoutRequest


class Slow:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[LayoutRequest, Callable[[Any], None]]] = []
        self.cancelled: list[int] = []

    def submit(self, request: LayoutRequest, callback: Callable[[Any], None]) -> int:
        self.waiting.append((request, callback))
        return len(self.waiting)

    def cancel(self, ticket: int) -> None:
        self.cancelled.append(ticket)

    def finish(self) -> None:
        request, callback = self.waiting[-1]
        callback(answer(request))


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Opened]:
    with opened(qtbot) as one:
        one.start()
        one.play(*spiral_messages())
        yield one


def test_a_slow_layout_says_how_much_is_placed_until_it_stands(window: Opened, qtbot: QtBot) -> None:
    slow = Slow()
    window.bench.graph._layouts = slow  # type: ignore[assignment]
    window.window.actions_["graph.close_all"].trigger()
    banner = window.bench.pane.arranging
    assert banner.text() == ""
    qtbot.waitUntil(lambda: banner.text() == f"Placing {len(slow.waiting[-1][0].sizes)} cards …")
    assert window.bench.pane.rect().contains(banner.geometry())
    slow.finish()
    window.settle()
    assert banner.text() == ""
    assert window.bench.pane.canvas.visible_nodes() == [4, 9, 10, 11, 12]


def test_a_slow_layout_is_given_up_and_the_picture_stays(window: Opened, qtbot: QtBot) -> None:
    view, canvas = window.bench.graph, window.bench.pane.canvas
    before, scene = view.fold, canvas.scene
    slow = Slow()
    view._layouts = slow  # type: ignore[assignment]
    window.window.actions_["graph.close_all"].trigger()
    banner = window.bench.pane.arranging
    qtbot.waitUntil(lambda: bool(banner.text()))
    button = next(one for one in banner.findChildren(QPushButton) if one.text() == "Cancel")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert banner.text() == ""
    assert slow.cancelled == [1]
    assert view.settled
    assert view.fold == before
    slow.finish()  # an answer that was under way comes too late
    QTest.qWait(50)
    assert canvas.scene is scene


def test_a_turn_that_is_given_up_is_turned_back(window: Opened, qtbot: QtBot) -> None:
    view = window.bench.graph
    slow, told = Slow(), []
    view._layouts = slow  # type: ignore[assignment]
    view.directionChanged.connect(told.append)
    view.turn()
    qtbot.waitUntil(lambda: bool(window.bench.pane.arranging.text()))
    view.cancel()
    assert told == [True, False]


def test_a_quick_layout_says_nothing(window: Opened) -> None:
    said: list[str] = []
    banner = window.bench.pane.arranging
    banner.show_count = lambda *_args, **_more: said.append("shown")  # type: ignore[method-assign]
    window.window.actions_["graph.close_all"].trigger()
    window.settle()
    QTest.qWait(400)
    assert said == []
