"""Heights of a picture at which nothing stands, and those at which lines run level."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

Floats1: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]


def level_pieces(points: Floats2, start: Ints1) -> Floats1:
    """The y of every level piece of a route."""
    level = points[:-1, 1] == points[1:, 1]
    level[start[1:-1] - 1] = False
    heights: Floats1 = points[:-1, 1][level]
    return heights


def empty_strips(spans: list[tuple[Floats1, Floats1]]) -> tuple[Floats1, Floats1]:
    """Top and bottom of each strip between the first and the last of ``spans`` that none of them touches."""
    begin, end = (np.concatenate([span[side] for span in spans]) for side in (0, 1))
    order = np.argsort(begin, kind="stable")
    begin, reach = begin[order], np.maximum.accumulate(end[order])
    empty = np.flatnonzero(begin[1:] > reach[:-1])
    return reach[empty], begin[empty + 1]
