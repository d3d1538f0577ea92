"""What the model has learned, as the panel shows it: read from pixels and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor

from gradscope.app.panels.learned import LearnedPanel
from gradscope.app.panels.learned_picture import class_colour
from gradscope.app.theme import DARK, LIGHT
from gradscope.wire import messages as m

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from gradscope.app.theme import Theme


def floats(table: object) -> bytes:
    return np.asarray(table, "<f4").tobytes()


def shown(qtbot: QtBot, told: m.LearnedTold, theme: Theme = LIGHT) -> LearnedPanel:
    panel = LearnedPanel()
    qtbot.addWidget(panel)
    panel.set_theme(theme)
    panel.resize(360, 420)
    panel.set_learned(told)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def halves(sure: float = 1.0) -> m.LearnedTold:
    """Class 0 left, class 1 right; one example of each, the second taken for the first."""
    grid = np.zeros((48, 48, 2), np.float32)
    grid[:, 24:, 0] = 1
    grid[..., 1] = sure
    examples = floats([[-0.5, 0.0, 0, 0], [0.5, 0.0, 1, 0]])
    return m.LearnedTold(3, "boundary", "net", "", 48, 48, 2, floats(grid), examples, b"", (-1.0, 1.0, -1.0, 1.0))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_boundary_has_the_colours_of_its_classes(qtbot: QtBot, theme: Theme) -> None:
    panel = shown(qtbot, halves(), theme)
    image = panel.picture.grab().toImage()
    plane = panel.picture.plane()
    ratio = image.devicePixelRatio()

    def pixel(across: float, up: float) -> QColor:
        x, y = plane.left() + across * plane.width(), plane.bottom() - up * plane.height()
        return image.pixelColor(int(x * ratio), int(y * ratio))

    def near(colour: QColor, number: int) -> float:
        want = class_colour(number)
        return abs(colour.red() - want.red()) + abs(colour.green() - want.green()) + abs(colour.blue() - want.blue())

    left, right = pixel(0.1, 0.9), pixel(0.9, 0.9)
    assert near(left, 0) < near(left, 1)
    assert near(right, 1) < near(right, 0)
    assert near(pixel(0.25, 0.5), 0) < 12  # the example itself, in its target's full colour
    assert near(pixel(0.75, 0.5), 1) < 12
    assert "50.0% of the last 2 examples right" in panel.detail()


def test_the_surer_the_stronger(qtbot: QtBot) -> None:
    def strength(sure: float) -> float:
        panel = shown(qtbot, halves(sure))
        plane, image = panel.picture.plane(), panel.picture.grab().toImage()
        at = image.pixelColor(int(plane.left() + 8), int(plane.top() + 8))
        return LIGHT.color("canvas").lightnessF() - at.lightnessF()

    assert strength(1.0) > strength(0.5) > 0


def test_a_curve_passes_where_the_model_answers(qtbot: QtBot) -> None:
    x = np.linspace(0, 1, 200)
    told = m.LearnedTold(0, "curve", "net", rows=200, count=0, grid=floats(np.stack([x, x], 1)))
    panel = shown(qtbot, told)
    plane, image = panel.picture.plane(), panel.picture.grab().toImage()
    accent = LIGHT.color("accent")
    middle = image.pixelColor(int(plane.center().x()), int(plane.center().y()))
    assert abs(middle.blue() - accent.blue()) < 60
    assert image.pixelColor(int(plane.left() + 20), int(plane.top() + 20)) == LIGHT.color("canvas")


def test_pictures_say_what_they_were_taken_for(qtbot: QtBot) -> None:
    pictures = np.zeros((2, 4, 4, 3), np.uint8)
    pictures[0] = (10, 200, 30)
    told = m.LearnedTold(
        5, "pictures", "net", "", 4, 4, 2, b"", floats([[0, 0, 0.9], [1, 0, 0.6]]), pictures.tobytes(),
        names=("circle", "square"),
    )  # fmt: skip
    panel = shown(qtbot, told)
    image = panel.picture.grab().toImage()
    assert image.pixelColor(40, 40) == QColor(10, 200, 30)
    assert "50.0%" in panel.detail()


def test_text_is_written_on_from_its_prompt(qtbot: QtBot) -> None:
    panel = shown(qtbot, m.LearnedTold(1, "text", "net", prompt="the gra", text="dient is"))
    assert panel.text() == "…the gra▸dient is"


def test_no_picture_says_why(qtbot: QtBot) -> None:
    panel = shown(qtbot, m.LearnedTold(1, "none", "net", "the model is too large"))
    assert panel.text() == "There is no picture: the model is too large."
    panel.set_learned(None)
    assert "Step on or press F5" in panel.text()


def test_counts_stand_in_the_cells_of_targets_and_answers(qtbot: QtBot) -> None:
    told = m.LearnedTold(1, "classes", "net", count=3, examples=floats([[0, 0], [1, 1], [1, 0]]))
    panel = shown(qtbot, told)
    assert not panel.text()
    assert "66.7%" in panel.detail()


def test_answers_lie_on_the_line_where_they_are_right(qtbot: QtBot) -> None:
    told = m.LearnedTold(1, "quantities", "net", count=3, examples=floats([[0, 0], [1, 1], [2, 2]]))
    panel = shown(qtbot, told)
    plane, image = panel.picture.plane(), panel.picture.grab().toImage()
    middle = image.pixelColor(round(plane.center().x()), round(plane.center().y()))
    assert abs(middle.blue() - LIGHT.color("accent").blue()) < 40
    assert "error 0" in panel.detail()
