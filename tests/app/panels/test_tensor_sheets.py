"""Sheets and pictures are drawn true to their numbers, chosen by controls, and saved as they are seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QComboBox, QMessageBox, QSpinBox, QToolButton

from gradscope.app.panels.sheet_image import SheetImage
from gradscope.app.panels.tensor_view import TensorViewWidget
from gradscope.app.theme import DARK, LIGHT, THEMES
from gradscope.graph.tensor_looks import Cut
from tests.tensors import refused, told

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from gradscope.app.theme import Theme

SHEET = (0, 1, 2, -1)
RGB = np.random.default_rng(1).random((2, 9, 12, 3))  # N, H, W, channels
RGB_LAST = (0, 1, 2, 3)


@pytest.fixture
def view(qtbot: QtBot) -> TensorViewWidget:
    view = TensorViewWidget()
    qtbot.addWidget(view)
    view.resize(340, 460)
    view.set_theme(LIGHT)
    view.show()
    return view


def sheet(view: TensorViewWidget) -> SheetImage:
    return view.findChildren(SheetImage)[0]


def colour(widget: SheetImage, point: QPoint) -> QColor:
    return QColor(widget.grab().toImage().pixel(point))


def seen(view: TensorViewWidget, kind: type) -> list[object]:
    return [widget for widget in view.findChildren(kind) if widget.isVisible()]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_tiles_share_one_scale_of_colours(view: TensorViewWidget, theme: Theme) -> None:
    values = np.zeros((5, 6, 6))
    values[1], values[3], values[4, 0, 0] = 2.0, -2.0, np.nan
    values[2] = 0.02
    view.set_theme(theme)
    view.set_tensor(told(values, axes=SHEET))
    image = sheet(view)
    zero, red, faint, blue = (colour(image, image.rect_of((tile, 4, 4)).center().toPoint()) for tile in range(4))
    assert red.red() > red.blue() + 40
    assert blue.blue() > blue.red() + 40
    assert abs(zero.lightness() - QColor(theme.canvas).lightness()) <= 2
    assert abs(faint.lightness() - zero.lightness()) <= 5  # on a scale of its own it would be red
    assert colour(image, image.rect_of((4, 0, 0)).center().toPoint()) == QColor(theme.nonfinite)


def test_a_picture_has_the_colours_of_its_channels(view: TensorViewWidget) -> None:
    view.set_tensor(told(RGB, axes=RGB_LAST))
    image = sheet(view)
    for cell in ((0, 0, 0), (1, 8, 11), (1, 3, 5)):
        seen = colour(image, image.rect_of(cell).center().toPoint())
        assert [seen.red(), seen.green(), seen.blue()] == pytest.approx((RGB[cell] * 255).tolist(), abs=1)


def test_channels_first_and_last_show_the_same(view: TensorViewWidget) -> None:
    view.set_tensor(told(RGB, axes=RGB_LAST))
    last = sheet(view).grab().toImage()
    view.set_tensor(told(RGB.transpose(0, 3, 1, 2), axes=(0, 2, 3, 1)))
    assert sheet(view).grab().toImage() == last


def test_the_light_of_a_picture_is_not_stretched_where_its_range_is_known(view: TensorViewWidget) -> None:
    half = RGB * 0.5
    half[0, 2, 2, 1] = np.nan
    for values, dtype, white in ((half, "float32", 1.0), (np.floor(RGB * 100), "uint8", 255.0)):
        view.set_tensor(told(values, dtype=dtype, axes=RGB_LAST))
        image = sheet(view)
        seen = colour(image, image.rect_of((1, 3, 5)).center().toPoint())
        wanted = values[1, 3, 5] / white * 255
        assert [seen.red(), seen.green(), seen.blue()] == pytest.approx(wanted.tolist(), abs=1)
        if dtype == "float32":
            assert colour(image, image.rect_of((0, 2, 2)).center().toPoint()) == QColor(LIGHT.nonfinite)


def test_a_normalised_picture_says_what_its_light_means(view: TensorViewWidget) -> None:
    values = RGB * 4 - 2
    values[0, 0, 0], values[0, 0, 1] = -2.0, 2.0
    view.set_tensor(told(values, axes=RGB_LAST))
    image = sheet(view)
    assert colour(image, image.rect_of((0, 0, 0)).center().toPoint()) == QColor("black")
    assert colour(image, image.rect_of((0, 0, 1)).center().toPoint()) == QColor("white")
    assert "Light goes from -2" in view.text()


def test_the_cell_under_the_mouse_is_read_with_its_whole_index(view: TensorViewWidget, qtbot: QtBot) -> None:
    values = np.float32(np.random.default_rng(2).normal(size=(3, 5, 4, 4)))  # dim 0 is fixed at 2
    view.set_tensor(told(values, plane=(2,), axes=(1, 2, 3, -1)))
    image = sheet(view)
    qtbot.mouseMove(image, image.rect_of((4, 1, 3)).center().toPoint())
    assert f"[2, 4, 1, 3] = {values[2, 4, 1, 3]!s}" in view.text()
    qtbot.mouseMove(image, image.tile_rect(4).topRight().toPoint() + QPoint(3, 5))
    assert "[2, 4" not in view.text()  # between the tiles is nothing
    view.set_tensor(told(RGB, axes=RGB_LAST))
    qtbot.mouseMove(image, image.rect_of((1, 3, 5)).center().toPoint())
    red, green, blue = np.float32(RGB[1, 3, 5])
    assert f"[1, 3, 5, :] = {red!s} {green!s} {blue!s}" in view.text()


def test_tiles_have_the_proportions_of_their_planes(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.zeros((4, 6, 24)), axes=SHEET))
    area = sheet(view).tile_rect(0)
    assert area.height() / area.width() == pytest.approx(6 / 24)


def test_arrow_keys_walk_from_tile_to_tile(view: TensorViewWidget, qtbot: QtBot) -> None:
    view.set_tensor(told(np.arange(24.0).reshape(3, 2, 4), axes=SHEET))
    image = sheet(view)
    image.setFocus()
    for key in (Qt.Key.Key_Right, *[Qt.Key.Key_Right] * 4):
        qtbot.keyClick(image, key)
    assert image.accessibleDescription() == "[1, 0, 0] = 8.0"
    qtbot.keyClick(image, Qt.Key.Key_Left)
    assert image.accessibleDescription() == "[0, 0, 3] = 3.0"
    for key in (*[Qt.Key.Key_Down] * 4, *[Qt.Key.Key_Right] * 20):
        qtbot.keyClick(image, key)
    assert image.accessibleDescription() == "[2, 1, 3] = 23.0"  # beyond the last tile is nothing


def test_arrow_keys_walk_down_to_the_next_row_of_tiles_and_up_again(view: TensorViewWidget, qtbot: QtBot) -> None:
    view.set_tensor(told(np.arange(160.0).reshape(40, 2, 2), axes=SHEET))
    image = sheet(view)
    image.setFocus()
    plain = image.grab().toImage()
    across = sum(image.tile_rect(tile).y() == 0 for tile in range(40))
    assert 1 < across < 40
    for key in (*[Qt.Key.Key_Down] * 3, Qt.Key.Key_Right):
        qtbot.keyClick(image, key)
    assert image.accessibleDescription().startswith(f"[{across}, 0, 1]")
    assert image.grab().toImage() != plain, "the cursor is drawn"
    qtbot.keyClick(image, Qt.Key.Key_Up)
    assert image.accessibleDescription().startswith("[0, 1, 1]")


def test_logarithmic_colours_reach_the_tiles_too(view: TensorViewWidget) -> None:
    values = np.full((3, 6, 6), 1e-3)
    values[0, 0, 0] = 1.0
    view.set_tensor(told(values, axes=SHEET))
    place = sheet(view).rect_of((2, 3, 3)).center().toPoint()
    faint = colour(sheet(view), place).saturation()
    next(action for action in view.actions() if action.text() == "Logarithmic colours").setChecked(True)
    assert colour(sheet(view), place).saturation() > faint


def test_looks_and_slider_ask_for_another_cut(view: TensorViewWidget, qtbot: QtBot) -> None:
    clips = np.zeros((2, 4, 9, 8, 3))
    view.set_tensor(told(clips, plane=(0,), axes=(0, 2, 3, 4)))
    (choice,) = seen(view, QComboBox)
    assert isinstance(choice, QComboBox)
    names = [choice.itemText(index) for index in range(choice.count())]
    assert choice.currentText() == "RGB, channels last"
    (time,) = seen(view, QSpinBox)
    assert isinstance(time, QSpinBox)
    assert time.lineEdit().width() >= time.fontMetrics().horizontalAdvance("0 of 4")  # it can be read
    with qtbot.waitSignal(view.cutRequested) as asked:
        time.setValue(3)
    assert asked.args == [Cut((0, 2, 3, 4), (3,))]
    view.set_tensor(told(clips, plane=(3,), axes=(0, 2, 3, 4)))
    choice.setCurrentIndex(names.index("One plane"))
    with qtbot.waitSignal(view.cutRequested) as asked, qtbot.waitSignal(view.lookLiked) as liked:
        choice.activated.emit(names.index("One plane"))
    assert (asked.args, liked.args) == ([Cut((-1, 3, 4, -1), (0, 0, 0))], [5, "One plane"])
    for shape, last in (((3, 8, 8), "RGB, channels first"), ((2, 2, 4, 4), "Sheet over dim 1")):
        view.set_tensor(told(np.zeros(shape), plane=(0,) * (len(shape) - 2)))
        assert (choice.count(), choice.itemText(2)) == (3, last)
    view.set_tensor(told(np.zeros((4, 4))))
    assert seen(view, QComboBox) == seen(view, QSpinBox) == []


def test_what_is_left_out_is_said(view: TensorViewWidget) -> None:
    view.set_tensor(told(np.ones((3, 8, 9)), axes=SHEET, steps=(2, 3)))
    assert "Shown is every 2nd row and every 3rd column; the figures are of all elements." in view.text()
    many = told(np.ones((5, 8, 9)), axes=SHEET, steps=(1, 12))
    view.set_tensor(replace(many, cells=many.cells[:2]))
    assert "Shown is the first 2 of 5 and every 12th column" in view.text()
    view.set_tensor(told(np.ones(90), steps=(1, 2)))
    assert "Shown is every 2nd element;" in view.text()


def test_every_tool_is_named_and_does_what_it_says(view: TensorViewWidget, qtbot: QtBot) -> None:
    view.set_tensor(told(np.arange(24.0).reshape(2, 3, 4), axes=SHEET))
    tools = {button.accessibleName(): button for button in view.findChildren(QToolButton) if button.isVisible()}
    assert list(tools) == ["Logarithmic colours", "Copy values", "Save values as…", "Open in a window"]
    assert all(button.toolTip() and not button.icon().isNull() for button in tools.values())
    qtbot.mouseClick(tools["Copy values"], Qt.MouseButton.LeftButton)
    blocks = [block.split("\n") for block in QGuiApplication.clipboard().text().split("\n\n")]
    read = [[[float(number) for number in row.split("\t")] for row in block] for block in blocks]
    assert read == np.arange(24.0).reshape(2, 3, 4).tolist()
    with qtbot.waitSignal(view.enlargeRequested):
        qtbot.mouseClick(tools["Open in a window"], Qt.MouseButton.LeftButton)
    view.set_tensor(told(RGB, axes=RGB_LAST))
    assert not tools["Logarithmic colours"].isEnabled()  # a picture has colours of its own
    view.hide_enlarge()
    assert not tools["Open in a window"].isVisible()


def test_npy_of_a_sheet_keeps_its_dimensions(view: TensorViewWidget, tmp_path: Path) -> None:
    values = np.float32(np.random.default_rng(0).normal(size=(4, 5, 2, 3)))
    view.set_tensor(told(values, plane=(3,), axes=(1, 2, 3, -1)))
    view.save(tmp_path / "sheet.npy")
    assert np.array_equal(np.load(tmp_path / "sheet.npy"), values[3])


def test_png_holds_the_colours_that_are_seen(view: TensorViewWidget, tmp_path: Path) -> None:
    view.set_tensor(told(RGB[0], axes=(-1, 0, 1, 2)))
    view.save(tmp_path / "picture.png")
    saved = QImage(str(tmp_path / "picture.png"))
    assert max(saved.width(), saved.height()) >= 256
    scale = saved.width() // 12
    for row, column in ((0, 0), (8, 11), (4, 6)):
        pixel = QColor(saved.pixel(column * scale + scale // 2, row * scale + scale // 2))
        wanted = (RGB[0, row, column] * 255).tolist()
        assert [pixel.red(), pixel.green(), pixel.blue()] == pytest.approx(wanted, abs=1)


def test_png_of_a_sheet_holds_every_tile(view: TensorViewWidget, tmp_path: Path) -> None:
    values = np.repeat([-2.0, -0.5, 1.0, 2.0], 36).reshape(4, 6, 6)
    view.set_tensor(told(values, axes=SHEET))
    view.save(tmp_path / "sheet.png")
    saved, image = QImage(str(tmp_path / "sheet.png")), sheet(view)
    for tile in range(4):
        row, column = divmod(tile, 2)
        pixel = saved.pixelColor((2 * column + 1) * saved.width() // 4, (2 * row + 1) * saved.height() // 4)
        assert pixel.rgb() == colour(image, image.rect_of((tile, 3, 3)).center().toPoint()).rgb()


def test_what_is_thinned_on_screen_is_saved_whole(view: TensorViewWidget, qtbot: QtBot, tmp_path: Path) -> None:
    view.set_tensor(told(np.ones((3, 8, 9)), axes=SHEET, steps=(2, 3)))
    with qtbot.waitSignal(view.wholeRequested) as asked:
        view.save(tmp_path / "all.npy")
    assert asked.args == [tmp_path / "all.npy", Cut(SHEET, ())]
    assert not (tmp_path / "all.npy").exists()  # it is written when the training process has told it
    view.save(tmp_path / "seen.png")
    assert (tmp_path / "seen.png").exists()
    few = told(np.ones((3, 8, 9)), axes=SHEET)
    view.set_tensor(replace(few, cells=few.cells[:2]))
    with qtbot.waitSignal(view.wholeRequested):  # tiles that are left out are thinned, too
        view.save(tmp_path / "all.npy")


def test_a_number_has_no_picture_to_save(
    view: TensorViewWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: said.append(args[2]))
    view.set_tensor(told(1.0))
    view.save(tmp_path / "number.png")
    assert "choose .npy or .csv" in said[0]
    assert not (tmp_path / "number.png").exists()


def test_a_refusal_takes_all_controls_away(view: TensorViewWidget) -> None:
    view.set_theme(DARK)
    view.set_tensor(told(RGB, axes=RGB_LAST))
    view.set_tensor(refused("it was freed"))
    assert view.notice() == "it was freed"
    assert not any(seen(view, kind) for kind in (SheetImage, QComboBox, QSpinBox, QToolButton))
