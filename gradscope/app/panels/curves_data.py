"""What the curves are drawn from: each loss, each term of it and each one-number leaf over the iterations.

Appending an iteration costs what that iteration holds. A state of the past of the same run changes nothing.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from gradscope.graph.history import FigureKind, History, IterationRecord
    from gradscope.graph.state import RunState

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

LOG_FROM = 1000.0  # times that the largest is of the smallest
DECADES = 8  # that a logarithmic scale shows at most, from the top
STAYS_TO = 2.5  # times the others: so far a curve that runs away is followed
LEAVES_AT = 8.0  # so many times larger than it was and than all others are: that curve runs away


@dataclass(slots=True)
class Curve:
    """One number over the iterations in which it was told."""

    kind: FigureKind
    name: str
    _iterations: array[float] = field(default_factory=lambda: array("d"))
    _values: array[float] = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self._values)

    @property
    def iterations(self) -> Array:
        """Ascending."""
        return np.array(self._iterations)

    @property
    def values(self) -> Array:
        """As they were told; they need not be finite."""
        return np.array(self._values)

    @property
    def last(self) -> float:
        """The newest."""
        return self._values[-1]

    def at(self, iteration: int) -> float | None:
        """What it was in one iteration; None where it was not told."""
        row = int(np.searchsorted(self.iterations, iteration))
        return self._values[row] if row < len(self) and self._iterations[row] == iteration else None

    def put(self, iteration: int, value: float) -> None:
        """The next number; that of an iteration which is told again takes its place."""
        if len(self) and self._iterations[-1] == iteration:
            self._values[-1] = value
        else:
            self._iterations.append(iteration)
            self._values.append(value)


class CurvesData:
    """Told by ``update``; curves stand in the order in which they first came."""

    def __init__(self) -> None:
        self._run: object = None
        self._count = 0
        self._last: IterationRecord | None = None
        self._curves: dict[tuple[FigureKind, str], Curve] = {}
        self.first, self.newest = 0, -1  # iterations

    def update(self, state: RunState) -> bool:
        """Take in what is new; True if anything to draw changed."""
        history = state.history
        another = state.hello != self._run or self._is_foreign(history)
        if another:
            self._run, self._count, self._last, self._curves = state.hello, 0, None, {}
            self.first, self.newest = 0, -1
        if len(history) < self._count:
            return another
        told_again = self._last is not None and history[self._count - 1] is not self._last
        fresh = history[self._count - int(told_again) :]
        for record in fresh:
            self._take(record)
        if fresh:
            self._count, self._last = len(history), fresh[-1]
            self.first, self.newest = history[0].iteration, fresh[-1].iteration
        return bool(fresh) or another

    def losses(self) -> list[Curve]:
        """What ``backward()`` was called on, and its terms."""
        return [curve for curve in self._curves.values() if curve.kind != "leaf"]

    def leaves(self) -> list[Curve]:
        """Leaves that are one number."""
        return [curve for curve in self._curves.values() if curve.kind == "leaf"]

    def _is_foreign(self, history: History) -> bool:
        if self._last is None or len(history) < self._count:
            return False
        return history[self._count - 1].iteration != self._last.iteration

    def _take(self, record: IterationRecord) -> None:
        numbers = record.numbers
        if not numbers and record.loss is not None:  # a recording of a time when they had no names
            numbers = {("root", "loss"): record.loss}
        for (kind, name), value in numbers.items():
            curve = self._curves.get((kind, name))
            if curve is None:
                curve = self._curves[(kind, name)] = Curve(kind, name)
            curve.put(record.iteration, value)


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers at the lower and the upper edge; on a logarithmic scale their logarithms to the base 10."""

    low: float
    high: float
    log: bool = False

    def of(self, values: Array) -> Array:
        """Where numbers stand between ``low`` and ``high``; on a logarithmic scale 0 stands at the lower edge."""
        if not self.log:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithms = np.log10(values)
        return np.where(np.isneginf(logarithms), self.low, np.maximum(logarithms, self.low))

    def ticks(self, most: int) -> list[tuple[float, float]]:
        """At most so many places with the number that stands there."""
        span = self.high - self.low
        if not span > 0:
            return [(self.low, 10**self.low if self.log else self.low)]
        rough = span / max(most, 1)
        power = 10 ** math.floor(math.log10(rough))
        step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
        step = max(1.0, math.ceil(step)) if self.log and span > 1 else step
        places = [step * number for number in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [(place, 10**place if self.log else place) for place in places]


def wants_log(curves: Sequence[Curve]) -> bool:
    """Whether these are read better on a logarithmic scale."""
    values = _finite(curves)
    positive = values[values > 0]
    return can_log(curves) and len(positive) > 0 and float(positive.max() / positive.min()) > LOG_FROM


def can_log(curves: Sequence[Curve]) -> bool:
    """Whether they have a logarithm: none is negative, and not all are 0."""
    values = _finite(curves)
    return len(values) > 0 and float(values.min()) >= 0 and float(values.max()) > 0


def running_away(curves: Sequence[Curve]) -> list[Curve]:
    """Those that have become many times larger than they themselves and all others ever were; never all of them."""
    left = sorted((curve for curve in curves if _size(curve) > 0), key=_size)
    found: list[Curve] = []
    while len(left) > 1:
        largest = left.pop()
        if _size(largest) <= LEAVES_AT * max(_size(left[-1]), abs(float(largest.values[0]))):
            break
        found.append(largest)
    return found


def scale_of(curves: Sequence[Curve], log: bool = False) -> Scale:
    """The scale that shows them all; where it is not logarithmic, those that run away are left to leave it."""
    away = [] if log else running_away(curves)
    values = _finite([curve for curve in curves if curve not in away])
    if away:
        values = np.concatenate([values, *(_near(curve, STAYS_TO * np.abs(values).max()) for curve in away)])
    if log:
        values = np.log10(values[values > 0])
        values = values[values >= values.max(initial=-np.inf) - DECADES]
    if not len(values):
        return Scale(0.0, 1.0, log)
    low, high = float(values.min()), float(values.max())
    room = (high - low) * 0.06 or 0.5
    return Scale(low - room, high + room, log)


def _near(curve: Curve, limit: float) -> Array:
    """What a curve came to before it was larger than a limit for the first time."""
    values = curve.values
    far = np.flatnonzero(~(np.abs(values) <= limit))
    near: Array = values[: far[0]] if len(far) else values
    return near


def _finite(curves: Sequence[Curve]) -> Array:
    values: Array = np.concatenate([np.zeros(0), *(curve.values for curve in curves)])
    finite: Array = values[np.isfinite(values)]
    return finite


def _size(curve: Curve) -> float:
    return float(np.abs(_finite([curve])).max(initial=0.0))
