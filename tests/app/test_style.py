"""What the style sheet draws is seen in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox

from gradscope.app.panels.colour_maps import luminance
from gradscope.app.style import style_sheet
from gradscope.app.theme import THEMES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from gradscope.app.theme import Theme


def contrast(one: QColor, other: QColor) -> float:
    """As WCAG 2.2 has it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_a_check_box_is_seen_and_so_is_its_tick(qtbot: QtBot, theme: Theme) -> None:
    box = QCheckBox("")
    qtbot.addWidget(box)
    box.setPalette(theme.palette())
    box.setStyleSheet(style_sheet(theme))
    box.resize(24, 24)

    def colours() -> list[QColor]:
        image = box.grab().toImage()
        return [image.pixelColor(x, y) for x in range(16) for y in range(4, 20)]

    ground = QColor(theme.window)
    assert max(contrast(colour, ground) for colour in colours()) >= 3.0
    box.setChecked(True)
    filled = [colour for colour in colours() if colour.name() == theme.accent]
    assert len(filled) > 40
    assert max(contrast(colour, filled[0]) for colour in colours()) >= 3.0
