"""Numbers to places on a scale: logarithmic, its ends whole decades, cut into buckets that each have one colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from .statistics import Bools, Floats

Bytes1: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint8]]
HEAT_MODES = ("role", "gradient", "activation", "time")
BUCKETS = 48  # few enough that each is one call to the painter
UNKNOWN_BUCKET = BUCKETS
NONFINITE_BUCKET = BUCKETS + 1

_DECADES = 6
_MOST_DECADES = 12


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
