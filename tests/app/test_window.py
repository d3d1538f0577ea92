"""The window as one sees it: a run on its panels, themes, layout, empty states, the past."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from gradscope.app.panels.text_label import TextLabel
from gradscope.app.theme import DARK, LIGHT
from gradscope.graph.state import ProcessExited, ProcessStarted, RunState
from gradscope.wire import messages as m
from tests.samples import graph_message, spiral_messages, spiral_parameters, spiral_state

from .opened import opened

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_a_paused_run_is_told_by_every_panel(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        main, bench = window.window, window.bench
        assert main.windowTitle() == "train.py - GradScope"
        assert main.progress.texts()[:2] == ("iteration 12", "epoch 1 of 10, batch 13 of 20")
        assert "node 8 of 11" in main.status.text()
        assert bench.selection.node == 3  # the node about to run
        assert "linear" in bench.inspector.text()
        assert 3 in bench.pane.canvas.visible_nodes()
        assert not main.welcoming


class Windows(QObject):
    """Notes every window that is shown, be it for a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


def test_no_other_window_flashes_up_while_the_panels_are_made(qtbot: QtBot) -> None:
    windows = Windows()
    QApplication.instance().installEventFilter(windows)
    try:
        with opened(qtbot) as window:
            window.start()
            window.play(*spiral_messages())
            assert windows.shown == [window.window], "it would take the keyboard as well"
    finally:
        QApplication.instance().removeEventFilter(windows)


