"""Light level's look at one chunk of gradients: the norm of each, and in turn the largest magnitude.

Starting a kernel and reading its result cost more than what it computes on most gradients. So a chunk that was met
before is measured by as few kernels as its sizes allow, and read once: small ones are laid out as rows, middle ones go
into one call as they are, large ones are taken in pieces (see ``measures``) that are joined in float64. What squares of
float32 cannot hold is measured once more in float64.
"""

from __future__ import annotations

import math
from itertools import chain, repeat
from operator import gt, itemgetter, lt, mul
from typing import TYPE_CHECKING, NamedTuple

import torch

from . import compat
from .full import read_full
from .measures import AT_ONCE, LARGEST_NORM, NAMES, PIECE, counted_columns, each_magnitude, flat, least_norm, norms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROTATION = 8
GREW = 10.0
MAGNIFIED = 2.0**63
_AS_ROWS = 4096  # elements, up to which copying costs less than starting a kernel
_AS_THEY_ARE = 4 * PIECE  # elements, up to which a float32 norm is exact enough

Tensors = list[torch.Tensor]


class Group:
    """Where gradients of one size, type and device passed that are measured in one batch.

    ``places`` and ``turn`` are for whoever remembers a group: where in its chunk each member stood, and how often it
    was measured.
    """

    __slots__ = ("count", "nodes", "outputs", "places", "turn")

    def __init__(self, count: int, turn: int = 0) -> None:
        self.count = count
        self.turn = turn
        self.nodes: list[int] = []
        self.outputs: list[int] = []
        self.places: list[int] = []


class Figures(NamedTuple):
    """Norms, the largest magnitudes or -1, and by position what is known of zeros (or -1), NaN and Inf."""

    norm: list[float]
    largest: list[float]
    strange: dict[int, tuple[float, float, float]]


class Together:
    """Gradients on CPU, float32 or float64, that pass one after another in every pass over one graph.

    Args:
        groups: those of one size and type each, of more than a few elements; their ``places`` are among all gradients
            of the chunk.
        phase: the largest magnitudes of a chunk are measured in one of ``ROTATION`` passes, of each chunk in another.
    """

    __slots__ = (
        "_before",
        "_due",
        "_floors",
        "_large",
        "_middle",
        "_small",
        "_turn",
        "counts",
        "nodes",
        "outputs",
        "pick",
    )

    def __init__(self, groups: Sequence[Group], phase: int) -> None:
        groups = sorted(groups, key=lambda group: group.count)
        self.nodes = [node for group in groups for node in group.nodes]
        self.outputs = [output for group in groups for output in group.outputs]
        self.counts = [float(group.count) for group in groups for _ in group.nodes]
        places = [place for group in groups for place in group.places]
        self.pick: Callable[[Tensors], Sequence[torch.Tensor]] = (
            itemgetter(*places) if len(places) > 1 else lambda gradients: [gradients[place] for place in places]
        )
        self._floors = [least_norm(group.count) for group in groups for _ in group.nodes]
        self._turn = phase
        self._before = [0.0] * len(places)
        self._small = [len(group.nodes) for group in groups if group.count <= _AS_ROWS]
        self._middle = sum(len(group.nodes) for group in groups if _AS_ROWS < group.count <= _AS_THEY_ARE)
        self._large = sum(len(group.nodes) for group in groups if group.count > _AS_THEY_ARE)

    def measure(self, gradients: Tensors) -> Figures:
        """What is known of each, in the order of ``nodes``; to be called inside ``quiet``.

        The magnitude of one whose norm grew tenfold since the last pass is measured at once.
        """
        members = self.pick(gradients)
        rows = self._rows(members)
        norm, largest = self._read(members, rows)
        strange: dict[int, tuple[float, float, float]] = {}
        if True in map(lt, norm, self._floors):
            self._widen(members, rows, norm, strange)
        grown = list(map(gt, norm, map(mul, self._before, repeat(GREW))))
        if True in grown:
            for index, grew in enumerate(grown):
                if grew and largest[index] < 0:
                    largest[index] = each_magnitude(members[index])
        self._before = norm
        if not (math.isfinite(sum(norm)) and max(norm) < LARGEST_NORM):
            for index, value in enumerate(norm):
                if not value < LARGEST_NORM:
                    norm[index], largest[index], nan, inf = counted(members[index])
                    strange[index] = (-1.0, nan, inf)
        return Figures(norm, largest, strange)

    def _rows(self, members: Sequence[torch.Tensor]) -> Tensors:
        """Copies of the small ones, those of one size as the rows of one tensor."""
        found, start = [], 0
        for size in self._small:
            found.append(compat.flatten(list(members[start : start + size])).view(size, -1))
            start += size
        return found

    def _read(self, members: Sequence[torch.Tensor], rows: Tensors) -> tuple[list[float], list[float]]:
        """Norms, and the largest magnitudes if it is their turn; else -1."""
        self._turn += 1
        parts = [torch.linalg.vector_norm(of_size, dim=1) for of_size in rows]
        start = sum(self._small)
        if self._middle:
            parts.append(torch.stack(compat.each_norm(list(members[start : start + self._middle]))))
            start += self._middle
        pieces = [_pieces(tensor) for tensor in members[start:]]
        parts += chain.from_iterable(of_one for of_one, _ in pieces)
        if self._turn % ROTATION == 0:
            parts += _ends(members[sum(self._small) :], rows)
        told: list[float] = (torch.cat(parts) if len(parts) > 1 else parts[0]).tolist()
        norm, place = told[:start], start
        for of_one, factor in pieces:
            length = sum(map(len, of_one))
            norm.append(math.hypot(*told[place : place + length]) * factor)
            place += length
        if place == len(told):
            return norm, [-1.0] * len(norm)
        ends = zip(told[place : place + len(norm)], told[place + len(norm) :], strict=True)
        return norm, [high if high >= -low else -low for high, low in ends]

    def _widen(
        self,
        members: Sequence[torch.Tensor],
        rows: Tensors,
        norm: list[float],
        strange: dict[int, tuple[float, float, float]],
    ) -> None:
        """Norms so small that squares were lost: of magnified copies, which is exact, or in float64."""
        tiny = {index for index, least in enumerate(self._floors) if norm[index] < least}
        start = 0
        for size, of_size in zip(self._small, rows, strict=True):
            here = tiny.intersection(range(start, start + size))
            if size > 1 and here:  # a single one is no copy
                magnified = torch.linalg.vector_norm(of_size.mul_(MAGNIFIED), dim=1).tolist()
                exact = {index for index in here if magnified[index - start] >= self._floors[index]}
                for index in exact:
                    norm[index] = magnified[index - start] / MAGNIFIED
                tiny -= exact
            start += size
        if not tiny:
            return
        for index, value in zip(tiny, read_exactly([members[index] for index in tiny]), strict=True):
            norm[index] = value
            if value == 0.0:
                strange[index] = (self.counts[index], 0.0, 0.0)


