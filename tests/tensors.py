"""Answers of the training process for tests: a tensor told whole, the figures taken with numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradscope.graph.tensor import TensorView
from gradscope.wire import messages as m


def told(
    array: Any,
    dtype: str = "float32",
    plane: tuple[int, ...] = (),
    steps: tuple[int, int] = (1, 1),
    axes: tuple[int, ...] = (),
) -> TensorView:
    """``TensorTold`` as the probe would answer, decoded; ``axes`` name all dimensions that ``plane`` does not fix."""
    whole = np.asarray(array, np.float64)
    finite = whole[np.isfinite(whole)]
    if axes:
        fixed = iter(plane)
        shown = whole[tuple(slice(None) if at in axes else next(fixed) for at in range(whole.ndim))]
        left = [at for at in range(whole.ndim) if at in axes]
        shown = shown.transpose([left.index(axis) for axis in axes if axis >= 0])
        shown = np.expand_dims(shown, [place for place, axis in enumerate(axes) if axis < 0])
        shown = shown[:, :: steps[0], :: steps[1]]
    else:
        shown = np.atleast_2d(whole[plane] if plane else whole)[None, :: steps[0], :: steps[1], None]
    counts, edges = np.histogram(finite, 20) if finite.size else (np.zeros(0, np.int64), np.zeros(2))
    empty = finite.size == 0
    summary = m.Summary(
        whole.size,
        float(np.linalg.norm(finite.ravel())),
        0.0 if empty else float(np.abs(finite).max()),
        0.0 if empty else float(finite.mean()),
        0.0 if empty else float(finite.std()),
        0.0 if empty else float(finite.min()),
        0.0 if empty else float(finite.max()),
        int((whole == 0).sum()),
        int(np.isnan(whole).sum()),
        int(np.isinf(whole).sum()),
    )
    message = m.TensorTold(
        1,
        True,
        "",
        whole.shape,
        dtype,
        "cpu",
        plane,
        *shown.shape[1:3],
        *steps,
        np.ascontiguousarray(shown, "<f8").tobytes(),
        summary,
        tuple(counts.tolist()),
        float(edges[0]),
        float(edges[-1]),
        axes,
        shown.shape[0],
        shown.shape[3],
    )
    return TensorView.from_message(message)


def refused(why: str) -> TensorView:
    """The probe has no such tensor now."""
    return TensorView.from_message(m.TensorTold(1, False, why))
