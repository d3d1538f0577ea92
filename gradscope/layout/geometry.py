"""Where everything stands: the result of a layout, in scene pixels, y downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np

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
        if not len(self.rects) and not len(self.points):
            return (0.0, 0.0, 0.0, 0.0)
        spans = []
        for axis in (0, 1):  # column by column: a reduction over rows of two is ten times slower
            begins = (self.rects[:, axis], self.points[:, axis])
            ends = (self.rects[:, axis] + self.rects[:, axis + 2], self.points[:, axis])
            low = min(float(values.min()) for values in begins if len(values))
            spans.append((low, max(float(values.max()) for values in ends if len(values)) - low))
        return (spans[0][0], spans[1][0], spans[0][1], spans[1][1])
