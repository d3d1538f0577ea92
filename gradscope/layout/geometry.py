"""Where everything stands: the result of a layout, in scene pixels, y downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    Floats2: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
    Ints1: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int32]]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """n rectangles and m routes.

    ``rects`` is (n, 4) float64: x, y, width, height, absolute, an open box around its children. ``points`` is (p, 2);
    the route of edge e is ``points[start[e]:start[e + 1]]``, an orthogonal polyline from border to border, source to
    target.
    """

    rects: Floats2
    points: Floats2
    start: Ints1

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """x, y, width, height around everything; zeros when empty."""
        corners: list[np.ndarray[Any, np.dtype[np.float64]]] = []
        if len(self.rects):
            corners += [self.rects[:, :2], self.rects[:, :2] + self.rects[:, 2:]]
        if len(self.points):
            corners.append(self.points)
        if not corners:
            return (0.0, 0.0, 0.0, 0.0)
        every = np.concatenate(corners)
        low, high = every.min(axis=0), every.max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
