"""A tensor from a recording, cut and thinned as the training process would have told it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gradscope.wire.messages import Summary

from .tensor import TensorView
from .tensor_looks import whole_axes

if TYPE_CHECKING:
    from gradscope.wire.messages import TensorKept

    from .tensor_looks import Cut

TILES = 64
BINS = 40


def view_of(kept: TensorKept, cut: Cut) -> TensorView:
    """What is to be seen of it; the figures are those of the whole.

    Raises:
        ValueError: the data is not as long as the shape says.
    """
    whole: Any = np.frombuffer(kept.data, "<f8" if kept.wide else "<f4").reshape(kept.shape).astype(np.float64)
    axes = whole_axes(cut.axes, whole.ndim)
    free = [dimension for dimension in range(whole.ndim) if dimension not in axes]
    wanted = (*cut.plane, *([0] * len(free)))
    plane = tuple(min(max(index, 0), whole.shape[place] - 1) for index, place in zip(wanted, free, strict=False))
    cells = _arranged(whole, dict(zip(free, plane, strict=True)), axes)[:TILES]
    row_step = max(1, -(-cells.shape[1] // cut.side))
    column_step = max(1, -(-cells.shape[2] // cut.side))
    summary, histogram, low, high = _summarised(whole)
    return TensorView(
        True,
        "",
        kept.shape,
        kept.dtype,
        kept.device,
        plane,
        np.ascontiguousarray(cells[:, ::row_step, ::column_step]),
        row_step,
        column_step,
        summary,
        histogram,
        low,
        high,
        axes,
    )


def _arranged(whole: Any, fixed: dict[int, int], axes: tuple[int, ...]) -> Any:
    """Tiles x rows x columns x channels."""
    if not whole.size:
        return np.zeros((1, 0, 0, 1))
    cells = whole[tuple(fixed.get(dimension, slice(None)) for dimension in range(whole.ndim))]
    left = [dimension for dimension in range(whole.ndim) if dimension not in fixed]
    cells = cells.transpose([left.index(axis) for axis in axes if axis >= 0])
    for place, axis in enumerate(axes):
        if axis < 0:
            cells = np.expand_dims(cells, place)
    return cells


def _summarised(whole: Any) -> tuple[Summary, tuple[int, ...], float, float]:
    """Non-finite elements are counted and left out of all else; equal ones get a histogram one wide around them."""
    finite = whole[np.isfinite(whole)]
    nan, inf = int(np.isnan(whole).sum()), int(np.isinf(whole).sum())
    if not finite.size:
        return Summary(whole.size, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, nan, inf), (), 0.0, 0.0
    low, high, mean = float(finite.min()), float(finite.max()), float(finite.mean())
    figures = (float(np.linalg.norm(finite)), max(high, -low), mean, float(finite.std()), low, high)
    limits = (low - 0.5, high + 0.5) if low == high else (low, high)
    counts: tuple[int, ...] = ()
    if math.isfinite(limits[1] - limits[0]):
        counts = tuple(np.histogram(finite, BINS, limits)[0].tolist())
    return Summary(whole.size, *figures, int((finite == 0).sum()), nan, inf), counts, *limits