def test_the_selection_is_one_for_all_views(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        window.bench.pane.canvas.nodeSelected.emit(4)
        assert "relu" in window.bench.inspector.text()
        window.window.outline.nodeSelected.emit(9)
        assert "log_softmax" in window.bench.inspector.text()


def test_the_view_follows_the_paused_node_only_while_it_is_told_to(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        window.bench.selection.toggle_follow()
        window.bench.selection.select(10)
        window.play(m.Paused("node", 12, "backward", 0, "spiral", 1, 9, 11))
        assert window.bench.selection.node == 10
        window.bench.selection.toggle_follow()
        assert window.bench.selection.node == 1
        assert window.application.settings.follow


def test_a_tensor_of_an_older_request_is_passed_over(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        requests = window.session.requests
        window.bench.selection.select(4)
        qtbot.waitUntil(lambda: ("gradient", 4, 0, ()) in requests)
        first = len(requests)
        window.bench.selection.select(10)
        qtbot.waitUntil(lambda: ("gradient", 10, 0, ()) in requests)
        told: list[Any] = []
        window.bench.inspector.set_tensor = lambda kind, tensor: told.append(kind)  # type: ignore[method-assign]
        window.session.tell(m.TensorTold(first, False, "gone"))
        assert told == []
        window.session.tell(m.TensorTold(len(requests), False, "gone"))
        assert told == ["gradient"]


def test_before_the_first_forward_the_leaves_are_there_with_the_next_key(qtbot: QtBot) -> None:
    leaf = (0, 0, "AccumulateGrad", "w", "w", "", -1, 3, "<module>", "4", "float32")
    with opened(qtbot) as window:
        window.start()
        window.play(
            *spiral_messages(0)[:3],
            graph_message([leaf], [], [], "leaves", partial=True),
            m.Paused("forward", 0, "forward"),
        )
        canvas = window.bench.pane.canvas
        assert canvas.visible_nodes() == [0]
        assert "press F10" in " ".join(canvas._empty)
        window.play(m.Resumed(), m.PhaseEntered(0, "forward", 1.0))
        assert canvas._shown_hint() == "The first forward is running… The graph appears at its end"
        window.play(m.PhaseEntered(0, "loss", 9.0))
        assert "Reading the graph" in canvas._shown_hint()


def test_starting_and_a_crash_are_said_on_the_empty_canvas(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(ProcessStarted(("python", "train.py")))
        assert "importing torch" in window.bench.pane.canvas._empty[0]
        window.play(ProcessExited(3, "No probe reported."))
        assert "exit code 3" in window.bench.pane.canvas._empty[0]
        assert "No probe reported." in window.bench.pane.canvas._empty[1]


def test_a_script_that_fails_shows_its_last_words_and_its_line(qtbot: QtBot, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("one\ntwo\nthree\n")
    with opened(qtbot) as window:
        window.start()
        frame = m.Frame(str(script), 2, "<module>")
        window.play(*spiral_messages(), m.Resumed(), m.ScriptEnding(1, "ValueError: boom", (frame,)))
        window.application.bridge.listen_console("stderr", "ValueError: boom\n")
        window.play(ProcessExited(1, "The script ended with an exception: ValueError: boom"))
        assert not window.window.docks["console"].visibleRegion().isEmpty()
        assert "line 2" in window.window.source.text()
        assert "boom" in window.window.status.text()


def test_the_theme_reaches_every_widget_at_once(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        for name, theme in (("dark", DARK), ("light", LIGHT)):
            window.window.actions_[f"view.theme_{name}"].trigger()
            image = window.window.grab().toImage()
            canvas = window.bench.pane.canvas
            ground = canvas.mapTo(window.window, QPoint(6, canvas.height() // 2))  # left of everything drawn
            assert image.pixelColor(ground).name() == theme.canvas
            bar = window.window.menuBar()
            assert image.pixelColor(bar.width() - 20, 12).name() == theme.window
            assert window.application.settings.theme == name


def test_every_label_wears_its_colour_from_the_start(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        for _ in range(2):
            labels = [label for label in window.window.findChildren(TextLabel) if label._theme is not None]
            assert len(labels) > 20
            theme = window.window.theme
            wrong = {
                label.text(): label.palette().windowText().color().name()
                for label in labels
                if not label.styleSheet() and label.palette().windowText().color() != theme.color(label._colour)
            }
            assert wrong == {}
            window.window.actions_["view.theme_dark"].trigger()


def test_reset_layout_brings_a_closed_panel_back(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        docks = window.window.docks
        docks["inspector"].close()
        docks["outline"].setFloating(True)
        window.window.actions_["view.reset_layout"].trigger()
        assert docks["inspector"].isVisible()
        assert not docks["outline"].isFloating()
        assert docks["outline"].geometry().left() < docks["inspector"].geometry().left()


def test_the_layout_is_remembered(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradscope.app.dialogs.ask_leaving", lambda *_: "stop")
    with opened(qtbot) as window:
        window.start()
        window.window.docks["training"].close()
        window.application.shell.may_close()
        geometry, state = window.application.settings.window_layout()
    with opened(qtbot, show=False) as again:
        again.window.restore_layout(geometry, state)
        again.window.show_starting()
        assert again.window.docks["training"].isHidden()
        assert not again.window.docks["inspector"].isHidden()


def test_a_run_is_said_to_start_before_anything_was_heard_of_it(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        assert window.window.status.text().startswith("starting")
        assert window.window.actions_["run.stop"].isEnabled()
        window.play(*spiral_messages())
        window.application.run.restart()
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        assert window.window.status.text().startswith("starting")
        assert window.bench.pane.canvas.visible_nodes() == []


def test_a_panel_that_was_closed_stays_closed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradscope.app.dialogs.ask_leaving", lambda *_: "stop")
    with opened(qtbot) as window:
        window.start()
        window.window.docks["training"].close()
        window.window.raise_panel("console")
        window.application.run.restart()
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        assert window.window.docks["training"].isHidden()
        assert not window.window.docks["console"].visibleRegion().isEmpty()
        window.window.actions_["file.close"].trigger()
        assert all(dock.isHidden() for dock in window.window.docks.values())
        kept = window.window.layout_state()
        window.start()
        assert window.window.docks["training"].isHidden()
        assert window.window.docks["outline"].isVisible()
    with opened(qtbot, show=False) as again:
        again.window.restore_layout(*kept)
        assert again.window.docks["outline"].isHidden()  # the welcome page is shown
        again.window.show_starting()
        assert again.window.docks["training"].isHidden()
        assert not again.window.docks["outline"].isHidden()


class Recorded:
    """A recording whose iteration n is a run of n whole iterations."""

    iterations = (0, 1, 2, 3)

    def state_at(self, iteration: int | None) -> RunState:
        return spiral_state(4 if iteration is None else iteration)

    def console(self) -> str:
        return "epoch 1\n"

    def close(self) -> None:
        pass


def test_the_timeline_goes_back_and_a_badge_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    with opened(qtbot) as window:
        window.application.recording._open = lambda _path: Recorded()  # type: ignore[assignment,return-value]
        window.start()
        window.session.recording_path = tmp_path / "run.gscope"
        window.play(*spiral_messages())
        window.bench.timeline.iterationRequested.emit(7)
        past: Any = window.bench.features["past"]
        qtbot.waitUntil(lambda: past.banner.text() == "showing iteration 7")
        shown = window.bench.recording.shown
        assert shown is not None
        assert shown.iteration == 7
        assert not window.window.actions_["run.node"].isEnabled()
        assert "iteration 12" in window.window.progress.texts()[0]  # the process is where it was
        window.window.actions_["graph.now"].trigger()
        assert past.banner.text() == ""
        assert window.bench.recording.shown is window.session.state
        window.bench.timeline.iterationRequested.emit(3)
        qtbot.waitUntil(lambda: past.banner.text() == "showing iteration 3")
        window.window.actions_["run.into"].trigger()  # a step is taken now
        assert past.banner.text() == ""


def test_a_recording_is_opened_and_named(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "spiral.gscope"
    file.write_bytes(b"x")
    with opened(qtbot) as window:
        window.application.recording._open = lambda _path: Recorded()  # type: ignore[assignment,return-value]
        window.application.shell.open_path(str(file))
        qtbot.waitUntil(lambda: window.window.windowTitle() == "spiral.gscope - GradScope")
        window.settle()
        assert 10 in window.bench.pane.canvas.visible_nodes()
        assert window.application.settings.recent == (str(file),)
        assert not window.window.actions_["run.continue"].isEnabled()
        window.window.actions_["file.close"].trigger()
        assert window.window.welcoming
        assert window.window.status.text().startswith("no run")


@pytest.mark.parametrize(("answer", "asked"), [("leave", ["leave"]), ("stop", ["end"]), ("cancel", [])])
def test_closing_on_a_live_script_asks_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, answer: str, asked: list[str]
) -> None:
    with opened(qtbot) as window:
        monkeypatch.setattr("gradscope.app.dialogs.ask_leaving", lambda *_: answer)
        window.start()
        window.play(*spiral_messages())
        session = window.session
        window.window.close()
        assert session.calls == asked
        assert window.window.isVisible() == (answer == "cancel")


def test_a_command_that_cannot_start_is_said_with_its_remedy(qtbot: QtBot) -> None:
    from gradscope.session.errors import ScriptError

    with opened(qtbot) as window:
        window.start()
        window.application.run.failed.emit(ScriptError("The script was not found", "/no/train.py", "check the path"))
        boxes = window.window.findChildren(QMessageBox)
        assert [box.text() for box in boxes] == ["The script was not found."]
        assert "/no/train.py" in boxes[0].informativeText()
        assert "Check the path." in boxes[0].informativeText()
        boxes[0].close()
        assert window.window.welcoming
        assert not window.window.actions_["run.restart"].isEnabled()


def test_a_file_that_is_no_recording_is_said_and_the_welcome_page_stays(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "notes.gscope"
    file.write_text("these are only notes")
    with opened(qtbot) as window:
        window.application.open(file)
        qtbot.waitUntil(lambda: bool(window.window.findChildren(QMessageBox)))
        (box,) = window.window.findChildren(QMessageBox)
        assert str(file) in box.informativeText()
        box.close()
        assert window.window.welcoming
        assert file.read_text() == "these are only notes"


def test_a_closed_run_leaves_nothing_on_screen(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradscope.app.dialogs.ask_leaving", lambda *_: "stop")
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        window.window.actions_["file.close"].trigger()
        assert window.window.welcoming
        assert window.bench.pane.canvas.visible_nodes() == []
        assert window.window.status.text().startswith("no run")


def test_a_new_device_restarts_the_script_on_it(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        messages = spiral_messages()
        messages[1] = replace(messages[1], devices=("cpu", "cuda:0"))
        window.play(*messages, spiral_parameters())
        assert window.window.device.offered() == ["cpu", "cuda:0"]
        window.window.device.deviceRequested.emit("cuda:0")
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        assert window.session.specs[1].device == "cuda:0"
