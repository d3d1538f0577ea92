"""Curves as a person sees them: each where its numbers say, the one that runs away leaving, names that tell values."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from gradscope.app.panels.curves import CurvesPanel
from gradscope.app.theme import DARK, LIGHT
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from tests.samples import ended_iteration, spiral_messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor
    from pytestqt.qtbot import QtBot

    from gradscope.app.panels.curves_plot import CurvesPlot
    from gradscope.app.theme import Theme

ITERATIONS = 20
Numbers = dict[str, float]


def run_of(losses: Callable[[int], Numbers], leaves: Callable[[int], Numbers] = lambda _: {}) -> RunState:
    """A run whose first loss is the sum of the others, where there are several."""
    state = RunState()
    for message in spiral_messages(0)[:4]:
        state = reduce(state, message)
    for turn in range(ITERATIONS):
        told = [m.Figure(name, "term" if place else "root", value) for place, (name, value) in
                enumerate(losses(turn).items())]  # fmt: skip
        told += [m.Figure(name, "leaf", value) for name, value in leaves(turn).items()]
        state = reduce(state, replace(ended_iteration(turn), figures=tuple(told)))
    return replace(state, iteration=ITERATIONS - 1, life="ended")


def shown(qtbot: QtBot, state: RunState, theme: Theme = LIGHT) -> CurvesPanel:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(900, 200)
    panel.set_theme(theme)
    panel.show()
    qtbot.waitExposed(panel)
    panel.set_state(state)
    QTest.qWait(20)
    return panel


def near(plot: CurvesPlot, at: QPointF, colour: QColor) -> bool:
    """Whether some pixel close to a point has about that colour."""
    image = plot.grab().toImage()
    ratio = image.devicePixelRatio()
    places = [(int((at.x() + x) * ratio), int((at.y() + y) * ratio)) for x in range(-2, 3) for y in range(-2, 3)]
    found = [image.pixelColor(x, y) for x, y in places if image.valid(x, y)]
    return any(
        max(abs(c.red() - colour.red()), abs(c.green() - colour.green()), abs(c.blue() - colour.blue())) < 40
        for c in found
    )


def three(turn: int) -> Numbers:
    """One that hardly falls, one that falls to nothing, one that rises."""
    parts = {"slow": 20 * 0.99**turn, "fast": 20 * 0.1**turn, "wild": 20 * 1.5**turn}
    return {"loss": sum(parts.values()), **parts}


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_each_loss_is_drawn_in_its_colour_where_its_number_says(qtbot: QtBot, theme: Theme) -> None:
    panel = shown(qtbot, run_of(three), theme)
    plot = panel.losses
    assert panel.log.isChecked(), "from 1e-18 to 1e5: only a logarithmic scale shows them all"
    total, slow, fast, wild = panel.data.losses()
    assert len({plot.colour_of(curve).name() for curve in (total, slow, fast, wild)}) == 4
    for turn in (1, 8, 15):
        heights = [plot.point_at(curve, turn).y() for curve in (wild, slow, fast)]
        assert heights == sorted(heights), "the larger the higher"
        for curve in (slow, wild):
            assert near(plot, plot.point_at(curve, turn), plot.colour_of(curve)), (curve.name, turn)
    assert plot.point_at(wild, 19).y() < plot.plane().top() + 15
    assert plot.point_at(fast, 19).y() >= plot.plane().bottom() - 1, "what is too small stands at the edge"
    assert "wild" in plot.accessibleDescription()


def test_a_number_that_runs_away_leaves_the_plot_and_the_others_can_be_read(qtbot: QtBot) -> None:
    leaves = run_of(lambda _: {"loss": 1.0}, lambda turn: {"calm": 3 - 0.8**turn, "wild": 3 * (-1.4) ** turn})
    panel = shown(qtbot, leaves)
    plot = panel.leaves
    calm, wild = panel.data.leaves()
    plane = plot.plane()
    assert plane.height() * 0.05 < plot.point_at(calm, 0).y() - plot.point_at(calm, 19).y()
    assert plane.contains(plot.point_at(wild, 1)), "its beginning is seen"
    assert not plane.contains(plot.point_at(wild, 19))
    edge = QPointF(plot.point_at(wild, 18).x(), plane.top() + 3)
    assert near(plot, edge, plot.colour_of(wild)), "an arrow says on which side it is"


def test_numbers_of_one_size_get_a_plain_scale_and_the_user_may_choose_another(qtbot: QtBot) -> None:
    panel = shown(qtbot, run_of(lambda turn: {"loss": 2.0 - 0.05 * turn}))
    assert not panel.log.isChecked()
    assert panel.leaves.isHidden(), "no leaf is one number"
    before = panel.losses.point_at(panel.data.losses()[0], 10).y()
    QTest.mouseClick(panel.log, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.log.height() // 2))
    assert panel.log.isChecked()
    assert panel.losses.point_at(panel.data.losses()[0], 10).y() != before


def test_no_logarithm_of_what_is_below_zero(qtbot: QtBot) -> None:
    panel = shown(qtbot, run_of(lambda turn: {"loss": 1000.0 - 200 * turn}))
    QTest.mouseClick(panel.log, Qt.MouseButton.LeftButton, pos=QPoint(8, panel.log.height() // 2))
    assert not panel.log.isChecked()


def test_where_a_loss_is_no_number_any_more_is_marked(qtbot: QtBot) -> None:
    panel = shown(qtbot, run_of(lambda turn: {"loss": math.nan if turn > 8 else 1.0 + turn}))
    plot = panel.losses
    at = QPointF(plot.axis().x(9.5), plot.plane().center().y())
    assert near(plot, at, LIGHT.color("nonfinite"))


def test_a_click_goes_to_an_iteration_and_the_past_keeps_the_curves(qtbot: QtBot) -> None:
    whole = run_of(three)
    panel = shown(qtbot, whole)
    asked: list[int] = []
    panel.iterationRequested.connect(asked.append)
    place = panel.losses.point_at(panel.data.losses()[1], 7).toPoint()
    QTest.mouseClick(panel.losses, Qt.MouseButton.LeftButton, pos=place)
    assert asked == [7]
    past = RunState()
    for message in spiral_messages(0)[:4]:
        past = reduce(past, message)
    panel.set_state(replace(past, iteration=7))
    assert len(panel.data.losses()[1]) == ITERATIONS
    at = QPointF(panel.losses.axis().x(7.5), panel.losses.plane().top() + 1)
    assert near(panel.losses, at, LIGHT.color("accent")), "the cursor stands there"


def test_another_run_begins_anew_and_an_empty_one_says_what_would_come(qtbot: QtBot) -> None:
    panel = shown(qtbot, run_of(three))
    panel.set_state(replace(RunState(), hello=replace(spiral_messages(0)[1], pid=7)))
    assert panel.data.losses() == []
    assert "Nothing to show yet" in panel.text()


def test_a_recording_without_names_shows_its_loss(qtbot: QtBot) -> None:
    panel = shown(qtbot, run_of(lambda _: {}))
    (curve,) = panel.data.losses()
    assert curve.name == "loss"
    assert curve.at(3) == ended_iteration(3).loss
