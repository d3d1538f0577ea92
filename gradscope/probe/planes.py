"""What is told of a tensor that a person asked for: a plane, several, or pictures; and the figures of the whole.

Everything is thinned in the training process to what a screen can show, by strides, so that each number told is one
of the tensor's own.
"""

from __future__ import annotations

import ctypes
import sys
from array import array
from typing import TYPE_CHECKING, Any

import torch

from .measures import computable
from .summaries import summarised
from .tensors import is_sparse, plain, quiet, untouchable

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 1 << 17  # numbers told, 1 MiB
TILES = 64  # told of a sheet
_MOST_UNFOLDED = 1 << 24


def plane(
    tensor: torch.Tensor,
    plane: Sequence[int] = (),
    rows: int = 128,
    columns: int = 128,
    bins: int = 40,
    axes: Sequence[int] = (),
    most: int = MOST,
    tiles: int = TILES,
) -> dict[str, Any]:
    """The fields of ``TensorTold`` but ``request``: what is looked at, thinned by strides, and what the whole comes to.

    Args:
        tensor: any tensor of the user's.
        plane: an index for each dimension that is not in ``axes``; missing ones are 0, those out of range the nearest.
        rows: the most rows to tell, of a tile.
        columns: the most columns to tell, of a tile.
        bins: of the histogram over the finite elements.
        axes: which dimensions are tile, row, column and channel, -1 for none; else the last two are row and column.
        most: numbers to tell.
        tiles: of a sheet to tell, the first ones.
    """
    with quiet():
        told: dict[str, Any] = {
            "shape": tuple(map(int, tensor.shape)),
            "dtype": str(tensor.dtype).removeprefix("torch."),
            "device": str(tensor.device),
        }
        reason = untouchable(tensor)
        if not reason and is_sparse(tensor) and tensor.numel() > _MOST_UNFOLDED:
            reason = f"a sparse tensor of {tensor.numel():,} elements, too many to show as a dense one"
        if reason:
            return {**told, "available": False, "why": f"Its values cannot be read: it is {reason}."}
        dense = plain(tensor.detach().to_dense() if is_sparse(tensor) else tensor)
        summary, histogram, low, high = summarised(dense, bins)
        told.update(summary=summary, histogram=histogram, histogram_low=low, histogram_high=high)
        placed = _placed(axes, dense.dim())
        chosen, cells = _arranged(dense, plane, placed)
        told.update(available=True, shape=tuple(dense.shape), plane=chosen, axes=placed)
        return {**told, **_thinned(cells[:tiles], rows, columns, most)}


def _placed(axes: Sequence[int], rank: int) -> tuple[int, ...]:
    """Four dimensions of the tensor or -1; those asked for only where they are there, each of them once."""
    known = [axis for axis in axes if axis >= 0]
    if len(axes) == 4 and len(set(known)) == len(known) and all(axis < rank for axis in known) and axes[2] >= 0:
        return tuple(axes)
    return -1, rank - 2 if rank > 1 else -1, rank - 1, -1


def _arranged(dense: torch.Tensor, plane: Sequence[int], axes: Sequence[int]) -> tuple[tuple[int, ...], torch.Tensor]:
    """The indices looked at, and what they leave as tiles x rows x columns x channels."""
    free = [dimension for dimension in range(dense.dim()) if dimension not in axes]
    wanted = (*plane, *([0] * len(free)))
    chosen = tuple(
        min(max(int(index), 0), dense.shape[dimension] - 1) for index, dimension in zip(wanted, free, strict=False)
    )
    if not dense.numel():
        return chosen, dense.new_zeros((1, 0, 0, 1))
    cells = dense
    for dimension, index in sorted(zip(free, chosen, strict=True), reverse=True):
        cells = cells.select(dimension, index)
    left = [dimension for dimension in range(dense.dim()) if dimension not in free]
    cells = cells.permute([left.index(axis) for axis in axes if axis >= 0])
    for place, axis in enumerate(axes):
        if axis < 0:
            cells = cells.unsqueeze(place)
    return chosen, cells


def _thinned(cells: torch.Tensor, rows: int, columns: int, most: int) -> dict[str, Any]:
    """At most so many rows and columns of each tile and so many numbers in all, as bytes."""
    tiles, height, width, channels = cells.shape
    row_step = max(1, -(-height // max(rows, 1)))
    column_step = max(1, -(-width // max(columns, 1)))
    while tiles * channels * -(-height // row_step) * -(-width // column_step) > max(most, tiles * channels):
        if height // row_step >= width // column_step:
            row_step += 1
        else:
            column_step += 1
    thin = computable(cells[:, ::row_step, ::column_step]).to("cpu", torch.float64).contiguous()
    return {
        "tiles": thin.shape[0],
        "rows": thin.shape[1],
        "columns": thin.shape[2],
        "channels": thin.shape[3],
        "row_step": row_step,
        "column_step": column_step,
        "data": little_endian(thin),
    }


def little_endian(numbers: torch.Tensor) -> bytes:
    """The bytes of a contiguous float64 or float32 tensor on CPU, without numpy."""
    size = numbers.element_size()
    data = ctypes.string_at(numbers.data_ptr(), numbers.numel() * size) if numbers.numel() else b""
    if sys.byteorder == "big":
        swapped = array("d" if size == 8 else "f", data)
        swapped.byteswap()
        return swapped.tobytes()
    return data
