"""The directions of the last update, kept while training is stepped, to compare the next one with.

Kept copies take as much again as those that updates are measured by, and only while somebody steps.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from .tensors import plain, quiet, untouchable
from .weights import parameter_norms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .parts import Parts

UNKNOWN = 2.0  # no cosine


class LastUpdate:
    """``iteration`` is that of the directions; ``cosines`` compare them with the update before, which was ``since``.

    ``before_norms`` are those of the parameters before the update.
    """

    def __init__(self) -> None:
        self.iteration = -1
        self.since = -1
        self.cosines: dict[int, float] = {}
        self.before_norms: dict[int, float] = {}
        self._directions: dict[int, torch.Tensor] = {}

    def take(
        self, parts: Parts, living: Sequence[tuple[int, torch.Tensor]], before: Sequence[torch.Tensor | None]
    ) -> None:
        """An update is done: the leaves now, and the copies of what they were."""
        if not parts.detail or not parts.gate.stepping:
            return
        again = self.iteration == parts.course.iteration  # a second optimizer, or parameters by hand, one after another
        earlier = self._directions
        if not again:
            self.since, self.iteration = self.iteration, parts.course.iteration
            self.cosines, self.before_norms, self._directions = {}, {}, {}
        norms = parameter_norms(before)
        with quiet():
            for ((index, leaf), old), norm in zip(zip(living, before, strict=True), norms, strict=True):
                if old is None or untouchable(leaf):
                    continue
                now = plain(leaf)
                if now.shape != old.shape or now.dtype != old.dtype or now.device != old.device:
                    continue
                direction = now - old
                if again and not bool(direction.any()):
                    continue
                self.cosines[index] = cosine(direction, earlier.get(index))
                self._directions[index] = direction
                self.before_norms[index] = norm

    def cosine_with(self, index: int, direction: torch.Tensor) -> float:
        """Of another direction with that of the last update; UNKNOWN where there is none."""
        return cosine(direction, self._directions.get(index))

    def new_iteration(self, parts: Parts) -> None:
        """Nobody steps any more: keep nothing."""
        if not parts.gate.stepping and self._directions:
            self.iteration = self.since = -1
            self.cosines, self.before_norms, self._directions = {}, {}, {}


def cosine(one: torch.Tensor, other: torch.Tensor | None) -> float:
    """-1..1, accumulated in float64; UNKNOWN where either is missing, 0, or not finite. Inside ``quiet``."""
    if other is None or one.shape != other.shape:
        return UNKNOWN
    wide = torch.float32 if one.device.type == "mps" else torch.float64
    first, second = one.reshape(-1).to(wide), other.reshape(-1).to(wide)
    lengths = float(torch.linalg.vector_norm(first)) * float(torch.linalg.vector_norm(second))
    if not lengths > 0 or not math.isfinite(lengths):
        return UNKNOWN
    return max(-1.0, min(1.0, float(torch.dot(first, second)) / lengths))
