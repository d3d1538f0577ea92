"""A tensor of any rank is drawn true to its numbers, and can be taken along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMessageBox, QSlider, QSpinBox, QVBoxLayout, QWidget

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


def test_colours_span_the_largest_magnitude_also_where_it_is_negative(view: TensorViewWidget) -> None:
    values = np.zeros((30, 10))
    values[0, 0], values[0, 1], values[0, 2] = -4.0, -2.0, 1.0
    view.set_tensor(told(values))
    deep, pale = (pixel(heat(view), heat(view).cell_rect(0, column).center().toPoint()) for column in (0, 1))
    assert deep.saturation() > pale.saturation() + 40


def test_without_negative_numbers_the_map_starts_at_zero_and_has_no_red(view: TensorViewWidget) -> None:
    values = np.zeros((30, 10))
    values[0, 0] = 2.0
    view.set_tensor(told(values))
    most = pixel(heat(view), heat(view).cell_rect(0, 0).center().toPoint())
    assert most.blue() > most.red() + 40


def test_logarithmic_colours_show_what_linear_ones_hide(view: TensorViewWidget) -> None:
    values = np.full((30, 10), 1e-3)
    values[0, 0], values[0, 1] = 1.0, -1.0
    view.set_tensor(told(values))
    place = heat(view).cell_rect(10, 5).center().toPoint()
    faint = pixel(heat(view), place).saturation()
    next(action for action in view.actions() if action.text() == "Logarithmic colours").setChecked(True)
    assert pixel(heat(view), place).saturation() > faint
    red, blue = (pixel(heat(view), heat(view).cell_rect(0, column).center().toPoint()) for column in (0, 1))
    assert red.red() > red.blue() + 40
    assert blue.blue() > blue.red() + 40


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
    plain = heat(view).grab().toImage()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(heat(view), key)
    assert heat(view).accessibleDescription() == "[1, 1] = 11.0"
    assert heat(view).grab().toImage() != plain, "the cursor is drawn"
    qtbot.keyClick(heat(view), Qt.Key.Key_Up)
    assert heat(view).accessibleDescription() == "[0, 1] = 1.0"
    view.set_tensor(told(np.arange(300.0).reshape(30, 10) + 0.5))
    assert heat(view).accessibleDescription() == "[0, 1] = 1.5", "the cursor stays, and reads what is there now"
    view.set_tensor(told(np.arange(5.0).reshape(5, 1)))
    assert heat(view).accessibleDescription() == "", "there is no such cell any more"
    qtbot.keyClick(heat(view), Qt.Key.Key_Down)
    qtbot.keyClick(heat(view), Qt.Key.Key_Escape)
    assert heat(view).accessibleDescription() == ""


def test_what_was_read_goes_with_the_mouse_but_the_cursor_only_with_the_focus(
    view: TensorViewWidget, qtbot: QtBot
) -> None:
    view.set_tensor(told(np.arange(300.0).reshape(30, 10)))
    image = heat(view)
    qtbot.mouseMove(image, image.cell_rect(2, 3).center().toPoint())
    assert "[2, 3] = 23.0" in view.text()
    QApplication.sendEvent(image, QEvent(QEvent.Type.Leave))
    assert "[2, 3]" not in view.text()
    with qtbot.waitActive(view):
        view.activateWindow()
    image.setFocus()
    qtbot.keyClick(image, Qt.Key.Key_Down)
    QApplication.sendEvent(image, QEvent(QEvent.Type.Leave))
    assert "[0, 0] = 0.0" in view.text()
    image.clearFocus()
    assert "[0, 0]" not in view.text()


def test_numbers_stand_in_the_cells_when_they_fit(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.ones((3, 4))))
    roomy = heat(view).grab().toImage()
    assert len({roomy.pixel(x, y) for x in range(85) for y in range(18)}) > 3
    view.set_tensor(told(np.ones((60, 4))))
    tight = heat(view).grab().toImage()
    assert len({tight.pixel(x, y) for x in range(85) for y in range(18)}) == 1


def test_each_cell_has_its_own_number_in_an_ink_that_can_be_read(view: TensorViewWidget) -> None:
    view.set_tensor(told([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]]))
    image, drawn = heat(view), heat(view).grab().toImage()
    cells = [[drawn.copy(image.cell_rect(row, column).toRect()) for column in range(4)] for row in range(2)]
    assert all(cells[0][column] == cells[1][3 - column] for column in range(4)), "equal numbers look the same"
    darkest = cells[0][3]
    shades = sorted(
        colour_maps.luminance(QColor(darkest.pixel(x, y)))
        for x in range(darkest.width())
        for y in range(darkest.height())
    )
    ground = colour_maps.luminance(QColor(darkest.pixel(1, 1)))
    assert max((shades[-1] + 0.05) / (ground + 0.05), (ground + 0.05) / (shades[0] + 0.05)) >= 4.5


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
    assert view.text() == "-3.0", "one number needs no range"
    assert not heat(view).isVisible()
    view.set_tensor(told([[0.5], [0.25]]))
    assert view.value_text() == "[[0.5], [0.25]]"
    assert view.heat_values().tolist() == [[0.5], [0.25]]


def test_the_smallest_and_the_largest_element_stand_at_their_ends(view: TensorViewWidget) -> None:
    view.set_tensor(told([[-2.5, 0.5, 7.0] * 2]))
    assert view.text().split("\n") == ["-2.50", "7.00"]
    ends = [label.x() for label in view.findChildren(QLabel) if label.text() in ("-2.50", "7.00")]
    assert ends == sorted(ends)
    assert view.findChildren(Histogram)[0].isVisible()
    view.set_tensor(told(np.full((3, 3), np.nan)))
    assert not view.findChildren(Histogram)[0].isVisible()


def test_a_tensor_of_an_earlier_pause_is_not_answered_for_until_it_is_told_again(view: TensorViewWidget) -> None:
    few, many = told([1.0, 2.0]), told(np.ones((9, 9)))
    view.set_tensor(few)
    view.set_stale()
    assert view.value_text() == ""
    view.set_tensor(few)
    assert view.value_text() == "[1.0, 2.0]"
    view.set_tensor(many)
    view.set_elements("1.0")
    assert heat(view).isVisible(), "a picture that stands is left alone"
    view.set_stale()
    assert view.heat_values().size == 0
    view.set_tensor(many)
    assert view.heat_values().shape == (9, 9)


def test_nothing_below_jumps_while_another_tensor_is_on_its_way(qtbot: QtBot) -> None:
    host, view, below = QWidget(), TensorViewWidget(), QLabel("below")
    qtbot.addWidget(host)
    column = QVBoxLayout(host)
    column.addWidget(view)
    column.addWidget(below)
    column.addStretch(1)
    view.set_theme(LIGHT)
    host.resize(340, 700)
    host.show()
    view.set_tensor(told(np.ones((30, 10))))
    QApplication.processEvents()
    place = below.y()
    view.clear()
    QApplication.processEvents()
    assert below.y() == place
    view.set_tensor(told(1.0))
    QApplication.processEvents()
    assert below.y() < place


def test_a_vector_is_bars_from_zero(view: TensorViewWidget, qtbot: QtBot) -> None:
    view.set_tensor(told([1.0, -1.0, 0.0, 0.5, np.nan]))
    bars = view.findChildren(VectorBars)[0]
    up, down, half = bars.bar_rect(0), bars.bar_rect(1), bars.bar_rect(3)
    assert bars.isVisible()
    assert up.bottom() == pytest.approx(down.top())
    assert half.height() == pytest.approx(up.height() / 2, abs=1)
    assert pixel(bars, bars.bar_rect(4).center().toPoint()) == QColor(LIGHT.nonfinite)
    assert pixel(bars, up.center().toPoint()) == QColor(LIGHT.positive)
    assert pixel(bars, down.center().toPoint()) == QColor(LIGHT.negative)
    qtbot.mouseMove(bars, QPoint(int(down.right()) - 2, 5))
    assert "[1] = -1.0" in view.text()
    QApplication.sendEvent(bars, QEvent(QEvent.Type.Leave))
    assert "[1]" not in view.text()


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
    with qtbot.assertNotEmitted(view.cutRequested):
        view.set_tensor(told(values, plane=(1, 2)))
    assert np.array_equal(view.heat_values(), values[1, 2])
    sliders = [slider for slider in view.findChildren(QSlider) if slider.isVisible()]
    assert [slider.value() for slider in sliders] == [1, 2]
    with qtbot.waitSignal(view.cutRequested) as asked:
        sliders[1].setValue(1)
    assert asked.args == [Cut(planes, (1, 1))]
    view.set_notice("Reading…", keep_planes=True)
    assert first.isVisible()
    view.set_notice("Pause first.")
    assert not first.isVisible()
    view.set_tensor(told(np.zeros((7, 3, 4, 5)), plane=(0, 0)))
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert [spin.maximum() for spin in view.findChildren(QSpinBox) if spin.isVisible()] == [6, 2]


def test_a_chooser_says_which_dimension_it_is_of(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.zeros((2, 3, 4, 5)), plane=(2,), axes=(0, 2, 3, -1)))
    assert [label.text() for label in view.findChildren(QLabel) if label.text().startswith("dim")] == ["dim 1"]


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
    assert QColor(picture.pixel(50, 20)) == QColor(DARK.border), "zero is marked"
    assert histogram.bar_text(1) == "-5.00e-1 … 0: 5"
    histogram.set_counts((100_000, 1), 1.0, 2.0)
    assert histogram.bar_rect(1).height() == 1, "one element among many is seen"


def test_an_empty_tensor_says_so(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.zeros((0, 4))))
    assert "empty" in view.notice()
    assert not any(action.isEnabled() for action in view.actions())
    view.set_tensor(told(np.zeros((3, 4))))
    assert view.notice() == ""


def test_a_refused_tensor_leaves_nothing_of_the_one_before(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.ones((9, 9))))
    view.set_tensor(refused("it was freed"))
    assert view.notice() == "it was freed"
    assert view.heat_values().size == 0
    assert not heat(view).isVisible()


def test_copy_is_tab_separated_and_exact(view: TensorViewWidget, qtbot: QtBot) -> None:
    values = np.float32([[0.1, 0.2, 0.3], [1e-8, -5.0, 7.0]])
    view.set_tensor(told(values))
    view.copy()
    rows = QGuiApplication.clipboard().text().split("\n")
    assert np.array_equal(np.float32([row.split("\t") for row in rows]), values)
    QGuiApplication.clipboard().clear()
    with qtbot.waitActive(view):
        view.activateWindow()
    heat(view).setFocus()
    qtbot.keyClick(heat(view), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\n") == rows


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


def test_a_type_that_numpy_lacks_is_saved_as_a_wider_one(view: TensorViewWidget, tmp_path: Path) -> None:
    view.set_tensor(told([0.5, 1.5, -2.0, 4.0, 8.0], dtype="bfloat16"))
    view.save(tmp_path / "g.NPY")
    read = np.load(tmp_path / "g.NPY")
    assert (read.dtype, read.tolist()) == (np.float32, [0.5, 1.5, -2.0, 4.0, 8.0])


def test_a_name_without_an_ending_takes_the_kinds(
    view: TensorViewWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = (str(tmp_path / "g"), "Comma-separated values (*.csv)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)
    view.set_tensor(told(np.ones((3, 3))))
    next(action for action in view.actions() if action.text() == "Save values as…").trigger()
    assert [path.name for path in tmp_path.iterdir()] == ["g.csv"]


@pytest.mark.parametrize("name", ["g.txt", "missing/g.npy", "missing/g.png"])
def test_a_file_that_cannot_be_written_is_told(
    view: TensorViewWidget, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_user: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: told_user.append(args[2]))
    view.set_tensor(told(np.ones((3, 3))))
    view.save(tmp_path / name)
    assert len(told_user) == 1
    assert "not saved" in told_user[0]
