"""A parameter's gradient norm over the iterations, on a logarithmic scale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor

from gradscope.app.panels.norm_history import NormHistory, NormSeries
from gradscope.app.theme import LIGHT
from gradscope.graph.history import History
from tests.samples import ended_iteration, spiral_state

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def curve(qtbot: QtBot) -> NormHistory:
    curve = NormHistory()
    qtbot.addWidget(curve)
    curve.resize(340, 190)
    curve.set_theme(LIGHT)
    return curve


def test_a_series_follows_its_history_and_starts_anew_with_another_run() -> None:
    series = NormSeries(0)
    series.follow(spiral_state(3).history)
    longer = spiral_state(3).history.appended(ended_iteration(3))
    series.follow(longer)
    assert series.columns()[1].tolist() == [0.5, 0.25, 0.5 / 3, 0.125]
    series.follow(longer.appended(replace(ended_iteration(7), iteration=3)))
    assert series.columns()[0].tolist() == [0, 1, 2, 3]
    assert series.columns()[1].tolist() == [0.5, 0.25, 0.5 / 3, 0.0625]
    series.follow(History())
    assert len(series.columns()[0]) == 0


def test_a_tenth_is_as_far_from_one_as_one_from_ten(curve: NormHistory) -> None:
    curve.set_series(np.array([0.0, 1.0, 2.0]), np.array([10.0, 1.0, 0.1]))
    heights = [curve.point_at(index).y() for index in range(3)]
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1])
    assert heights[0] < heights[2]


def test_a_norm_that_is_not_finite_stands_on_top_in_magenta(curve: NormHistory) -> None:
    curve.set_series(np.arange(5.0), np.array([1.0, 2.0, np.nan, 2.0, 1.0]))
    picture = curve.grab().toImage()
    assert QColor(picture.pixel(curve.point_at(2).toPoint())) == QColor(LIGHT.nonfinite)
    assert curve.point_text(2) == "iteration 2: NaN"


def test_missing_gradients_are_gaps(curve: NormHistory) -> None:
    curve.set_series(np.arange(5.0), np.array([1.0, 1.0, -1.0, 1.0, 1.0]))
    middle = curve.point_at(0).y()
    picture = curve.grab().toImage()
    drawn = [QColor(picture.pixel(int(curve.point_at(i).x()), int(middle))) for i in (1, 2, 4)]
    assert [abs(colour.blue() - QColor(LIGHT.accent).blue()) < 30 for colour in drawn].count(True) >= 1
    assert curve.point_text(2) == "iteration 2: no gradient"


def test_a_hundred_thousand_iterations_keep_their_spike(curve: NormHistory) -> None:
    norms = np.ones(100_000)
    norms[54_321] = 1e6
    curve.set_series(np.arange(100_000.0), norms)
    assert 54_321 in curve._drawn()
    assert len(curve._drawn()) < 2_000
    curve.grab()
