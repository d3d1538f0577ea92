"""Cards without a single line between them, such as the leaves before the first forward: rows of equal columns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .geometry import Layout

if TYPE_CHECKING:
    from .geometry import Floats2

ASPECT = 1.7  # width to height of the whole, about that of the canvas
GAP = 22.0


def sheet(sizes: Floats2, room: tuple[float, float] = (0.0, 0.0)) -> Layout:
    """Item after item, row by row, all as wide as the widest; as many in a row as suit ``room`` best."""
    width, height = (sizes.max(axis=0) + GAP).tolist()
    aspect = room[0] / room[1] if min(room) > 0 else ASPECT
    squarest = math.sqrt(len(sizes) * aspect * height / width)
    near = {max(1, min(len(sizes), count)) for count in (math.floor(squarest), math.ceil(squarest))}
    columns = min(near, key=lambda count: max(count * width / aspect, math.ceil(len(sizes) / count) * height))
    places = np.arange(len(sizes))
    rects = np.zeros((len(sizes), 4))
    rects[:, 0], rects[:, 1] = places % columns * width, places // columns * height
    rects[:, 2] = sizes[:, 0].max()
    rects[:, 3] = sizes[:, 1]
    return Layout(rects, np.zeros((0, 2)), np.zeros(1, np.int32))
