"""Icons are ours, in the theme's colours, and stand what Qt does with icons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QIcon, QPixmap

from gradscope.app.icons import MENU, TOOLBAR, application_icon, icon
from gradscope.app.theme import DARK, LIGHT
from gradscope.resources import resource

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def drawn(shown: QIcon, size: int, mode: QIcon.Mode = QIcon.Mode.Normal) -> list[QColor]:
    """The pixels that are fully drawn."""
    image = shown.pixmap(size, mode).toImage()
    assert (image.width(), image.height()) == (size, size)
    pixels = (QColor.fromRgba(image.pixel(x, y)) for x in range(size) for y in range(size))
    return [pixel for pixel in pixels if pixel.alpha() == 255]


def is_in(colour: str, pixels: list[QColor]) -> bool:
    """Whether all are of one colour, but for the rounding of what lies over each other."""
    parts = QColor(colour).getRgb()
    return all(abs(part - other) <= 2 for pixel in pixels for part, other in zip(parts, pixel.getRgb(), strict=True))


def test_every_icon_is_drawn_in_the_colours_of_both_themes(qtbot: QtBot) -> None:
    for path in resource("icons").glob("*.svg"):
        if path.stem == "gradscope":
            continue
        for theme in (LIGHT, DARK):
            own = {"continue": theme.accent, "stop": theme.cut, "breakpoint": theme.cut}.get(path.stem, theme.text)
            made = icon(path.stem, theme)
            assert is_in(own, drawn(made, MENU) + drawn(made, TOOLBAR)), path.stem
            assert is_in(theme.faint, drawn(made, TOOLBAR, QIcon.Mode.Disabled)), path.stem


def test_an_icon_may_be_copied_and_changed(qtbot: QtBot) -> None:
    copy = QIcon(icon("stop", LIGHT))
    copy.addPixmap(QPixmap(8, 8))
    assert not copy.pixmap(MENU).isNull()
    assert drawn(icon("stop", LIGHT), TOOLBAR)
    assert is_in(LIGHT.cut, drawn(icon("stop", LIGHT), TOOLBAR))


def test_the_application_has_an_icon(qtbot: QtBot) -> None:
    assert len({pixel.name() for pixel in drawn(application_icon(), 64)}) > 4