def _ends(members: Sequence[torch.Tensor], rows: Tensors) -> Tensors:
    """The highest elements of all rows and members, then the lowest; NaN where there is one."""
    highest, lowest = [of_size.amax(1) for of_size in rows], [of_size.amin(1) for of_size in rows]
    if members:
        ends = [(tensor if tensor.numel() <= _AS_THEY_ARE else flat(tensor)[0]).aminmax() for tensor in members]
        low, high = zip(*ends, strict=True)
        highest.append(torch.stack(high))
        lowest.append(torch.stack(low))
    return highest + lowest


def read_exactly(tensors: Tensors) -> list[float]:
    """2-norms in float64, whatever the sizes."""
    exact: list[float] = torch.stack(compat.each_norm([tensor.double() for tensor in tensors])).tolist()
    return exact


def counted(tensor: torch.Tensor) -> tuple[float, float, float, float]:
    """norm, max_abs, nan and inf in float64."""
    if tensor.numel() > AT_ONCE:
        known = dict(zip(NAMES, read_full(tensor), strict=True))
        return known["norm"], known["max_abs"], known["nan"], known["inf"]
    norm, largest, nan, inf = counted_columns(tensor.reshape(1, -1)).reshape(-1).tolist()
    return norm, largest, nan, inf


def _pieces(tensor: torch.Tensor) -> tuple[Tensors, float]:
    """Norms of PIECE elements each, and of what is left; what their joined norm is to be multiplied by."""
    numbers, repeats = flat(tensor)
    length = len(numbers)
    whole = length - length % PIECE
    if numbers.dtype is torch.float64 or whole == 0:
        parts = [norms(numbers.unsqueeze(0))]
    else:
        parts = [torch.linalg.vector_norm(numbers[:whole].view(-1, PIECE), dim=1)]
        if whole < length:
            parts.append(torch.linalg.vector_norm(numbers[whole:]).unsqueeze(0))
    return parts, math.sqrt(repeats)
