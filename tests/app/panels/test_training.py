"""The training panel: steps, what a restart would use, and where training stands in its loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gradscope.app.declared import Argument
from gradscope.app.panels.progress_rows import time_left
from gradscope.app.panels.training import TrainingPanel
from gradscope.app.theme import DARK, LIGHT
from gradscope.graph.history import History
from gradscope.graph.state import ProcessExited, RunState, reduce
from gradscope.wire import messages as m
from gradscope.wire.changes import OptimizerGroup, OptimizerOption
from tests.samples import ended_iteration, spiral_state

LESSONS = ("A line", "Spiral, two classes")
FIELDS = {"lr": "0.1", "epochs": "10", "batch-size": "64"}


@pytest.fixture
def panel(qtbot) -> TrainingPanel:
    made = TrainingPanel()
    qtbot.addWidget(made)
    made.resize(270, 520)
    made.set_launch("Spiral, two classes", LESSONS, "cpu", ("cpu", "cuda:0"), FIELDS)
    made.set_state(spiral_state())
    made.show()
    return made


def accented(panel: TrainingPanel) -> list[str]:
    return [name for name, button in panel.steps.items() if button.property("next")]


def typed(panel: TrainingPanel, qtbot, name: str, text: str) -> None:
    field = panel.form.fields[name]
    field.selectAll()
    qtbot.keyClicks(field, text)


def test_the_next_step_is_accented(panel):
    assert accented(panel) == ["backward"]
    assert panel.steps["backward"].accessibleDescription() == "the next step"
    assert panel.steps["update"].accessibleDescription() == ""
    pauses = (("forward", "forward", "forward"), ("loss", "loss", "loss"), ("end", "update", "forward"))
    for point, phase, expected in pauses:
        panel.set_state(reduce(spiral_state(), m.Paused(point, 12, phase)))
        assert accented(panel) == [expected]


def test_steps_ask_only_while_the_run_is_held(panel, qtbot):
    with qtbot.waitSignal(panel.stepRequested) as asked:
        qtbot.mouseClick(panel.steps["update"], Qt.MouseButton.LeftButton)
    assert asked.args == ["update"]
    panel.set_state(reduce(spiral_state(), m.Resumed()))
    assert accented(panel) == []
    with qtbot.assertNotEmitted(panel.stepRequested):
        qtbot.mouseClick(panel.steps["update"], Qt.MouseButton.LeftButton)


def test_run_pause_and_stop_follow_the_life_of_the_run(panel, qtbot):
    def enabled() -> str:
        names = ("run", "pause", "stop", "restart")
        return " ".join(name for name in names if getattr(panel, name).isEnabled())

    assert enabled() == "run stop restart"
    with qtbot.waitSignal(panel.stopRequested):
        qtbot.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    panel.set_state(reduce(spiral_state(), m.Resumed()))
    assert enabled() == "pause stop restart"
    with qtbot.waitSignal(panel.pauseRequested):
        qtbot.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    panel.set_state(reduce(spiral_state(), ProcessExited(0)))
    assert enabled() == "run restart"
    with qtbot.waitSignal(panel.runRequested):
        qtbot.mouseClick(panel.run, Qt.MouseButton.LeftButton)


def test_a_changed_field_says_that_it_takes_a_restart_and_the_restart_carries_it(panel, qtbot):
    assert panel.form.note.text() == "These take effect at a restart."
    typed(panel, qtbot, "lr", "0.5")
    assert "press Restart" in panel.form.note.text()
    assert panel.form.fields["lr"].property("changed")
    assert not panel.form.fields["epochs"].property("changed")
    assert panel.restart.property("next")
    with qtbot.waitSignal(panel.restartRequested) as asked:
        qtbot.mouseClick(panel.restart, Qt.MouseButton.LeftButton)
    assert asked.args[0] == {
        "lesson": "Spiral, two classes", "lr": "0.5", "epochs": "10", "batch-size": "64",
    }  # fmt: skip


def test_typing_the_old_value_again_takes_the_mark_away(panel, qtbot):
    typed(panel, qtbot, "lr", "0.5")
    typed(panel, qtbot, "lr", "0.1")
    assert not panel.restart.property("next")
    assert panel.form.note.text() == "These take effect at a restart."


def test_another_lesson_is_a_restart_too(panel, qtbot):
    panel.form.lesson.setCurrentText("A line")
    panel.form.lesson.textActivated.emit("A line")
    with qtbot.waitSignal(panel.restartRequested) as asked:
        qtbot.keyClick(panel.form.fields["epochs"], Qt.Key.Key_Return)
    assert asked.args[0]["lesson"] == "A line"


def test_a_command_is_shown_as_one_and_its_rate_comes_from_the_optimizer(panel, qtbot):
    panel.set_launch("train.py --lr 0.1", LESSONS, "cpu", ("cpu",), {})
    assert panel.form.command.isVisible()
    assert not panel.form.lesson.isVisible()
    assert panel.form.fields == {}
    assert "script that names its own wins" in panel.device_note.text()
    assert (panel.optimizer.text(), panel.rate.text()) == ("SGD", "0.1")
    assert panel.rate.isVisible()
    panel.form.command.selectAll()
    qtbot.keyClicks(panel.form.command, "train.py --lr 1")
    with qtbot.waitSignal(panel.restartRequested) as asked:
        qtbot.mouseClick(panel.restart, Qt.MouseButton.LeftButton)
    assert asked.args[0] == {"command": "train.py --lr 1"}


def test_a_rate_that_the_script_itself_changes_is_followed_while_it_runs(panel):
    group = OptimizerGroup(0, "SGD", 0, (OptimizerOption("lr", "0.1"),), 4)
    held = reduce(spiral_state(), m.OptimizersTold((group,)))
    running = reduce(held, m.Resumed())
    later = reduce(running, replace(ended_iteration(12), learning_rate=0.025))
    panel.set_state(later)
    assert panel.rate.text() == "0.025"
    panel.set_state(held)
    assert panel.rate.text() == "0.1"


def test_a_rate_that_is_being_written_is_not_written_over_and_asked_for_once(panel, qtbot):
    assert panel.rate.isReadOnly(), "no optimizer is known that could take it"
    group = OptimizerGroup(0, "SGD", 0, (OptimizerOption("lr", "0.1"),), 4)
    running = reduce(reduce(spiral_state(), m.OptimizersTold((group,))), m.Resumed())
    panel.set_state(running)
    assert not panel.rate.isReadOnly()
    with qtbot.waitActive(panel):
        panel.activateWindow()
    panel.rate.setFocus()
    with qtbot.assertNotEmitted(panel.rateRequested):
        qtbot.keyClick(panel.rate, Qt.Key.Key_Return)  # it is the rate that it has
    panel.rate.selectAll()
    qtbot.keyClicks(panel.rate, "0.5")
    panel.set_state(reduce(running, replace(ended_iteration(12), label="Adam")))
    assert panel.rate.text() == "0.5"
    assert panel.optimizer.text() == "Adam"
    with qtbot.waitSignal(panel.rateRequested) as asked:
        qtbot.keyClick(panel.rate, Qt.Key.Key_Return)
    assert asked.args == ["0.5"]


def test_a_device_that_is_not_listed_is_still_the_one_it_runs_on(panel):
    panel.set_launch("A line", LESSONS, "mps", ("cpu",), {})
    assert [panel.device.itemText(row) for row in range(panel.device.count())] == ["mps", "cpu"]
    assert panel.device.currentText() == "mps"
    panel.set_launch("A line", LESSONS, "", (), {})
    assert not panel.device_note.isVisible()


def test_another_device_is_told_and_said_to_need_a_restart(panel, qtbot):
    assert panel.device_note.text() == "Device: given as --device."
    with qtbot.waitSignal(panel.deviceRequested) as asked:
        panel.device.setCurrentText("cuda:0")
        panel.device.textActivated.emit("cuda:0")
    assert asked.args == ["cuda:0"]
    assert "restart" in panel.device_note.text()
    assert panel.restart.property("next")
    with qtbot.waitSignal(panel.restartRequested) as restarted:
        qtbot.mouseClick(panel.restart, Qt.MouseButton.LeftButton)
    assert restarted.args[0]["device"] == "cuda:0"


def test_a_lesson_without_a_device_argument_is_not_said_to_get_one(panel):
    panel.set_launch("A line", LESSONS, "cpu", ("cpu",), {}, takes_device=False)
    assert "torch's default" in panel.device_note.text()


def test_filling_in_a_launch_asks_for_nothing(panel, qtbot):
    with qtbot.assertNotEmitted(panel.deviceRequested), qtbot.assertNotEmitted(panel.restartRequested):
        panel.set_launch("A line", LESSONS, "cuda:0", ("cpu", "cuda:0"), {"lr": "1"})
    assert panel.device.currentText() == "cuda:0"
    assert list(panel.form.fields) == ["lr"]
    assert not panel.restart.property("next")


def test_a_bar_only_where_the_total_is_known(panel):
    rows = {name: (text, share) for name, text, share in panel.progress.rows}
    assert rows["Iteration"] == ("12", None)
    assert rows["Epoch"] == ("1 of 10", pytest.approx((12 / 20) / 10))
    assert rows["Batch"] == ("13 of 20", pytest.approx(13 / 20))
    panel.set_state(reduce(spiral_state(), m.Progress(12, 3, -1, 7, -1)))
    rows = {name: (text, share) for name, text, share in panel.progress.rows}
    assert rows["Epoch"] == ("3", None)
    assert rows["Batch"] == ("7", None)
    panel.set_state(reduce(spiral_state(), m.Progress(12, 3, 2, 21, 20)))  # a loader that miscounts itself
    assert {share for _, _, share in panel.progress.rows} == {None, 1.0}
    panel.set_state(replace(spiral_state(), progress=None))
    assert {name: text for name, text, _ in panel.progress.rows}["Epoch"] == "-"


def test_time_left_counts_the_batches_of_all_epochs():
    state = spiral_state()
    assert time_left(reduce(state, m.Progress(12, 1, 10, 13, 2000))) == "2:40"
    assert time_left(reduce(state, m.Progress(12, -1, -1, 1, 1000))) == "0:08 of this epoch"
    assert time_left(reduce(state, m.Progress(12, 1, 10, -1, -1))) == ""
    assert time_left(reduce(state, ProcessExited(0))) == ""


def test_time_left_counts_the_batch_under_way_and_forgives_one_slow_iteration():
    slow = [replace(ended_iteration(at), phase_seconds=(300.0 if at == 14 else 2.0,) * 5) for at in range(12, 17)]
    state = replace(spiral_state(0), history=History())
    for record in slow:
        state = replace(state, history=state.history.appended(record))
    assert time_left(reduce(state, m.Progress(17, 3, 3, 19, 20))) == "0:20"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_bar_is_as_long_as_the_share(panel, theme):
    panel.set_theme(theme)
    row = [name for name, _, _ in panel.progress.rows].index("Batch")
    image = panel.progress.grab().toImage()
    line = [image.pixelColor(x, row * 22 + 11) for x in range(image.width())]
    done, left = line.count(theme.color("accent")), line.count(theme.color("bar"))
    assert done / (done + left) == pytest.approx(13 / 20, abs=0.08)


def test_before_anything_was_launched_nothing_can_be_restarted(qtbot):
    panel = TrainingPanel()
    qtbot.addWidget(panel)
    panel.set_state(RunState())
    assert not panel.restart.isEnabled()
    assert not panel.run.isEnabled()
    assert not panel.form.lesson.isVisibleTo(panel)
    assert not panel.form.command.isVisibleTo(panel)
    assert not panel.form.note.isVisibleTo(panel)


def test_every_step_is_readable_at_the_width_of_the_dock(panel):
    for button in panel.steps.values():
        assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width() - 4


def test_what_a_script_declares_becomes_lists_checked_numbers_and_a_drawer_of_the_rest(panel, qtbot):
    declared = {
        "lr": Argument("lr", "number", "0.1", "how far each update goes"),
        "optimizer": Argument("optimizer", "choice", "adam", "", ("sgd", "adam")),
        "amp": Argument("amp", "flag", "no", "", ("no", "yes")),
    }
    around = {"run.python": "", "run.folder": "/data", "run.environment": ""}
    panel.set_launch("train.py", LESSONS, "cpu", ("cpu",), {"lr": "0.1", "optimizer": "adam"}, True, declared, around)
    form = panel.form
    assert list(form.fields) == ["lr", "optimizer"]
    assert list(form.others) == ["amp", "run.python", "run.folder", "run.environment"]
    assert "how far each update goes" in form.fields["lr"].toolTip()
    assert not form.others["amp"].isVisible()
    qtbot.mouseClick(form.more, Qt.MouseButton.LeftButton)
    assert form.others["amp"].isVisible()
    assert form.more.text() == "Less"
    typed(panel, qtbot, "lr", "fast")
    assert form.note.text() == "Lr is “fast”: that is not a number."
    assert not panel.restart.isEnabled()
    typed(panel, qtbot, "lr", "0.5")
    form.others["run.environment"].setPlainText("SEED")
    assert form.note.text() == "Environment has the line “SEED”: write NAME=value."
    form.others["run.environment"].setPlainText("SEED=1")
    form.fields["optimizer"].setCurrentText("sgd")
    form.fields["optimizer"].textActivated.emit("sgd")
    with qtbot.waitSignal(panel.restartRequested) as asked:
        qtbot.mouseClick(panel.restart, Qt.MouseButton.LeftButton)
    assert asked.args[0] == {
        "command": "train.py", "lr": "0.5", "optimizer": "sgd", "amp": "no",
        "run.python": "", "run.folder": "/data", "run.environment": "SEED=1",
    }  # fmt: skip


def test_what_a_script_was_started_with_is_never_a_mistake_and_its_kind_may_change(panel):
    numbers = {"lr": Argument("lr", "number", "0.1", "")}
    panel.set_launch("train.py --lr auto", LESSONS, "cpu", ("cpu",), {"lr": "auto"}, True, numbers)
    assert panel.restart.isEnabled()
    assert panel.form.command.cursorPosition() == 0
    choices = {"lr": Argument("lr", "choice", "low", "", ("low", "high"))}
    panel.set_launch("train.py", LESSONS, "cpu", ("cpu",), {"lr": "odd"}, True, choices)
    field = panel.form.fields["lr"]
    assert [field.itemText(row) for row in range(field.count())] == ["", "low", "high"]
    assert panel.form.others == {}


def test_loss_and_accuracy_are_told_or_are_dashes(panel):
    def figures() -> dict[str, str]:
        return {name: text for name, text, _ in panel.progress.rows}

    state = spiral_state()
    assert figures()["Accuracy"] == "-"
    assert figures()["Loss"] == "0.6871"
    where = m.Frame("train.py", 31, "<module>")
    own = m.Variable("accuracy", "Tensor", (), "float32", "cpu", False, True, "", "None", "0.875")
    held = reduce(state, m.VariablesTold(12, where, (replace(own, name="loss"), own)))
    panel.set_state(held)
    assert figures()["Accuracy"] == "0.875"
    running = reduce(held, m.Resumed())
    panel.set_state(running)
    assert figures()["Accuracy"] == "-"  # it may be another one by now
    answers = np.array([[0, 0], [1, 1], [1, 0], [0, 0]], "<f4")
    panel.set_state(reduce(running, m.LearnedTold(12, "classes", "net", count=4, examples=answers.tobytes())))
    assert figures()["Accuracy"] == "75.0%"
    panel.set_state(reduce(running, m.Progress(13, accuracy=0.9375)))
    assert figures()["Accuracy"] == "0.9375"
    panel.set_state(RunState())
    assert set(figures().values()) == {"-"}
