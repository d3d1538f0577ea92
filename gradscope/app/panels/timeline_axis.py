"""The axis of iterations: which are in view, where each stands, and how many of them fall on one pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

SHORTEST = 8.0  # iterations that fill the width at the closest zoom
FIRST_SPAN = 40.0
GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class Axis:
    """Iterations ``low``..``high`` on pixels ``left``..``left + width``; iteration i fills i..i + 1."""

    low: float = 0.0
    high: float = FIRST_SPAN
    left: float = 0.0
    width: float = 100.0

    def x(self, iteration: float) -> float:
        """Pixel of the left edge of an iteration."""
        return self.left + (iteration - self.low) / (self.high - self.low) * self.width

    def iteration(self, x: float) -> float:
        """What stands at a pixel, with its fraction."""
        return self.low + (x - self.left) / self.width * (self.high - self.low)

    @property
    def cell(self) -> float:
        """Width of one iteration in pixels."""
        return self.width / (self.high - self.low)

    def zoomed(self, factor: float, x: float, first: float, last: float) -> Axis:
        """``factor`` times closer with what stands at ``x`` kept there, inside first..last."""
        span = min(max((self.high - self.low) / factor, SHORTEST), max(last - first, SHORTEST))
        share = min(1.0, max(0.0, (x - self.left) / self.width))
        return replace(self, low=0.0, high=span).at(self.iteration(x) - share * span, first, last)

    def at(self, low: float, first: float, last: float) -> Axis:
        """The same span from ``low`` on, inside first..last."""
        span = self.high - self.low
        low = max(first, min(low, last - span))
        return replace(self, low=low, high=low + span)

    def ticks(self, room: float = 64.0) -> list[int]:
        """Round iterations at least ``room`` pixels apart."""
        least = max(1.0, room / self.cell)
        power = 10 ** floor(log10(least))
        step = max(1, int(next(power * m for m in (1, 2, 5, 10) if power * m >= least - 1e-9)))
        return list(range(ceil(self.low / step) * step, ceil(self.high), step))

    def bins(self, iterations: Array) -> tuple[Array, Array]:
        """For each pixel column the rows ``start[p]:stop[p]`` of ``iterations`` that it shows; at least one if any.

        Where an iteration is wider than a pixel, all its pixels show it.
        """
        edges = self.low + np.arange(int(self.width) + 1) / self.width * (self.high - self.low)
        first = np.searchsorted(iterations, np.floor(edges[:-1]), "left")
        last = np.searchsorted(iterations, edges[1:], "left")
        covered = np.searchsorted(iterations, np.floor(edges[:-1]), "right")
        return first, np.maximum(last, covered)


def whole_span(first: float, count: float, growing: bool) -> tuple[float, float]:
    """The span that shows everything; while it grows there is room at the right, so that it moves rarely."""
    span = FIRST_SPAN
    while span < count:
        span = span * GROWTH if growing else count
    return first, first + span


def reduced(values: Array, start: Array, stop: Array, largest: bool = True) -> Array:
    """The largest (or smallest) of ``values[..., start[p]:stop[p]]`` for each p; NaN where there is none."""
    result = np.full((*values.shape[:-1], len(start)), np.nan)
    some = np.flatnonzero(stop > start)
    if not len(some):
        return result
    pairs = np.stack([start[some], stop[some]], axis=1).ravel()
    padded = np.concatenate([values, np.full((*values.shape[:-1], 1), np.nan)], axis=-1)
    operation = np.fmax if largest else np.fmin
    result[..., some] = operation.reduceat(padded, pairs, axis=-1)[..., ::2]
    return result
