"""Our own stroke icons, drawn from SVG in a colour of the theme and sharp on every screen."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gradscope.resources import resource

from .theme import THEMES, Theme, ThemeName

# Icons that are not of the text's colour.
_COLOURS = {"continue": "accent", "stop": "cut"}


class _TintedEngine(QIconEngine):
    """Renders one SVG in the colour of the icon's mode, at whatever size and pixel ratio it is asked for."""

    def __init__(self, svg: str, normal: str, disabled: str) -> None:
        super().__init__()
        self._svg = svg
        self._colours = {QIcon.Mode.Disabled: disabled}
        self._normal = normal
        self._pixmaps: dict[tuple[int, int, QIcon.Mode, float], QPixmap] = {}

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._svg, self._normal, self._colours[QIcon.Mode.Disabled])

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        colour = self._colours.get(mode, self._normal)
        renderer = QSvgRenderer(QByteArray(self._svg.replace("currentColor", colour).encode()))
        side = min(rect.width(), rect.height())
        target = QRectF(0, 0, side, side)
        target.moveCenter(QRectF(rect).center())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, target)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        key = (size.width(), size.height(), mode, scale)
        if key not in self._pixmaps:
            pixmap = QPixmap(size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
            painter.end()
            pixmap.setDevicePixelRatio(scale)
            self._pixmaps[key] = pixmap
        return self._pixmaps[key]


def icon(name: str, theme: Theme) -> QIcon:
    """An icon of ``resources/icons`` in the theme's colours."""
    return _icon(name, theme.name)


@cache
def _icon(name: str, theme_name: ThemeName) -> QIcon:
    theme = THEMES[theme_name]
    svg = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
    return QIcon(_TintedEngine(svg, getattr(theme, _COLOURS.get(name, "text")), theme.faint))


@cache
def application_icon() -> QIcon:
    """The application's own icon, in its own colours."""
    return QIcon(str(resource("icons", "gradscope.svg")))
