"""Ways to look at a tensor of three or more dimensions: one plane, all of them side by side, or pictures in colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Axes: TypeAlias = tuple[int, int, int, int]

SIDE = 128
LONG = 512  # elements of a vector, which has one row only
COLOURS = 3  # channels of a picture
SMALLEST = 8  # a picture has at least so many rows and columns; what is smaller is hardly one


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a tensor is asked for.

    Attributes:
        axes: which dimensions are tile, row, column and channel, -1 for none; empty: row and column are the last two.
        plane: an index for each of the other dimensions, in their order.
        side: the most rows and columns of a tile.
    """

    axes: tuple[int, ...] = ()
    plane: tuple[int, ...] = ()
    side: int = SIDE


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at a tensor of a certain shape."""

    name: str
    tip: str
    axes: Axes


def whole_axes(axes: tuple[int, ...], rank: int) -> Axes:
    """``axes`` with what it leaves out, for a tensor of this many dimensions."""
    if len(axes) == 4:
        return axes[0], axes[1], axes[2], axes[3]
    return -1, rank - 2 if rank > 1 else -1, rank - 1, -1


def free_dimensions(axes: tuple[int, ...], rank: int) -> tuple[int, ...]:
    """The dimensions of which one index is looked at."""
    taken = whole_axes(axes, rank)
    return tuple(dimension for dimension in range(rank) if dimension not in taken)


def looks(shape: tuple[int, ...]) -> tuple[Look, ...]:
    """All ways to look at a tensor of this shape, the plain ones first; none below three dimensions."""
    rank = len(shape)
    if rank < 3:
        return ()
    row, column = rank - 2, rank - 1
    found = [Look("One plane", "One plane at a time, its indices chosen below", (-1, row, column, -1))]
    for tile in range(max(0, rank - 4), rank - 2):
        tip = f"The planes along dimension {tile} side by side, on one scale of colours"
        found.append(Look(f"Sheet over dim {tile}", tip, (tile, row, column, -1)))
    for channel in _channels(shape):
        others = [dimension for dimension in range(rank) if dimension != channel]
        where = "last" if channel == column else "first"
        tip = f"Pictures in colour: dimension {channel} is red, green and blue"
        axes = (others[0] if rank > 3 else -1, others[-2], others[-1], channel)
        found.append(Look(f"RGB, channels {where}", tip, axes))
    return tuple(found)


def usual(shape: tuple[int, ...], picture: bool) -> Look | None:
    """What is shown unasked: pictures where it looks like some, else a sheet from four dimensions on, else a plane.

    Args:
        shape: of the tensor.
        picture: whether its numbers may be a picture's, which those of a gradient are not.
    """
    found = looks(shape)
    if not found:
        return None
    for look in reversed(found):
        if picture and look.axes[3] >= 0 and min(shape[look.axes[1]], shape[look.axes[2]]) >= SMALLEST:
            return look
    sheets = [look for look in found if look.axes[0] >= 0 and look.axes[3] < 0]
    wanted = [look for look in sheets if shape[look.axes[0]] > 1]
    return found[0] if len(shape) < 4 else (wanted or sheets)[-1]


def first_cut(shape: tuple[int, ...], picture: bool, liked: Mapping[int, str]) -> Cut:
    """What to ask for first; ``liked`` is the name of the look that was chosen last, by rank."""
    name = liked.get(len(shape), "")
    look = next((look for look in looks(shape) if look.name == name), None) or usual(shape, picture)
    if look is None:
        return Cut(side=LONG) if len(shape) == 1 else Cut()
    return Cut(look.axes, (0,) * len(free_dimensions(look.axes, len(shape))))


def _channels(shape: tuple[int, ...]) -> list[int]:
    """Which dimensions may be red, green and blue: before rows and columns (or clips of them), or behind them."""
    rank = len(shape)
    places = [1, rank - 3] if rank == 5 else [rank - 3]
    return [place for place in (*dict.fromkeys(places), rank - 1) if shape[place] == COLOURS]
