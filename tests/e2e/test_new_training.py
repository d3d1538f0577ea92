"""From a cold start by the mouse alone: a new training is chosen, started and run, and what it learned is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton, QToolButton

from gradscope.app.controllers.learned import LearnedFeature
from gradscope.app.controllers.studio import StudioFeature
from gradscope.graph.learned import LearnedView

from .real_window import real_window

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("warm_python")


def click(widget: QWidget) -> None:
    assert widget.isVisible()
    assert widget.isEnabled()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_a_cnn_on_pictures_with_adam(qtbot: QtBot) -> None:
    with real_window(qtbot, None) as one:
        start = one.window.welcome.findChild(QPushButton, "welcome.file.new")
        assert start is not None
        click(start)
        studio = one._bench.features["studio"]
        assert isinstance(studio, StudioFeature)
        assert studio.dialog is not None
        data = studio.dialog.form.controls["data"]
        assert isinstance(data, QComboBox)
        data.setCurrentIndex(data.findText("Small pictures"))  # the offscreen platform has no popup to click in
        data.activated.emit(data.currentIndex())
        assert studio.dialog.title.text() == "Small pictures: CNN, Cross entropy, Adam."
        click(studio.dialog.train)
        pause = one.paused()
        assert pause is not None
        assert pause.point == "forward"
        buttons = one.window._toolbar.findChildren(QToolButton)
        click(next(button for button in buttons if button.text() == "Continue"))
        one.until(lambda: one.state.learned is not None and one.state.learned.iteration > 5)
        click(next(button for button in buttons if button.text() == "Pause"))
        one.life("paused")
        operations = {one.graph.text(node, "op") for node in range(len(one.graph))}
        assert {"ConvolutionBackward0", "NativeBatchNormBackward0"} <= operations
        assert one.state.history[-1].label == "Adam"
        one.until(lambda: len(one.canvas.visible_nodes()) > 2)
        assert one.state.learned is not None
        view = LearnedView.from_message(one.state.learned)
        assert view.told.names == ("circle", "square", "triangle")
        assert len(view.pictures) == 12
        learned = one._bench.features["learned"]
        assert isinstance(learned, LearnedFeature)
        assert "right" in learned.panel.detail()
