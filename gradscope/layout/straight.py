"""Needless steps taken out of routes: two turns one way and two turns back become one turn where there is room."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

STEP = 60.0  # a longer upright piece between two level ones is no mere step
_CLEAR = 6.0


def straightened(points: Floats2, start: Ints1, cards: Floats2) -> tuple[Floats2, Ints1]:
    """The routes without steps that avoid none of ``cards`` (corners x0, y0, x1, y1)."""
    made = [_without_steps(points[first:end], cards) for first, end in pairwise(start.tolist())]
    lengths = np.cumsum([0, *(len(route) for route in made)]).astype(np.int32)
    return (np.concatenate(made) if made else np.zeros((0, 2))), lengths


def _without_steps(route: Floats2, cards: Floats2) -> Floats2:
    """Upright, level, a short upright, level, upright: one level piece does where the way is free."""
    at = 1
    while at + 3 < len(route):
        before, first, second, third, fourth = route[at - 1 : at + 4]
        level = first[1] == second[1] and second[0] == third[0] and third[1] == fourth[1]
        if not level or before[0] != first[0] or not 0 < abs(third[1] - second[1]) <= STEP:
            at += 1
            continue
        onto, back = np.array((first[0], third[1])), np.array((fourth[0], first[1]))
        goes_on = at + 4 < len(route) and route[at + 4][0] == fourth[0]
        if _free(first, onto, cards) and _free(onto, third, cards):
            route = np.concatenate((route[:at], [onto], route[at + 3 :]))
        elif goes_on and _free(second, back, cards) and _free(back, fourth, cards):
            route = np.concatenate((route[: at + 1], [back], route[at + 4 :]))
        else:
            at += 1
    return route


def _free(a: Floats2, b: Floats2, cards: Floats2) -> bool:
    low, high = np.minimum(a, b) - _CLEAR, np.maximum(a, b) + _CLEAR
    hit = (cards[:, 0] < high[0]) & (cards[:, 2] > low[0]) & (cards[:, 1] < high[1]) & (cards[:, 3] > low[1])
    return not bool(hit.any())
