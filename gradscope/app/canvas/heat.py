"""Numbers to colours: a perceptually uniform map in buckets, on a logarithmic scale whose ends are whole decades."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from gradscope.graph.statistics import Bools, Floats

    from .scene import Bytes1

HEAT_MODES = ("role", "gradient", "activation", "time")
BUCKETS = 48  # few enough that each is one call to the painter
UNKNOWN_BUCKET = BUCKETS
NONFINITE_BUCKET = BUCKETS + 1

_DECADES = 6
_MOST_DECADES = 12

# Ten anchors of viridis (van der Walt and Smith, CC0): lightness rises evenly, safe for colour-blind eyes.
_ANCHORS = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"]


@dataclass(frozen=True, slots=True)
class HeatScale:
    """From 10**low (dark) to 10**high (bright); ``known`` is False while there is no number to scale by."""

    low: int = -6
    high: int = 0
    known: bool = False

    @classmethod
    def of(cls, values: Floats) -> HeatScale:
        """The scale that holds every positive finite value: whole decades, six at least, twelve at most."""
        usable = values[np.isfinite(values) & (values > 0)]
        if not len(usable):
            return cls()
        high = math.ceil(math.log10(float(usable.max())) - 1e-9)
        low = math.floor(math.log10(float(usable.min())) + 1e-9)
        return cls(max(min(low, high - _DECADES), high - _MOST_DECADES), high, True)

    def fractions(self, values: Floats) -> Floats:
        """0..1 along the scale; NaN where the value is."""
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithms = np.log10(values)
        return np.clip((logarithms - self.low) / (self.high - self.low), 0.0, 1.0)


def buckets(fractions: Floats, nonfinite: Bools) -> Bytes1:
    """Palette bucket of each value: 0..BUCKETS-1, unknown for NaN, non-finite above all."""
    known = ~np.isnan(fractions)
    result = np.full(len(fractions), UNKNOWN_BUCKET, np.uint8)
    result[known] = np.minimum(fractions[known] * BUCKETS, BUCKETS - 1).astype(np.uint8)
    result[nonfinite] = NONFINITE_BUCKET
    return result


def heat_color(fraction: float) -> QColor:
    """The colour at 0..1 of the map."""
    place = min(1.0, max(0.0, fraction)) * (len(_ANCHORS) - 1)
    index = min(int(place), len(_ANCHORS) - 2)
    low, high, part = _rgb(_ANCHORS[index]), _rgb(_ANCHORS[index + 1]), place - index
    return QColor(*(round(a + (b - a) * part) for a, b in zip(low, high, strict=True)))


def heat_palette() -> list[QColor]:
    """One colour a bucket."""
    return [heat_color((bucket + 0.5) / BUCKETS) for bucket in range(BUCKETS)]


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)
