"""Files dropped on the window, and the card of keys that stands beside the first pause of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from gradscope.app.controllers import studio
from gradscope.app.controllers.first_keys import FirstKeysFeature
from gradscope.app.controllers.studio import StudioFeature
from gradscope.session.interpreter import Interpreter
from gradscope.wire import messages as m

from ..samples import ended_iteration, spiral_messages
from .opened import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from .opened import Opened


@pytest.fixture
def one(qtbot: QtBot) -> Iterator[Opened]:
    with opened(qtbot) as window:
        yield window


def drop(one: Opened, path: Path) -> None:
    """As the desktop delivers it: the file comes over the window, and is let go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(500, 400), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(one.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(one.window, QDropEvent(QPointF(500, 400), Qt.DropAction.CopyAction, data, buttons, keys))


def test_a_script_that_is_dropped_is_started(one: Opened, tmp_path: Path, qtbot: QtBot) -> None:
    script = tmp_path / "train.py"
    script.write_text("import torch\n")
    drop(one, script)
    qtbot.waitUntil(lambda: bool(one.sessions) and bool(one.session.specs))
    assert one.session.specs[0].command == (str(script),)
    assert one.session.specs[0].pause


def test_a_recording_that_is_dropped_is_opened(
    one: Opened, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = tmp_path / "run.gscope"
    recording.touch()
    asked: list[Path] = []
    monkeypatch.setattr(one.application.recording, "open", asked.append)
    drop(one, recording)
    qtbot.waitUntil(lambda: asked == [recording])


def test_a_table_that_is_dropped_begins_a_new_training(
    one: Opened, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio, "_ask_python", lambda: Interpreter("python", "3.11", "2.13", ("cpu",), "", {}))
    table = tmp_path / "houses.csv"
    table.write_text("area,price\n1,2.5\n2,3.5\n3,4.5\n4,5.5\n5,6.5\n")
    drop(one, table)
    feature = one.bench.features["studio"]
    assert isinstance(feature, StudioFeature)
    qtbot.waitUntil(lambda: feature.dialog is not None)
    dialog = feature.dialog
    assert dialog is not None
    assert str(table) in dialog.script()
    assert dialog.plan.loss == "mse"
    qtbot.waitUntil(dialog.train.isEnabled)
    dialog.reject()


def test_what_cannot_be_opened_is_said(one: Opened, tmp_path: Path, qtbot: QtBot) -> None:
    photo = tmp_path / "cat.png"
    photo.touch()
    drop(one, photo)
    qtbot.waitUntil(lambda: bool(one.window.findChildren(QMessageBox)))
    (box,) = one.window.findChildren(QMessageBox)
    assert "cat.png is no script, recording or table" in box.text()
    assert ".csv" in box.informativeText()
    box.close()
    assert not one.sessions


def test_the_keys_that_matter_stand_there_until_they_are_read_and_never_again(one: Opened) -> None:
    one.application.settings.keys_read = False
    feature = one.bench.features["first_keys"]
    assert isinstance(feature, FirstKeysFeature)
    one.start()
    assert feature.card.isHidden()
    one.play(*spiral_messages())
    assert feature.card.isVisible()
    assert one.bench.pane.rect().contains(feature.card.geometry())
    QTest.mouseClick(feature.card.button, Qt.MouseButton.LeftButton)
    assert feature.card.isHidden()
    assert one.application.settings.keys_read
    one.application.run.restart()
    one.play(*spiral_messages())
    assert feature.card.isHidden()


def test_who_has_run_some_iterations_has_found_the_keys(one: Opened) -> None:
    one.application.settings.keys_read = False
    feature = one.bench.features["first_keys"]
    assert isinstance(feature, FirstKeysFeature)
    one.start()
    one.play(*spiral_messages(1))
    assert feature.card.isVisible()
    one.play(m.Resumed(), *[ended_iteration(number) for number in range(1, 5)], m.PhaseEntered(5, "forward", 2.0))
    assert feature.card.isHidden()
    assert one.application.settings.keys_read
