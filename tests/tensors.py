"""Answers of the training process for tests: a tensor told whole, the figures taken with numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradscope.graph.tensor import TensorView
from gradscope.wire import messages as m


def told(
    array: Any, dtype: str = "float32", plane: tuple[int, ...] = (), steps: tuple[int, int] = (1, 1)
) -> TensorView:
    """``TensorTold`` as the probe would answer, decoded."""
    whole = np.asarray(array, np.float64)
    finite = whole[np.isfinite(whole)]
    shown = whole[plane] if plane else whole
    shown = np.atleast_2d(shown)[:: steps[0], :: steps[1]]
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
        *shown.shape,
        *steps,
        np.ascontiguousarray(shown, "<f8").tobytes(),
        summary,
        tuple(counts.tolist()),
        float(edges[0]),
        float(edges[-1]),
    )
    return TensorView.from_message(message)


def refused(why: str) -> TensorView:
    """The probe has no such tensor now."""
    return TensorView.from_message(m.TensorTold(1, False, why))
