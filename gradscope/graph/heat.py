"""Numbers to places on a scale: logarithmic, its ends whole decades, cut into buckets that each have one colour.

A ratio has a scale of its own, with 1 in the middle. ``HeatChoice`` is what a user wants to see in colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from .state import RunState
    from .statistics import Bools, Floats

HeatMode = Literal["role", "gradient", "activation", "saved", "change", "backward_time", "forward_time"]
EdgeMode = Literal["plain", "size", "gradient"]
Bytes1: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint8]]
HEAT_MODES: tuple[HeatMode, ...] = (
    "role",
    "gradient",
    "activation",
    "saved",
    "change",
    "backward_time",
    "forward_time",
)
BUCKETS = 48  # few enough that each is one call to the painter
UNKNOWN_BUCKET = BUCKETS
NONFINITE_BUCKET = BUCKETS + 1

_DECADES = 6
_DECADES_OF_TIMES = 3
_MOST_DECADES = 12
_RATIOS = (math.log10(2), 1.0, 2.0, 4.0, 6.0)
LEAST_SPAN = 0.5  # decades; a narrower range would tell noise apart


@dataclass(frozen=True, slots=True)
class HeatChoice:
    """What colours cards and edges. ``limits`` are decades instead of the scale that fits the figures; ``reference`` is
    the state of another iteration that changes are measured against.
    """

    mode: HeatMode = "gradient"
    limits: tuple[float, float] | None = None
    reference: RunState | None = None
    edges: EdgeMode = "plain"


@dataclass(frozen=True, slots=True)
class HeatScale:
    """From 10**low (dark) to 10**high (bright); ``known`` is False while there is no number to scale by."""

    low: float = -6
    high: float = 0
    known: bool = False

    @classmethod
    def of(cls, values: Floats, decades: int = _DECADES) -> HeatScale:
        """The scale that holds every positive finite value: whole decades, ``decades`` at least, twelve at most."""
        usable = values[np.isfinite(values) & (values > 0)]
        if not len(usable):
            return cls()
        high = math.ceil(math.log10(float(usable.max())) - 1e-9)
        low = math.floor(math.log10(float(usable.min())) + 1e-9)
        return cls(max(min(low, high - decades), high - _MOST_DECADES), high, True)

    @classmethod
    def of_times(cls, seconds: Floats) -> HeatScale:
        """A scale that tells the times of one graph apart, which are far closer than its gradients."""
        return cls.of(seconds, _DECADES_OF_TIMES)

    @classmethod
    def of_ratios(cls, ratios: Floats) -> HeatScale:
        """The narrowest of a few scales around 1 that holds every ratio; the widest is 1e-6 to 1e6."""
        usable = ratios[np.isfinite(ratios) & (ratios > 0)]
        if not len(usable):
            return cls(-_RATIOS[0], _RATIOS[0], bool((~np.isnan(ratios)).any()))
        farthest = float(np.abs(np.log10(usable)).max())
        reach = next((reach for reach in _RATIOS if farthest <= reach + 1e-9), _RATIOS[-1])
        return cls(-reach, reach, True)

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
