"""Numbers to pixels: maps that are even to the eye, with a colour of its own for what is not finite."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from PySide6.QtGui import QColor, QImage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import Cells, Matrix

MapName = Literal["diverging", "sequential"]
Colours: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Pixels: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

STEPS = 255  # odd, so that zero has a colour of its own in the middle
DECADES = 4.0  # a logarithmic map shows so many powers of ten below the largest

# OKLab, https://bottosson.github.io/posts/oklab/: straight lines in it look even.
_TO_CONE = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
_TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip
# From the background to the accent: lightness moves evenly, so it reads without hue as well.
_SEQUENCE = {
    "light": ("#f4f7fb", "#b9cdf7", "#6f9bf0", "#2f6bed", "#123a94"),
    "dark": ("#171b21", "#1c3566", "#2f5fbf", "#6ea0ff", "#dbe8ff"),
}


def luminance(colour: QColor) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    return float((_linear([colour.name()]) @ np.array([0.2126, 0.7152, 0.0722]))[0])


def ink(ground: QColor) -> QColor:
    """Of dark and bright text the one that stands out more on a ground."""
    return QColor("#000000") if luminance(ground) > 0.179 else QColor("#ffffff")


def _channels(name: str) -> tuple[int, int, int]:
    colour = QColor(name)
    return colour.red(), colour.green(), colour.blue()


def _linear(colours: Sequence[str]) -> Colours:
    srgb = np.array([_channels(name) for name in colours], np.float64) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _blend(stops: Sequence[str], steps: int) -> Pixels:
    """``steps`` colours along straight lines in OKLab through ``stops``, as uint8 rows of red, green, blue."""
    lab = np.cbrt(_linear(stops) @ _TO_CONE.T) @ _TO_LAB.T
    at = np.linspace(0, len(stops) - 1, steps)
    path = np.stack([np.interp(at, np.arange(len(stops)), lab[:, axis]) for axis in range(3)], axis=1)
    cone = (path @ np.linalg.inv(_TO_LAB).T) ** 3
    light = np.clip(cone @ np.linalg.inv(_TO_CONE).T, 0.0, 1.0)
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    pixels: Pixels = np.round(srgb * 255).astype(np.uint8)
    return pixels


@cache
def table(theme: Theme, name: MapName) -> Pixels:
    """The ``STEPS`` colours of a map."""
    stops = (theme.negative, theme.canvas, theme.positive) if name == "diverging" else _SEQUENCE[theme.name]
    return _blend(stops, STEPS)


def fitting_map(values: Matrix) -> MapName:
    """Diverging around zero where there are negative numbers, else sequential from zero."""
    return "diverging" if bool((values < 0).any()) else "sequential"


def limit(values: Matrix) -> float:
    """The largest finite magnitude; 0.0 without any."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0


def positions(values: Matrix, name: MapName, largest: float, logarithmic: bool = False) -> Matrix:
    """Where each number stands on its map, 0 to 1: zero is in the middle of a diverging one and at 0 of another."""
    share = np.zeros_like(values) if largest == 0.0 else np.clip(np.nan_to_num(values / largest), -1.0, 1.0)
    if logarithmic:
        floor = 10.0**-DECADES
        share = np.sign(share) * np.log10(np.maximum(np.abs(share), floor) / floor) / DECADES
    return (share + 1.0) / 2.0 if name == "diverging" else np.abs(share)


def image(values: Matrix, theme: Theme, name: MapName, logarithmic: bool = False) -> QImage:
    """One pixel an element; NaN and Inf in the theme's colour for them."""
    rows, columns = values.shape
    where = np.round(positions(values, name, limit(values), logarithmic) * (STEPS - 1)).astype(np.intp)
    pixels = np.empty((rows, columns, 4), np.uint8)
    pixels[..., :3] = table(theme, name)[where]
    pixels[..., 3] = 255
    pixels[~np.isfinite(values), :3] = _channels(theme.nonfinite)
    return _as_image(pixels)


def light_range(low: float, high: float, dtype: str) -> tuple[float, float]:
    """Which numbers are black and which full light, for a picture whose elements go from ``low`` to ``high``."""
    if dtype == "uint8":
        return 0.0, 255.0
    return (0.0, 1.0) if low >= 0.0 and high <= 1.0 else (low, high)


def photograph(cells: Cells, theme: Theme, black: float, white: float) -> QImage:
    """Tiles of red, green and blue below each other, one pixel an element of theirs; NaN and Inf in their colour."""
    tiles, rows, columns, _ = cells.shape
    values = cells.reshape(tiles * rows, columns, 3)
    light = np.nan_to_num((values - black) / ((white - black) or 1.0))
    pixels = np.full((tiles * rows, columns, 4), 255, np.uint8)
    pixels[..., :3] = np.round(np.clip(light, 0.0, 1.0) * 255)
    pixels[~np.isfinite(values).all(axis=2), :3] = _channels(theme.nonfinite)
    return _as_image(pixels)


def _as_image(pixels: Pixels) -> QImage:
    rows, columns, _ = pixels.shape
    return QImage(pixels.tobytes(), columns, rows, columns * 4, QImage.Format.Format_RGBA8888).copy()
