"""What the window shows of a lesson is true at every stop: phases, the halo, the line, and every gradient in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradscope.app import launching
from gradscope.graph.snapshot import Kind
from tests.app.conftest import nothing_left, settings_folder  # noqa: F401 - the guards of every window's test

from .gradients import true_gradients
from .real_window import CONTINUE, FIT, INTO, PHASE, RealWindow, real_window

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("warm_python")

STOPS = ["forward", "loss", "backward", "update", "end"]
LEAVES = {"line": {"w", "b"}, "spiral": {"net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias"}}
PRECISION = 1e-6  # of float32, relative to the largest element of a tensor
DIGITS = 5e-3  # of a figure, which is rounded to three digits
TRUE_ITERATIONS = 2


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels that add up in one order, in the window's training process and in the one that tells the truth."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def line_of(script: Path, text: str) -> int:
    """The first line of a script that has a text, from 1."""
    return next(number for number, line in enumerate(script.read_text().splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("lesson", "lines"),
    [
        ("line", {"forward": "y = w * x + b", "backward": "loss.backward()", "update": "w -= lr"}),
        ("spiral", {"forward": "logits = model(x)", "backward": "loss.backward()", "update": "optimizer.step()"}),
    ],
)
def test_f10_stops_at_each_phase_in_order_on_its_line(qtbot: QtBot, lesson: str, lines: dict[str, str]) -> None:
    script = launching.lessons()[lesson]
    with real_window(qtbot, script) as one:
        pause = one.paused()
        hint = one.canvas._shown_hint()
        assert "The leaves exist." in hint
        assert "F10" in hint
        assert {one.graph.text(node, "name") for node in one.leaves()} == LEAVES[lesson]
        stops, lit = [], []
        for _ in range(3 * len(STOPS)):
            assert pause is not None
            stops.append((pause.iteration, pause.point))
            if pause.point in lines:
                lit.append((one.lit_line(), (line_of(script, lines[pause.point]), True)))
            assert f"iteration {pause.iteration}" in one.badge() or "loss, where backward begins too" in one.badge()
            pause = one.step(PHASE)
        assert stops == [(iteration, point) for iteration in range(3) for point in STOPS]
        assert [shown for shown, _ in lit] == [expected for _, expected in lit]


@pytest.mark.parametrize(("lesson", "theme"), [("line", "dark"), ("spiral", "light")])
def test_every_gradient_on_screen_is_that_of_autograd_at_every_stop(
    qtbot: QtBot, tmp_path: Path, lesson: str, theme: Any
) -> None:
    script = launching.lessons()[lesson]
    truth = true_gradients(script, tmp_path, TRUE_ITERATIONS)
    with real_window(qtbot, script) as one:
        one.application.themes.choose(theme, remember=False)
        for _ in range(3):
            pause = one.paused() if one.badge() == "" else one.step(PHASE)
        assert pause is not None
        assert pause.point == "backward"
        one.press(FIT)
        nodes = one.walked()
        assert [one.graph.text(node, "op") for node in nodes] == [told["op"].rpartition("::")[2] for told in truth[0]]
        judge(one, truth[0], passed=set())
        passed: list[int] = []
        while (pause := one.step(INTO)) is not None and pause.point == "node":
            passed.append(pause.node)
            assert one.haloed() == [pause.node]
            assert pause.position == len(passed)
            judge(one, truth[0], set(passed))
        assert sorted(passed) == sorted(nodes)  # each node ran once, one at a key press
        while pause is not None and (pause.iteration, pause.point) != (1, "backward"):
            if pause.point in ("update", "end"):
                assert one.haloed() == []
                judge(one, truth[pause.iteration], set(passed))
            pause = one.step(PHASE)
        one.step(PHASE)
        judge(one, truth[1], set(one.walked()))


def test_a_closed_call_opens_at_a_double_click_and_its_nodes_tell_the_truth(qtbot: QtBot, tmp_path: Path) -> None:
    script = launching.lessons()["spiral"]
    truth = true_gradients(script, tmp_path, 1)
    with real_window(qtbot, script) as one:
        one.paused()
        for _ in range(3):
            pause = one.step(PHASE)
        assert pause is not None
        assert pause.point == "update"
        one.press(FIT)
        inside = next(node for node in one.walked() if one.graph.text(node, "op") == "AddmmBackward0")
        one.close_call_of(inside)
        assert inside not in one.canvas.visible_nodes()
        one.click(inside, double=True)
        one.rest()
        assert inside in one.canvas.visible_nodes()
        judge(one, truth[0], set(one.walked()))


def test_f5_runs_a_lesson_to_its_end_and_the_last_gradients_can_be_looked_at(qtbot: QtBot) -> None:
    with real_window(qtbot, launching.lessons()["line"]) as one:
        one.paused()
        pause = one.step(CONTINUE)
        assert pause is not None
        assert pause.point == "script_end"
        assert one.badge() == "paused, the script is about to end"
        one.press(FIT)
        for leaf in one.leaves():
            one.click(leaf)
            one.until(lambda: one.inspector.value_text())
        assert one.step(CONTINUE) is None
        assert one.state.exit_code == 0


def judge(one: RealWindow, truth: list[dict[str, Any]], passed: set[int]) -> None:
    """Click every card: a gradient that has passed is autograd's own, any other is said not to be there yet."""
    for node, told in zip(one.walked(), truth, strict=True):
        where = f"{told['op']} (node {node})"
        if node not in passed:
            one.click(node)
            one.until(lambda: "not yet" in one.inspector.text())
            assert one.inspector.value_text() == "", where
            assert one.inspector.heat_values().size == 0, where
            continue
        expected = np.array(told["gradient"], np.float32)
        tolerance = PRECISION * float(np.abs(expected).max(initial=0))
        shown = one.shown_gradient(node)
        assert shown.shape == expected.shape, where
        assert np.allclose(shown, expected, rtol=PRECISION, atol=tolerance), where
        norm, largest = float(np.linalg.norm(expected)), float(np.abs(expected).max(initial=0))
        assert float(one.inspector.figure("norm")) == pytest.approx(norm, rel=DIGITS), where
        assert float(one.inspector.figure("max")) == pytest.approx(largest, rel=DIGITS), where
        written = one.inspector.value_text()
        assert bool(written) == (expected.size <= 4), where
        if written:
            numbers = [float(number) for number in written.replace("[", " ").replace("]", " ").split(",")]
            assert np.allclose(numbers, expected, rtol=PRECISION, atol=tolerance), where
        assert one.graph.kind(node) in (Kind.LEAF, Kind.OP)
