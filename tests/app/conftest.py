"""Tests of the window: settings of their own, and nothing that outlives a test.

A leaked widget keeps timers and callbacks alive that then run inside another test, where nobody looks for them. Give
every window to ``qtbot.addWidget``, or close and delete it; stop timers and animations; join threads.
"""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
import shiboken6
from PySide6.QtCore import QAbstractAnimation, QCoreApplication, QEvent, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THREAD_SECONDS = 5.0


@pytest.fixture(autouse=True)
def settings_folder(home: Path) -> Path:
    """``QSettings`` reads and writes ini files below this test's own home."""
    folder = home / "config"
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.IniFormat, scope, str(folder))
    return folder


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest, settings_folder: Path) -> Iterator[None]:
    """Fails the test that leaves a top-level widget, a running timer or animation, or a non-daemon thread."""
    if "qapp" not in request.fixturenames:
        yield
        return
    widgets, running, threads = _top_level(), _running(), set(threading.enumerate())
    yield
    leaked = _leaked(widgets, running, threads)
    if leaked:
        pytest.fail(f"left behind: {', '.join(leaked)}. {__doc__}", pytrace=False)


def _leaked(widgets: set[int], running: set[int], threads: set[threading.Thread]) -> list[str]:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    names = [_name(widget) for widget in QApplication.topLevelWidgets() if _address(widget) not in widgets]
    names += [_name(thing) for thing in _runners() if _address(thing) not in running]
    for thread in set(threading.enumerate()) - threads:
        if not thread.daemon:
            thread.join(THREAD_SECONDS)
        if not thread.daemon and thread.is_alive():
            names.append(f"thread {thread.name}")
    return names


def _top_level() -> set[int]:
    return {_address(widget) for widget in QApplication.topLevelWidgets()}


def _running() -> set[int]:
    return {_address(thing) for thing in _runners()}


def _runners() -> list[QTimer | QAbstractAnimation]:
    """Timers that are active and animations that run, of all that Python code made."""
    made: list[Any] = [thing for thing in gc.get_objects() if issubclass(type(thing), (QTimer, QAbstractAnimation))]
    alive = [thing for thing in made if shiboken6.isValid(thing)]
    return [
        thing
        for thing in alive
        if (thing.isActive() if isinstance(thing, QTimer) else thing.state() == QAbstractAnimation.State.Running)
    ]


def _address(thing: Any) -> int:
    address: int = shiboken6.getCppPointer(thing)[0]
    return address


def _name(thing: Any) -> str:
    title = thing.windowTitle() if isinstance(thing, QWidget) else ""
    return f"{type(thing).__name__}({thing.objectName() or title})"
