"""Where the viewer stands: scene coordinates to widget pixels and back, and the moves that a gesture may make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .scene import Floats2

MINIMUM_ZOOM = 0.004
MAXIMUM_ZOOM = 4.0
READABLE_ZOOM = 0.45  # a scene that fits at this or more opens whole: its titles can be read
LEGIBLE_ZOOM = 0.6  # else it opens at this
HOPELESS_ZOOM = 0.12  # a scene that fits only below this opens whole; no start view could show most of it legibly


@dataclass(frozen=True, slots=True)
class Insets:
    """Pixels at each side that other widgets cover; fitting keeps clear of them."""

    left: int = 24
    top: int = 24
    right: int = 24
    bottom: int = 24
    corner: int = 0  # from the right side, of what is higher than ``bottom``; only a hint keeps clear of it


@dataclass(frozen=True, slots=True)
class Camera:
    """The scene point (cx, cy) stands in the middle of a view of width x height pixels; one scene pixel is ``zoom``."""

    cx: float = 0.0
    cy: float = 0.0
    zoom: float = 1.0
    width: int = 1
    height: int = 1

    @property
    def left(self) -> float:
        """Scene x of the view's left edge."""
        return self.cx - self.width / 2 / self.zoom

    @property
    def top(self) -> float:
        """Scene y of the view's top edge."""
        return self.cy - self.height / 2 / self.zoom

    @property
    def scene_rect(self) -> tuple[float, float, float, float]:
        """x, y, width, height of what is in view."""
        return (self.left, self.top, self.width / self.zoom, self.height / self.zoom)

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        """A scene point in widget pixels."""
        return ((x - self.left) * self.zoom, (y - self.top) * self.zoom)

    def to_scene(self, x: float, y: float) -> tuple[float, float]:
        """A widget pixel in the scene."""
        return (x / self.zoom + self.left, y / self.zoom + self.top)

    def screen_rects(self, rects: Floats2) -> Floats2:
        """(n, 4) scene rectangles in widget pixels."""
        moved = rects * self.zoom
        moved[:, 0] -= self.left * self.zoom
        moved[:, 1] -= self.top * self.zoom
        return moved

    def moved(self, dx: float, dy: float) -> Camera:
        """The scene dragged along by so many pixels."""
        return replace(self, cx=self.cx - dx / self.zoom, cy=self.cy - dy / self.zoom)

    def zoomed(self, factor: float, x: float, y: float) -> Camera:
        """Nearer or farther, the scene point under pixel (x, y) staying there."""
        zoom = clamped(self.zoom * factor)
        scene_x, scene_y = self.to_scene(x, y)
        return replace(
            self,
            zoom=zoom,
            cx=scene_x - (x - self.width / 2) / zoom,
            cy=scene_y - (y - self.height / 2) / zoom,
        )

    def fitted(self, bounds: tuple[float, float, float, float], insets: Insets, most: float = 1.0) -> Camera:
        """All of ``bounds`` inside the view, at most at zoom ``most``."""
        x, y, width, height = bounds
        free_width = max(40.0, self.width - insets.left - insets.right)
        free_height = max(40.0, self.height - insets.top - insets.bottom)
        zoom = clamped(min(most, free_width / max(width, 1.0), free_height / max(height, 1.0)))
        shift_x, shift_y = (insets.left - insets.right) / 2 / zoom, (insets.top - insets.bottom) / 2 / zoom
        return replace(self, cx=x + width / 2 - shift_x, cy=y + height / 2 - shift_y, zoom=zoom)

    def opening(self, bounds: tuple[float, float, float, float], insets: Insets, *, right: bool = False) -> Camera:
        """The first view of a scene: all of it where that is legible, else where its flow begins at a legible size.

        ``right``: the flow goes from left to right.
        """
        whole = self.fitted(bounds, insets)
        if whole.zoom >= READABLE_ZOOM or whole.zoom < HOPELESS_ZOOM:
            return whole
        zoom = LEGIBLE_ZOOM
        shift_x, shift_y = (insets.left - insets.right) / 2 / zoom, (insets.top - insets.bottom) / 2 / zoom
        x, y = bounds[0] + bounds[2] / 2 - shift_x, bounds[1] + bounds[3] / 2 - shift_y
        if right and bounds[2] * zoom > self.width - insets.left - insets.right:
            x = bounds[0] + (self.width / 2 - insets.left) / zoom
        if bounds[3] * zoom > self.height - insets.top - insets.bottom:
            y = bounds[1] + (self.height / 2 - insets.top) / zoom
        return replace(whole, cx=x, cy=y, zoom=zoom)

    def showing(self, rect: tuple[float, float, float, float], insets: Insets) -> Camera:
        """The smallest move that brings ``rect`` into the free part of the view; the same camera if it is there."""
        x, y = self.to_screen(rect[0], rect[1])
        dx = _shift(x, rect[2] * self.zoom, insets.left, self.width - insets.right)
        dy = _shift(y, rect[3] * self.zoom, insets.top, self.height - insets.bottom)
        return self.moved(dx, dy) if dx or dy else self


def clamped(zoom: float) -> float:
    """A zoom within what the canvas can draw."""
    return min(MAXIMUM_ZOOM, max(MINIMUM_ZOOM, zoom))


def _shift(start: float, length: float, low: float, high: float) -> float:
    if start >= low and start + length <= high:
        return 0.0
    if length > high - low or start < low:
        return low - start
    return high - start - length
