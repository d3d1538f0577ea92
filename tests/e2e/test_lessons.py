"""Every lesson taken to its end in the real window: its questions answered by mouse, right and wrong; its facts held
against torch."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradscope.app.controllers.curves import CurvesFeature
from gradscope.app.controllers.lesson import LessonFeature
from gradscope.app.controllers.problems import ProblemsFeature
from gradscope.lessons.lesson import Lesson, lessons
from gradscope.lessons.live import evaluate
from gradscope.session.interpreter import find_python
from gradscope.wire.messages import Step

from .driving import Driver
from .real_window import real_window

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton
    from pytestqt.qtbot import QtBot

    from gradscope.app.panels.curves import CurvesPanel

    from .real_window import RealWindow

pytestmark = pytest.mark.usefixtures("warm_python")

ROOT = Path(__file__).resolve().parents[2]

# What the lessons together must show, and the lesson that does: the table is complete, and each lesson says it teaches
# its own.
SHOWN = {
    "0-D loss value": "tensors",
    "1-D feature vector": "tensors",
    "2-D grey image": "tensors",
    "3-D RGB image": "tensors",
    "4-D batch of images": "tensors",
    "5-D video clips": "tensors",
    "channels last": "tensors",
    "requires_grad": "line",
    "graph of y = wx + b": "line",
    "leaf": "line",
    "intermediate": "line",
    "root": "line",
    "chain rule": "chain",
    "local derivative": "chain",
    "gradients accumulate": "accumulate",
    "clearing gradients": "accumulate",
    "requires_grad_(False)": "switch_off",
    "detach()": "switch_off",
    "no_grad()": "switch_off",
    "cut": "switch_off",
    "NumPy to tensor": "numpy",
    "tensor to NumPy": "numpy",
    "shared memory": "numpy",
    "five steps of training": "spiral",
    "epochs": "learning_rate",
    "batches": "learning_rate",
    "learning rate": "learning_rate",
    "divergence": "learning_rate",
    "modules": "layers",
    "containers": "layers",
    "Linear": "layers",
    "Conv2d": "layers",
    "LSTM": "layers",
    "ReLU": "activations",
    "LeakyReLU": "activations",
    "Sigmoid": "activations",
    "Tanh": "activations",
    "GELU": "activations",
    "CrossEntropy": "losses",
    "MSE": "losses",
    "L1": "losses",
    "NLL": "losses",
    "BCE with logits": "losses",
    "dropout": "modes",
    "batch norm": "modes",
    "train and eval": "modes",
    "vanishing gradients": "vanishing",
    "exploding gradients": "vanishing",
    "dynamic graphs": "dynamic",
    "ONNX": "onnx",
    "finding a mistake": "broken",
    "problems": "broken",
}


def test_what_lessons_must_show_is_shown_by_one() -> None:
    known = lessons()
    assert [idea for idea, topic in SHOWN.items() if idea not in known[topic].teaches] == []


FACTS = """
import contextlib, io, json, runpy, sys, warnings
import torch
warnings.simplefilter("ignore")  # reading .grad of what is no leaf is one of the facts
wrong = []
for script, facts in json.loads(sys.argv[1]):
    sys.argv = [script]
    with contextlib.redirect_stdout(io.StringIO()):
        space = runpy.run_path(script)
    wrong += [(script, fact) for fact in facts if not eval(fact, dict(space, torch=torch))]
