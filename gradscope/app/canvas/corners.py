"""Legends and map: in the corners of the canvas while they lie over no card at first sight, else out of its way.

Where the first view of a scene fills the canvas, the legends go into a strip below it. Where the map would lie over a
card or a line it becomes a button. Both are decided while the canvas shows its first view or all of the scene: what a
person does from then on moves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from gradscope.app.icons import icon

from .camera import Insets
from .heat_legend import HeatLegend
from .legend import PLATE_HEIGHT, RoleLegend
from .minimap import Minimap

if TYPE_CHECKING:
    from gradscope.app.theme import Theme

    from .scene import Floats2
    from .widget import GraphCanvas

MARGIN, GAP = 15, 8  # px; in the strip there is less of it
STRIP_HEIGHT = PLATE_HEIGHT + 4
BELOW = 68  # pixels that legends take of the lower side, floating or not
_STRIP_MARGIN, _STRIP_GAP = 8, 6
_BUTTON = 34
_LEAST_HEIGHT = 240  # a lower pane keeps the canvas free
_LEAST_STACKED = 400
_AIR = 10
_MOST_LOOKED_AT = 5000  # items; in more of them there is a line everywhere
_STYLE = """
QWidget#strip {{ background: {raised}; border-top: 1px solid {border}; }}
QToolButton#map {{ background: {raised}; border: 1px solid {border}; border-radius: 6px; }}
QToolButton#map:hover, QToolButton#map:focus, QToolButton#map:checked {{ border-color: {accent}; }}
"""


class Corners(QObject):
    """Owns legends, map, the map's button and the strip, all of them children of one host."""

    mapShown = Signal(bool)

    def __init__(self, host: QWidget, canvas: GraphCanvas, theme: Theme) -> None:
        super().__init__(host)
        self._host, self._canvas = host, canvas
        self.strip = QWidget(host)
        self.strip.setObjectName("strip")
        self.strip.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.heat_legend = HeatLegend(theme, host)
        self.role_legend = RoleLegend(theme, host)
        self.minimap = Minimap(theme, host)
        self.map_button = QToolButton(host)
        self.map_button.setObjectName("map")
        self.map_button.setCheckable(True)
        self.map_button.setFixedSize(_BUTTON, _BUTTON)
        self.map_button.setIconSize(QSize(20, 20))
        self.map_button.setToolTip("Map of the graph")
        self.map_button.setAccessibleName("Map of the graph")
        self.map_button.clicked.connect(self.toggle_map)
        self._heat, self._above = True, 0
        self._wish: bool | None = None  # whether the map is shown, as far as a person has said so
        self._docked = self._folded = False
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        for part in (self.heat_legend, self.role_legend, self.minimap):
            part.set_theme(theme)
        style = _STYLE.format(raised=theme.raised, border=theme.border, accent=theme.accent)
        self.strip.setStyleSheet(style)
        self.map_button.setStyleSheet(style)
        self.map_button.setIcon(icon("map", theme))

    @property
    def docked(self) -> bool:
        """Whether the legends stand below the canvas."""
        return self._docked

    def toggle_map(self) -> None:
        """Show the map, or fold it into its button; from now on it stays so."""
        self._wish = self.minimap.isHidden()
        self._place()

    def arrange(self, *, heat: bool, above: int) -> None:
        """Put everything into its place, and tell the canvas what is left to it.

        Args:
            heat: whether colours mean numbers, so that their legend is wanted.
            above: pixels of the upper side that other widgets take.
        """
        self._heat, self._above = heat, above
        for part in (self.heat_legend, self.role_legend, self.minimap):
            part.resize(part.sizeHint())
        scene = self._canvas.scene
        if scene is None or not len(scene):
            self._docked = self._folded = False
        elif self._canvas.follows_fit:
            self._docked = False
            self._docked = self._roomy and self._covers(self._legend_places())
            self._folded = self._covers([_with_air(self._map_place(aside=False))], lines=True)
        self._place()

    @property
    def _roomy(self) -> bool:
        return self._host.height() > _LEAST_HEIGHT

    def _legend_places(self) -> list[QRect]:
        """Where legends float: the first one at the left, the other beside it if there is room."""
        top, left = self._host.height() - MARGIN - PLATE_HEIGHT, MARGIN + self.heat_legend.width() + GAP
        places = [QRect(MARGIN, top, self.heat_legend.width(), PLATE_HEIGHT)]
        if left + self.role_legend.width() < self._host.width() - MARGIN:
            places.append(QRect(left, top, self.role_legend.width(), PLATE_HEIGHT))
        return places

    def _map_place(self, *, aside: bool) -> QRect:
        """Where the map floats; ``aside``: above its button."""
        size = self.minimap.size()
        bottom = self._free_size().height() - MARGIN
        if aside and not self._docked:
            bottom -= _BUTTON + GAP
        return QRect(self._host.width() - size.width() - MARGIN, bottom - size.height(), size.width(), size.height())

    def _covers(self, places: list[QRect], *, lines: bool = False) -> bool:
        """Whether a card lies there at first sight; ``lines``: or a line, or the border of a box."""
        scene = self._canvas.scene
        if scene is None:
            return False
        camera = self._canvas.first_view(self._free_size(), self._insets())
        rects = camera.screen_rects(scene.rects[scene.cards])
        starts, ends = rects[:, :2], rects[:, :2] + rects[:, 2:]
        if lines and len(scene) <= _MOST_LOOKED_AT:
            points = (scene.layout.points - (camera.left, camera.top)) * camera.zoom
            within = np.ones(max(0, len(points) - 1), bool)
            within[scene.layout.start[1:-1] - 1] = False  # from the end of one line to the start of the next
            low, far = _borders(camera.screen_rects(scene.rects[scene.boxes]))
            starts = np.vstack((starts, np.minimum(points[:-1], points[1:])[within], low))
            ends = np.vstack((ends, np.maximum(points[:-1], points[1:])[within], far))
        return any(
            bool(((starts < (place.right(), place.bottom())) & (ends > (place.left(), place.top()))).all(axis=1).any())
            for place in places
        )

    def _free_size(self) -> QSize:
        return QSize(self._host.width(), self._host.height() - (STRIP_HEIGHT if self._docked else 0))

    def _insets(self, corner: int = 0) -> Insets:
        return Insets(24, self._above, 24, BELOW - STRIP_HEIGHT if self._docked else BELOW, corner)

    def _place(self) -> None:
        host, scene = self._host, self._canvas.scene
        shown = scene is not None and len(scene) > 0 and self._roomy
        wide = host.width() - self.minimap.width() - MARGIN - GAP > self.heat_legend.width() + MARGIN
        with_map = shown and wide and (self._wish if self._wish is not None else not self._folded)
        with_button = shown and wide and (self._folded or not with_map)
        self._canvas.setGeometry(QRect(QPoint(), self._free_size()))
        self.strip.setGeometry(0, host.height() - STRIP_HEIGHT, host.width(), STRIP_HEIGHT)
        self.strip.setVisible(self._docked)
        self.minimap.setGeometry(self._map_place(aside=with_button))
        self._place_button()
        for legend in (self.heat_legend, self.role_legend):
            legend.set_flat(self._docked)
        limit = self.map_button.x() if with_button else self.minimap.x() if with_map else host.width() - MARGIN
        self.heat_legend.setVisible(shown and self._heat)
        self.role_legend.setVisible(shown and self._place_legends(limit - GAP))
        self.map_button.setVisible(with_button)
        self.map_button.setChecked(with_map)
        if self.minimap.isHidden() == with_map:
            self.minimap.setVisible(with_map)
            self.mapShown.emit(with_map)
        self._canvas.set_insets(self._insets(self.minimap.width() + MARGIN if with_map else 0))

    def _place_button(self) -> None:
        right, bottom = self._host.width(), self._host.height()
        if self._docked:
            self.map_button.move(right - _STRIP_MARGIN - _BUTTON, bottom - (STRIP_HEIGHT + _BUTTON) // 2)
        else:
            self.map_button.move(right - MARGIN - _BUTTON, bottom - MARGIN - _BUTTON)

    def _place_legends(self, limit: int) -> bool:
        """Side by side, else one above the other where that lies over no card; whether there is room for both."""
        margin, gap = (_STRIP_MARGIN, _STRIP_GAP) if self._docked else (MARGIN, GAP)
        bottom = self._host.height() - ((STRIP_HEIGHT - PLATE_HEIGHT) // 2 if self._docked else MARGIN)
        top = bottom - PLATE_HEIGHT
        self.heat_legend.move(margin, top)
        left = margin + (self.heat_legend.width() + gap if self._heat else 0)
        self.role_legend.move(left, top)
        if self.role_legend.geometry().right() < limit:
            return True
        if self._docked or self._host.height() < _LEAST_STACKED:
            return False
        self.role_legend.move(margin, top - PLATE_HEIGHT - GAP)
        return not self._covers([_with_air(self.role_legend.geometry())], lines=True)


def _borders(rects: Floats2) -> tuple[Floats2, Floats2]:
    """Where the four sides of rectangles begin and end."""
    near, far = rects[:, :2], rects[:, :2] + rects[:, 2:]
    upper_right, lower_left = np.column_stack((far[:, 0], near[:, 1])), np.column_stack((near[:, 0], far[:, 1]))
    return np.vstack((near, near, upper_right, lower_left)), np.vstack((upper_right, lower_left, far, far))


def _with_air(place: QRect) -> QRect:
    """A place with room around it for what is drawn outside of a card: a ring, a halo."""
    return place.adjusted(-_AIR, -_AIR, _AIR, _AIR)
