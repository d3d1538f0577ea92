"""The guard of this folder sees what a test leaves behind, and lets pass what it cleaned up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QPropertyAnimation, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from . import conftest

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot


def leaked() -> list[str]:
    """What the guard would say if the test had begun before any of this."""
    return conftest._leaked(set(), set(), set(threading.enumerate()))


def test_a_window_that_nobody_closed_is_seen(qtbot: QtBot) -> None:
    widget = QWidget()
    widget.setObjectName("forgotten")
    assert "QWidget(forgotten)" in leaked()
    qtbot.addWidget(widget)


def test_a_window_inside_another_is_the_others_affair(qtbot: QtBot) -> None:
    outer = QWidget()
    qtbot.addWidget(outer)
    inner = QLabel("inner", outer)
    inner.setObjectName("inner")
    assert "QLabel(inner)" not in leaked()


def test_a_running_timer_is_seen_and_a_stopped_one_is_not(qtbot: QtBot) -> None:
    timer = QTimer()
    timer.setObjectName("ticking")
    timer.start(60_000)
    assert "QTimer(ticking)" in leaked()
    timer.stop()
    assert "QTimer(ticking)" not in leaked()


def test_a_running_animation_is_seen(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    animation = QPropertyAnimation(widget, b"windowOpacity", widget)
    animation.setObjectName("fading")
    animation.setDuration(60_000)
    animation.setEndValue(0.5)
    animation.start()
    assert "QPropertyAnimation(fading)" in leaked()
    animation.stop()


def test_a_thread_that_does_not_end_is_seen(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "THREAD_SECONDS", 0.05)
    before = set(threading.enumerate())
    gone = threading.Event()
    thread = threading.Thread(target=gone.wait, name="stray")
    thread.start()
    assert "thread stray" in conftest._leaked(set(), set(), before)
    gone.set()
    thread.join()
    assert "thread stray" not in conftest._leaked(set(), set(), before)
