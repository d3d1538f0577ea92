"""Our own stroke icons, drawn from SVG in a colour of the theme, sharp at the sizes and on the screens in use."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gradscope.resources import resource

from .theme import THEMES, Theme, ThemeName

MENU, TOOLBAR, LARGE = 16, 20, 26

# Icons that are not of the text's colour.
_COLOURS = {"continue": "accent", "stop": "cut", "breakpoint": "cut"}


def icon(name: str, theme: Theme) -> QIcon:
    """An icon of ``resources/icons`` in the theme's colours."""
    ratios = tuple(sorted({1.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}))
    return _icon(name, theme.name, ratios)


@cache
def application_icon() -> QIcon:
    """The application's own icon, in its own colours."""
    return QIcon(str(resource("icons", "gradscope.svg")))


@cache
def _icon(name: str, theme_name: ThemeName, ratios: tuple[float, ...]) -> QIcon:
    theme = THEMES[theme_name]
    svg = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    made = QIcon()
    for mode, colour in (
        (QIcon.Mode.Normal, getattr(theme, _COLOURS.get(name, "text"))),
        (QIcon.Mode.Disabled, theme.faint),
    ):
        renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))
        for ratio in ratios:
            for size in (MENU, TOOLBAR, LARGE):
                made.addPixmap(_drawn(renderer, size, ratio), mode)
    return made


def _drawn(renderer: QSvgRenderer, size: int, ratio: float) -> QPixmap:
    pixels = round(size * ratio)
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
