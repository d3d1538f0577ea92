"""One painter call for thousands of rectangles or lines: a float64 array is what Qt takes for a row of QRectF.

The wrapper points into the array's memory, so it lives no longer than the call that the array outlives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QRectF, Qt

from .heat import NONFINITE_BUCKET

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QImage, QPainter

    from .scene import Bytes1, Floats2

_WIDEST_SPLAT = 48  # pixels; wider items are few enough to be drawn as rectangles


def draw_rects(painter: QPainter, rects: Floats2) -> None:
    """Draw (n, 4) rows of x, y, width, height with the painter's pen and brush."""
    rows = np.ascontiguousarray(rects, np.float64)
    if len(rows):
        painter.drawRects(cast("QRectF", shiboken6.wrapInstance(rows.ctypes.data, QRectF)), len(rows))


def draw_lines(painter: QPainter, lines: Floats2) -> None:
    """Draw (n, 4) rows of x0, y0, x1, y1 with the painter's pen."""
    rows = np.ascontiguousarray(lines, np.float64)
    if len(rows):
        painter.drawLines(cast("QLineF", shiboken6.wrapInstance(rows.ctypes.data, QLineF)), len(rows))


def draw_by_bucket(painter: QPainter, rects: Floats2, buckets: Bytes1, colors: list[QColor]) -> None:
    """Fill each rectangle with the colour of its bucket, one call a colour, the non-finite last so that they show."""
    if not len(buckets):
        return
    painter.setPen(Qt.PenStyle.NoPen)
    order = np.argsort(buckets, kind="stable")
    ordered = buckets[order]
    rows = rects[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], len(ordered)]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        painter.setBrush(colors[min(int(ordered[start]), len(colors) - 1)])
        draw_rects(painter, rows[start:end])


def splat(image: QImage, rects: Floats2, buckets: Bytes1, colors: list[QColor], ratio: float) -> None:
    """Fill many rectangles of a few pixels each straight into an ARGB32 image."""
    height, width = image.height(), image.width()
    pixels = np.frombuffer(image.bits(), np.uint32).reshape(height, image.bytesPerLine() // 4)
    palette = np.array([color.rgba() for color in colors], np.uint32)
    left = np.floor(rects[:, 0] * ratio).astype(np.int64)
    top = np.floor(rects[:, 1] * ratio).astype(np.int64)
    across = np.clip(np.round(rects[:, 2] * ratio), 1, _WIDEST_SPLAT).astype(np.int64)
    down = np.clip(np.round(rects[:, 3] * ratio), 1, _WIDEST_SPLAT).astype(np.int64)
    ink = palette[np.minimum(buckets, len(palette) - 1)]
    order = np.argsort(buckets == NONFINITE_BUCKET, kind="stable")
    left, top, across, down, ink = left[order], top[order], across[order], down[order], ink[order]
    for row in range(int(down.max(initial=0))):
        for column in range(int(across.max(initial=0))):
            x, y = left + column, top + row
            here = (column < across) & (row < down) & (x >= 0) & (x < width) & (y >= 0) & (y < height)
            pixels[y[here], x[here]] = ink[here]
