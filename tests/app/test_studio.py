"""New training, by mouse and keys: the form, the script beside it, and the run that it starts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit

from gradscope.app.controllers import studio
from gradscope.app.controllers.studio import StudioFeature, trainings_folder, written
from gradscope.session.interpreter import Interpreter

from .opened import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from gradscope.app.studio_dialog import StudioDialog

    from .opened import Opened


@pytest.fixture(autouse=True)
def python(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Interpreter("python", "3.11", "2.13", ("cpu", "cuda:0"), "", {"cuda:0": "Card, 8 GiB"})
    monkeypatch.setattr(studio, "_ask_python", lambda: answer)


@pytest.fixture
def form(qtbot: QtBot) -> Iterator[tuple[Opened, StudioDialog]]:
    with opened(qtbot) as one:
        one.window.actions_["file.new"].trigger()
        feature = one.bench.features["studio"]
        assert isinstance(feature, StudioFeature)
        assert feature.dialog is not None
        dialog = feature.dialog
        qtbot.waitUntil(lambda: not dialog.note.text())
        yield one, dialog
        if feature.dialog is not None:
            dialog.reject()


def choose(dialog: StudioDialog, name: str, label: str) -> None:
    """Choose a line of a list (the offscreen platform has no popups to click in)."""
    box = dialog.form.controls[name]
    assert isinstance(box, QComboBox)
    row = box.findText(label)
    assert row >= 0, [box.itemText(i) for i in range(box.count())]
    box.setCurrentIndex(row)
    box.activated.emit(row)


def write(dialog: StudioDialog, name: str, text: str) -> None:
    field = dialog.form.controls[name]
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Tab)


def test_by_mouse_alone_a_cnn_on_pictures_is_chosen_and_started(
    form: tuple[Opened, StudioDialog], qtbot: QtBot
) -> None:
    one, dialog = form
    choose(dialog, "data", "Small pictures")
    choose(dialog, "optimizer", "SGD with momentum")
    script = dialog.script()
    assert "nn.Conv2d" in script
    assert "momentum=0.9" in script
    QTest.mouseClick(dialog.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(one.sessions) and bool(one.session.specs))
    spec = one.session.specs[0]
    path = trainings_folder() / "shapes_cnn.py"
    assert spec.command == (str(path),)
    assert spec.pause
    assert path.read_text() == script
    assert not one.window.docks["learned"].isHidden()


def test_only_what_fits_is_offered(form: tuple[Opened, StudioDialog]) -> None:
    _, dialog = form
    losses = dialog.form.controls["loss"]
    assert isinstance(losses, QComboBox)
    choose(dialog, "data", "Sine")
    assert [losses.itemText(row) for row in range(losses.count())] == ["Mean squared error", "L1: mean absolute error"]
    choose(dialog, "data", "Text")
    assert "dropout" not in dialog.form.controls
    choose(dialog, "model", "Tiny transformer")
    assert "dropout" in dialog.form.controls


def test_a_number_that_is_none_is_told_and_nothing_changes(form: tuple[Opened, StudioDialog]) -> None:
    _, dialog = form
    write(dialog, "lr", "fast")
    assert "not a number" in dialog.fault.text()
    assert dialog.plan.lr == 0.01
    write(dialog, "lr", "0.5")
    assert dialog.fault.text() == ""
    assert "default=0.5" in dialog.script()
    write(dialog, "epochs", "0")
    assert "lies between 1" in dialog.fault.text()
    write(dialog, "epochs", "2.5")
    assert "whole number" in dialog.fault.text()


def test_a_table_of_the_users(
    form: tuple[Opened, StudioDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, dialog = form
    choose(dialog, "data", "My own table")
    assert "Choose a file" in dialog.fault.text()
    assert not dialog.train.isEnabled()
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("a,b\n1,x\n2,y\n")
    np.savetxt(good, np.random.default_rng(0).normal(size=(9, 3)), delimiter=",")
    for path, enabled in ((bad, False), (good, True)):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, chosen=path: (str(chosen), ""))
        dialog.form.fileWanted.emit("file")
        assert dialog.train.isEnabled() is enabled, dialog.fault.text()
    assert str(good) in dialog.script()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A project of the user's: a package with models, one of a wrong shape, beside a file that needs too much."""
    package = tmp_path / "project" / "nets"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "sizes.py").write_text("HIDDEN = 8\n")
    (package / "small.py").write_text(
        "from torch import nn\nfrom .sizes import HIDDEN\n\n"
        "def wrong():\n    return nn.Linear(2, 1)\n\n"
        "class Net(nn.Sequential, nn.Module):\n    def __init__(self, hidden=HIDDEN):\n"
        "        super().__init__(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 2))\n"
    )
    (tmp_path / "project" / "broken.py").write_text("import a_package_that_nobody_has\n")
    return tmp_path / "project"


def test_a_model_of_the_users_own_is_tried_and_trained_from_where_it_lies(
    form: tuple[Opened, StudioDialog], models: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, dialog = form

    def said(words: str) -> None:
        qtbot.waitUntil(lambda: words in dialog.fault.text() and not dialog.note.text(), timeout=60_000)
        assert not dialog.save.isEnabled()
        assert dialog.train.text() == "Try again"

    choose(dialog, "model", "My own model")
    assert "module:callable" in dialog.fault.text()
    broken = models / "broken.py"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(broken), ""))
    dialog.form.fileWanted.emit("factory")
    assert "broken:" in dialog.fault.text()
    write(dialog, "factory", "broken:make")
    assert dialog.note.text().startswith("Trying broken:make")
    assert not dialog.train.isEnabled()
    said("broken needs a_package_that_nobody_has, which")
    broken.write_text("from nets.small import wrong as make\n")
    QTest.mouseClick(dialog.train, Qt.MouseButton.LeftButton)
    said("gives 4 x 1, but these data and this loss need 4 x 2")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(models / "nets" / "small.py"), ""))
    dialog.form.fileWanted.emit("factory")
    assert (dialog.plan.factory, dialog.plan.folder) == ("nets.small:Net", str(models))
    qtbot.waitUntil(lambda: dialog.train.text() == "Train" and dialog.train.isEnabled(), timeout=60_000)
    QTest.mouseClick(dialog.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(one.sessions) and bool(one.session.specs))
    command = [sys.executable, *one.session.specs[0].command, "--epochs", "1"]
    done = subprocess.run(command, cwd=one.session.specs[0].cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout


def test_a_device_that_vanished_is_told(form: tuple[Opened, StudioDialog]) -> None:
    _, dialog = form
    choose(dialog, "device", "cuda:0: Card, 8 GiB")
    assert dialog.train.isEnabled()
    dialog.set_devices(("cpu",))
    assert "no device cuda:0: it has cpu" in dialog.fault.text()
    assert not dialog.train.isEnabled()


def test_the_script_is_saved_where_the_user_says(
    form: tuple[Opened, StudioDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, dialog = form
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine.py"), ""))
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert (tmp_path / "mine.py").read_text() == dialog.script()


def test_a_script_that_was_edited_is_never_written_over(tmp_path: Path) -> None:
    first = written(tmp_path, "a.py", "one")
    assert written(tmp_path, "a.py", "one") == first
    assert written(tmp_path, "a.py", "two").name == "a-2.py"
    assert first.read_text() == "one"