print(json.dumps(wrong))
"""


def test_every_fact_holds_in_torch() -> None:
    told = json.dumps([(str(lesson.script), lesson.facts) for lesson in lessons().values()])
    command = [find_python(), "-c", FACTS, told]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
    assert all(lesson.facts for lesson in lessons().values())


def click(button: QAbstractButton) -> None:
    assert button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def tour_of(one: RealWindow) -> LessonFeature:
    feature = one._bench.features["lesson"]
    assert isinstance(feature, LessonFeature)
    return feature


def problems_of(one: RealWindow) -> ProblemsFeature:
    feature = one._bench.features["problems"]
    assert isinstance(feature, ProblemsFeature)
    return feature


def answer(one: RealWindow, tour: LessonFeature, right: bool) -> str:
    """Answer the question on screen; what is said to it."""
    step, panel = tour.step, tour.panel
    assert step is not None
    assert step.question is not None
    question = step.question
    if question.kind == "choice":
        correct = KNOWN[(tour.topic, question.ask)] if question.go else int(evaluate(question.answer, one.state))
        count = len(question.choices)
        chosen = panel.choices.button(correct if right else (correct + 1) % count)
        QTest.mouseClick(chosen, Qt.MouseButton.LeftButton, pos=chosen.rect().center() / 4)
        chosen.setChecked(True)
    else:
        number = KNOWN[(tour.topic, question.ask)]
        panel.number.setFocus()
        QTest.keyClicks(panel.number, f"{number if right else 2 * number + 7}")
    click(panel.check)
    one.until(lambda: "<b" in panel.verdict.text() and panel.verdict.isVisible())
    return panel.verdict.text()


# The right answers, by hand; the window must come to the same from the live run.
KNOWN: dict[tuple[str, str], float] = {
    ("tensors", "How many numbers does rgb_image hold?"): 196608,
    ("tensors", "How many dimensions has image_batch?"): 4,
    ("line", "What is the gradient of the loss with respect to y?"): -6,
    ("line", "What will w.grad be?"): -18,
    ("line", "w is 2. What will it be after the update?"): 2.36,
    ("chain", "What gradient reaches b?"): 1,
    ("chain", "What is the gradient of the loss with respect to a?"): 13,
    ("chain", "What will x.grad be?"): 39,
    ("accumulate", "What is w.grad after the first backward()?"): 3,
    ("accumulate", "What is w.grad after the second backward()?"): 6,
    ("accumulate", "What is w.grad after the third backward()?"): 3,
    ("switch_off", "How many of them will get a gradient?"): 1,
    ("switch_off", "How many leaves does the graph of this loss have?"): 1,
    ("numpy", "What is the first number of shared now?"): 100,
    ("numpy", "And the first number of copied?"): 1,
    ("numpy", "What will scale.grad be?"): 105,
    ("spiral", "How many leaves does the graph have?"): 4,
    ("spiral", "How many iterations make an epoch here?"): 20,
    (
        "learning_rate",
        "The gradient of the loss is the mean of 2 * x * (w * x - y). Here x is 1 and 2, y is 3 and 6, and w is 0. "
        "What is good.grad?",
    ): -15,
    ("learning_rate", "What will good be after it?"): 1.5,
    ("learning_rate", "What is large now?"): 6.6,
    ("learning_rate", "How far has small come? Read it off at the right."): 3 * (1 - 0.95**24),
    ("layers", "A Linear layer from 4 to 2 has a weight of 2 x 4 and a bias. How many numbers is that?"): 10,
    ("layers", "The LSTM's weight_ih is 24 x 5, its weight_hh 24 x 6. How many numbers are the two together?"): 264,
    ("layers", "How many leaves are there in all?"): 10,
    ("activations", "What gradient does ReLU let through at -2?"): 0,
    ("activations", "What does LeakyReLU let through at -2?"): 0.01,
    ("activations", "How much does sigmoid let through at 0, where it is steepest?"): 0.25,
    ("losses", "What gradient does MSE send to for_mse?"): -4,
    ("losses", "And L1 to for_l1?"): -1,
    ("losses", "The right class is the first. What is the gradient of its logit?"): -0.5,
    ("losses", "score is 0, so sigmoid says 0.5; the truth is 1. What is its gradient?"): -0.5,
    ("modes", "An input of 1 that is not dropped: what becomes of it?"): 2,
    ("modes", "What is the mean that it subtracts?"): 2,
    ("modes", "What is running_mean after the first batch?"): 0.2,
    ("vanishing", "A factor of three for each of nine layers: how many times is that together?"): 19683,
    ("dynamic", "How many leaves has this graph?"): 1,
    ("dynamic", "Two words more: by how many nodes is the next graph larger?"): 4,
    (
        "onnx",
        "A Linear layer from 4 to 3 and one from 3 to 2, each with a bias: how many numbers does the model hold?",
    ): 23,
    (
        "onnx",
        "inputs holds 5 examples, and the model answers with 2 numbers for each. How many numbers does the file "
        "answer with?",
    ): 10,
    ("broken", "To how many of them will this backward bring a gradient?"): 2,
    ("broken", "On which line does the path of hidden.weight end?"): 43,
}


def selected(one: RealWindow) -> str:
    """The title in the inspector."""
    words = one.inspector.text().splitlines()
    return words[1] if len(words) > 1 else ""


def take(one: RealWindow, lesson: Lesson, right: bool) -> int:
    """Go through a tour; how many questions it asked."""
    tour, asked = tour_of(one), 0
    one.until(lambda: one.state.life == "paused")
    for place, step in enumerate(lesson.steps):
        one.until(lambda place=place: f"step {place + 1} of" in tour.panel.place.text())
        assert step.text.split()[0].strip("*`,") in tour.panel.text.text()
        if step.node:
            one.until(lambda title=step.node: selected(one).startswith(title))
            assert selected(one) in (step.node, f"{step.node} = {selected(one).rpartition(' ')[2]}"), lesson.topic
        if step.panel == "problems":
            one.until(lambda: problems_of(one).report.ordered())
        if step.question is not None:
            said = answer(one, tour, right)
            assert ("Right." in said) is right, (lesson.topic, step.question.ask, said)
            asked += 1
        if place + 1 < len(lesson.steps):
            one.until(tour.panel.next.isEnabled)
            click(tour.panel.next)
    return asked


@pytest.mark.parametrize("topic", sorted(lessons()))
def test_a_lesson_is_taken_to_its_end(qtbot: QtBot, topic: str) -> None:
    lesson = lessons()[topic]
    with real_window(qtbot, lesson.script) as one:
        assert take(one, lesson, right=True) == sum(step.question is not None for step in lesson.steps) > 0
        tour, pause = tour_of(one), one.state.pause
        if len(lesson.steps) > 1:  # looking back a step leaves the run where it is
            click(tour.panel.back)
            click(tour.panel.next)
            assert tour.step is lesson.steps[-1]
            assert one.state.pause is pause
        one.application.run.restart()
        one.until(lambda: one.state.life == "paused" and one.state.pause is not None and one.state.iteration == 0)
        take(one, lesson, right=False)
        tour._following = lambda: None  # type: ignore[method-assign]  # the next lesson has a test of its own
        click(tour.panel.next)
        assert topic in one.application.settings.lessons_done
        assert "✓" in "".join(action.text() for action in tour._menu.actions())


def three_trainings() -> dict[str, list[float]]:
    """What plain torch makes of the three learning rates, each alone."""
    found: dict[str, list[float]] = {}
    for name, rate in {"small": 0.01, "good": 0.1, "large": 0.44}.items():
        w = torch.tensor(0.0, requires_grad=True)
        losses, values = found.setdefault(f"{name}_loss", []), found.setdefault(name, [])
        for turn in range(24):
            x = torch.tensor([[1.0, 2.0], [2.0, 1.0]][turn % 2])
            loss = ((w * x - 3 * x) ** 2).mean()
            (gradient,) = torch.autograd.grad(loss, w)
            with torch.no_grad():
                w -= rate * gradient
            losses.append(loss.item())
            values.append(w.item())
    return found


def test_three_learning_rates_stand_side_by_side_live_and_afterwards(qtbot: QtBot) -> None:
    lesson, true = lessons()["learning_rate"], three_trainings()
    with real_window(qtbot, lesson.script) as one:
        take(one, lesson, right=True)
        feature = one._bench.features["curves"]
        assert isinstance(feature, CurvesFeature)
        assert feature.panel.isVisible(), "the tour brought it"
        assert_curves(feature.panel, true)
        recording = one._bench.recording.live_recording()
        one.application.run.close(leave_running=False)
        one.application.open(Path(str(recording)))
        one.until(lambda: one._bench.recording.is_file)
        one.window.raise_panel("curves")
        one.until(lambda: feature.panel.data.losses())
        assert_curves(feature.panel, true)


def assert_curves(panel: CurvesPanel, true: dict[str, list[float]]) -> None:
    """Every number is torch's, and each of the three curves is seen, the diverging one above, then leaving."""
    told = {curve.name: curve for curve in (*panel.data.losses(), *panel.data.leaves())}
    assert set(told) == {"loss", *true}
    for name, values in true.items():
        assert told[name].values.tolist() == pytest.approx(values, rel=1e-5, abs=1e-9), name
        assert told[name].iterations.tolist() == list(range(24))
    plot = panel.losses
    ends = [plot.point_at(told[name], 23).y() for name in ("large_loss", "small_loss", "good_loss")]
    assert ends == sorted(ends)
    assert ends[0] < plot.plane().top() + 30 < ends[1] < plot.plane().bottom() - 10 < ends[2]
    assert len({plot.colour_of(told[name]).name() for name in told if name in true and "loss" in name}) == 3
    assert panel.leaves.plane().contains(panel.leaves.point_at(told["good"], 23))
    assert not panel.leaves.plane().contains(panel.leaves.point_at(told["large"], 23))


def test_no_lesson_costs_the_probe_a_feature(tmp_path: Path) -> None:
    """``vanishing`` writes to views of its weights, whose nodes torch refuses to give."""
    with Driver(tmp_path) as driver:
        driver.start(lessons()["vanishing"].script, pause=False, level="detail")
        driver.until(lambda: driver.state.life == "ended", "end")
        assert driver.state.lost_features == ()
        assert driver.state.exit_code == 0


def test_each_of_the_three_ways_is_a_cut_of_its_own(tmp_path: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(lessons()["switch_off"].script)
        pause = driver.paused()
        while pause is not None and pause.point != "backward":
            driver.session.order(Step("phase"))
            pause = driver.paused()
        graph = driver.state.graph
        assert graph is not None
        cuts = {(cut.reason, graph.text(cut.source, "name"), cut.at.line) for cut in graph.cuts if cut.at is not None}
        assert ("frozen", "b", 10) in cuts
        assert ("no_grad", "d", 14) in cuts
        assert {(reason, line) for reason, _, line in cuts} == {("frozen", 10), ("detach", 12), ("no_grad", 14)}
