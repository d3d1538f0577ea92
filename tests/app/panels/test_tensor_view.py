"""A tensor of any rank is drawn true to its numbers, and can be taken along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox, QSpinBox

from gradscope.app.panels import colour_maps
from gradscope.app.panels.heat_image import HeatImage
from gradscope.app.panels.histogram import Histogram
from gradscope.app.panels.tensor_view import TensorViewWidget
from gradscope.app.panels.vector_bars import VectorBars
from gradscope.app.theme import DARK, LIGHT, THEMES
from gradscope.graph.tensor_looks import Cut
from tests.tensors import refused, told

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from gradscope.app.theme import Theme


@pytest.fixture
def view(qtbot: QtBot) -> TensorViewWidget:
    view = TensorViewWidget()
    qtbot.addWidget(view)
    view.resize(340, 320)
    view.set_theme(LIGHT)
    view.show()
    return view


def heat(view: TensorViewWidget) -> HeatImage:
    return view.findChildren(HeatImage)[0]


def pixel(widget: HeatImage | VectorBars, point: QPoint) -> QColor:
    return QColor(widget.grab().toImage().pixel(point))


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_red_is_above_zero_blue_below_and_magenta_not_finite(view: TensorViewWidget, theme: Theme) -> None:
    values = np.zeros((30, 10))
    values[0, 0], values[15, 5], values[29, 9], values[29, 0] = 2.0, -2.0, np.nan, np.inf
    view.set_theme(theme)
    view.set_tensor(told(values))
    image = heat(view)
    red, blue, nan, inf, zero = (
        pixel(image, image.cell_rect(*cell).center().toPoint()) for cell in ((0, 0), (15, 5), (29, 9), (29, 0), (5, 5))
    )
    assert red.red() > red.blue() + 40
    assert blue.blue() > blue.red() + 40
    assert nan == inf == QColor(theme.nonfinite)
    assert abs(zero.lightness() - QColor(theme.canvas).lightness()) <= 2


def test_equal_magnitudes_are_equally_far_from_the_middle() -> None:
    values = np.array([[-0.5, 0.5, 1.0, -0.25]])
    places = colour_maps.positions(values, "diverging", 1.0)
    assert places[0, 0] + places[0, 1] == 1.0
    assert np.all(np.diff(colour_maps.positions(np.array([[0.0, 0.1, 0.9]]), "sequential", 1.0)) > 0)


def test_logarithmic_colours_show_what_linear_ones_hide(view: TensorViewWidget) -> None:
    values = np.full((30, 10), 1e-3)
    values[0, 0], values[0, 1] = 1.0, -1.0
    view.set_tensor(told(values))
    place = heat(view).cell_rect(10, 5).center().toPoint()
    faint = pixel(heat(view), place).saturation()
    next(action for action in view.actions() if action.text() == "Logarithmic colours").setChecked(True)
    assert pixel(heat(view), place).saturation() > faint


def test_the_cell_under_the_mouse_is_read_exactly(view: TensorViewWidget, qtbot: QtBot) -> None:
    values = np.float32(np.random.default_rng(3).normal(size=(64, 16)))
    view.set_tensor(told(values, steps=(2, 1)))
    image = heat(view)
    qtbot.mouseMove(image, image.cell_rect(6, 5).center().toPoint())
    assert f"[12, 5] = {values[12, 5]!s}" in [label.text() for label in view.findChildren(QLabel)]
    seen = [label.text() for label in view.findChildren(QLabel) if label.isVisible()]
    assert "Shown is every 2nd row; the figures are of all elements." in seen


def test_the_keyboard_reads_cells_too(view: TensorViewWidget, qtbot: QtBot) -> None:
    view.set_tensor(told(np.arange(300.0).reshape(30, 10)))
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(heat(view), key)
    assert heat(view).accessibleDescription() == "[1, 1] = 11.0"


def test_numbers_stand_in_the_cells_when_they_fit(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.ones((3, 4))))
    roomy = heat(view).grab().toImage()
    assert len({roomy.pixel(x, y) for x in range(85) for y in range(18)}) > 3
    view.set_tensor(told(np.ones((60, 4))))
    tight = heat(view).grab().toImage()
    assert len({tight.pixel(x, y) for x in range(85) for y in range(18)}) == 1


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("name", ["diverging", "sequential"])
def test_numbers_can_be_read_on_every_colour(theme: Theme, name: colour_maps.MapName) -> None:
    for row in (*colour_maps.table(theme, name), QColor(theme.nonfinite).getRgb()[:3]):
        ground = QColor(*(int(channel) for channel in row))
        light, dark = sorted((colour_maps.luminance(ground), colour_maps.luminance(colour_maps.ink(ground))))[::-1]
        assert (light + 0.05) / (dark + 0.05) >= 4.5, ground.name()


def test_a_scalar_is_a_number_and_a_short_list_keeps_its_brackets(view: TensorViewWidget) -> None:
    view.set_tensor(told(-3.0))
    assert view.value_text() == "-3.0"
    assert not heat(view).isVisible()
    view.set_tensor(told([[0.5], [0.25]]))
    assert view.value_text() == "[[0.5], [0.25]]"
    assert view.heat_values().tolist() == [[0.5], [0.25]]


def test_a_vector_is_bars_from_zero(view: TensorViewWidget) -> None:
    view.set_tensor(told([1.0, -1.0, 0.0, 0.5, np.nan]))
    bars = view.findChildren(VectorBars)[0]
    up, down, half = bars.bar_rect(0), bars.bar_rect(1), bars.bar_rect(3)
    assert bars.isVisible()
    assert up.bottom() == pytest.approx(down.top())
    assert half.height() == pytest.approx(up.height() / 2, abs=1)
    assert pixel(bars, bars.bar_rect(4).center().toPoint()) == QColor(LIGHT.nonfinite)


def test_planes_of_rank_four_are_chosen_by_two_numbers(view: TensorViewWidget, qtbot: QtBot) -> None:
    values = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    view.set_tensor(told(values, plane=(0, 0)))
    first, second = [spin for spin in view.findChildren(QSpinBox) if spin.isVisible()]
    planes = (-1, 2, 3, -1)
    with qtbot.waitSignal(view.cutRequested) as asked:
        second.setValue(2)
    assert asked.args == [Cut(planes, (0, 2))]
    with qtbot.waitSignal(view.cutRequested) as asked:
        first.setValue(9)
    assert asked.args == [Cut(planes, (1, 2))]
    view.set_tensor(told(values, plane=(1, 2)))
    assert np.array_equal(view.heat_values(), values[1, 2])


def test_histogram_bars_are_as_high_as_their_counts(qtbot: QtBot) -> None:
    histogram = Histogram()
    qtbot.addWidget(histogram)
    histogram.resize(100, 51)
    histogram.set_theme(DARK)
    histogram.set_counts((10, 5, 0, 1), -1.0, 1.0)
    heights = [histogram.bar_rect(index).height() for index in range(4)]
    assert heights == [50, 25, 0, 5]
    picture = histogram.grab().toImage()
    assert QColor(picture.pixel(10, 48)) == QColor(DARK.intermediate)
    assert "5" in histogram.bar_text(1)


def test_an_empty_tensor_says_so(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.zeros((0, 4))))
    assert "empty" in view.notice()
    view.set_tensor(told(np.zeros((3, 4))))
    assert view.notice() == ""


def test_a_refused_tensor_leaves_nothing_of_the_one_before(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.ones((9, 9))))
    view.set_tensor(refused("it was freed"))
    assert view.notice() == "it was freed"
    assert view.heat_values().size == 0
    assert not heat(view).isVisible()


def test_copy_is_tab_separated_and_exact(view: TensorViewWidget) -> None:
    values = np.float32([[0.1, 0.2, 0.3], [1e-8, -5.0, 7.0]])
    view.set_tensor(told(values))
    view.copy()
    rows = QGuiApplication.clipboard().text().split("\n")
    assert np.array_equal(np.float32([row.split("\t") for row in rows]), values)


@pytest.mark.parametrize("shape", [(3, 5), (7,), ()])
def test_npy_keeps_type_and_rank(view: TensorViewWidget, tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = np.float32(np.random.default_rng(0).normal(size=shape))
    view.set_tensor(told(values))
    view.save(tmp_path / "g.npy")
    read = np.load(tmp_path / "g.npy")
    assert read.dtype == np.float32
    assert np.array_equal(read, values)


def test_csv_reads_back(view: TensorViewWidget, tmp_path: Path) -> None:
    view.set_tensor(told([[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]))
    view.save(tmp_path / "g.csv")
    assert np.loadtxt(tmp_path / "g.csv", delimiter=",").tolist() == [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]


@pytest.mark.parametrize("name", ["g.txt", "missing/g.npy"])
def test_a_file_that_cannot_be_written_is_told(
    view: TensorViewWidget, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_user: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: told_user.append(args[2]))
    view.set_tensor(told(np.ones((3, 3))))
    view.save(tmp_path / name)
    assert len(told_user) == 1
    assert "not saved" in told_user[0]
