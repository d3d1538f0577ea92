"""The heat scale's colours as Qt takes them."""

from __future__ import annotations

from PySide6.QtGui import QColor

from gradscope.graph.heat import BUCKETS, HEAT_MODES, NONFINITE_BUCKET, UNKNOWN_BUCKET, HeatScale, buckets
from gradscope.palette import heat_rgb

__all__ = [
    "BUCKETS",
    "HEAT_MODES",
    "NONFINITE_BUCKET",
    "UNKNOWN_BUCKET",
    "HeatScale",
    "buckets",
    "heat_color",
    "heat_palette",
]


def heat_color(fraction: float) -> QColor:
    """The colour at 0..1 of the map."""
    return QColor(*heat_rgb(fraction))


def heat_palette(around_one: bool = False) -> list[QColor]:
    """One colour a bucket, of the heat map or of the map for ratios."""
    return [QColor(*heat_rgb((bucket + 0.5) / BUCKETS, around_one)) for bucket in range(BUCKETS)]
