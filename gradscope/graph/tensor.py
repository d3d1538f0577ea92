"""What the training process told of a tensor: a plane, several, or pictures, and what the whole tensor comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .tensor_looks import Axes, Cut, whole_axes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.wire.messages import Summary, TensorTold

Matrix: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Cells: TypeAlias = np.ndarray[tuple[int, int, int, int], np.dtype[np.float64]]
FEW = 4  # so many elements are written out instead of drawn

_OWN_PRECISION = {"float16": np.float16, "bfloat16": np.float32, "float32": np.float32, "float64": np.float64}


@dataclass(frozen=True, slots=True, eq=False)
class TensorView:
    """``cells[t, r, c, k]`` has tiles, rows, columns and channels; one plane has one tile and one channel.

    Which dimensions of the tensor these are say ``axes``, ``plane`` fixes the others; rows and columns are those of
    every ``row_step``-th and ``column_step``-th index. A scalar is 1 x 1, a vector one row.
    ``histogram`` counts the finite elements of the whole tensor between ``low`` and ``high``.
    """

    available: bool
    why: str
    shape: tuple[int, ...]
    dtype: str
    device: str
    plane: tuple[int, ...]
    cells: Cells
    row_step: int
    column_step: int
    summary: Summary | None
    histogram: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0
    axes: Axes = (-1, -1, -1, -1)

    @classmethod
    def from_message(cls, message: TensorTold) -> TensorView:
        """Decode the float64 bytes.

        Raises:
            ValueError: the data is not as long as rows and columns say.
        """
        sizes = (message.tiles, message.rows, message.columns, message.channels)
        cells = np.frombuffer(message.data, "<f8").reshape(sizes)
        return cls(
            message.available,
            message.why,
            message.shape,
            message.dtype,
            message.device,
            message.plane,
            cells,
            message.row_step,
            message.column_step,
            message.summary,
            message.histogram,
            message.histogram_low,
            message.histogram_high,
            whole_axes(message.axes, len(message.shape)),
        )

    @classmethod
    def unavailable(cls, why: str) -> TensorView:
        """No tensor, and the reason in words for the user."""
        return cls(False, why, (), "", "", (), np.zeros((1, 0, 0, 1)), 1, 1, None)

    @property
    def rank(self) -> int:
        """How many dimensions the tensor has."""
        return len(self.shape)

    @property
    def count(self) -> int:
        """How many elements the whole tensor has."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def values(self) -> Matrix:
        """The numbers of the first tile, rows x columns."""
        first: Matrix = self.cells[0, :, :, 0]
        return first

    @property
    def tiled(self) -> bool:
        """Whether it is more than one plane: several tiles, or a picture in colour."""
        return self.axes[0] >= 0 or self.in_colour

    @property
    def in_colour(self) -> bool:
        """Whether the channels are red, green and blue."""
        return self.axes[3] >= 0

    @property
    def cut(self) -> Cut:
        """What was asked for to see this."""
        return Cut(self.axes, self.plane)

    @property
    def tiles_left_out(self) -> int:
        """How many tiles there are beyond those that were told."""
        return self.shape[self.axes[0]] - len(self.cells) if self.axes[0] >= 0 else 0

    @property
    def thinned(self) -> bool:
        """Whether elements of what is looked at are left out."""
        return self.row_step > 1 or self.column_step > 1 or self.tiles_left_out > 0

    def index(self, row: int, column: int, tile: int = 0, channel: int = 0) -> tuple[int, ...]:
        """The tensor's own index of the element drawn there."""
        drawn = (tile, row * self.row_step, column * self.column_step, channel)
        at = {axis: index for axis, index in zip(self.axes, drawn, strict=True) if axis >= 0}
        fixed = iter(self.plane)
        return tuple(at[dimension] if dimension in at else next(fixed, 0) for dimension in range(self.rank))


def exact_number(value: float, dtype: str) -> str:
    """The shortest text that reads back as the same number in the tensor's own precision."""
    if dtype == "bool":
        return str(bool(value))
    if dtype.startswith(("int", "uint")):
        return str(int(value)) if np.isfinite(value) else str(value)
    return repr(float(value)) if dtype == "float64" else str(_OWN_PRECISION.get(dtype, np.float32)(value))


def written_out(values: Sequence[float], shape: tuple[int, ...], dtype: str) -> str:
    """A few numbers with their brackets, as torch would nest them: ``-3.0``, ``[1.0, 2.0]``, ``[[1.0], [2.0]]``."""
    texts = [exact_number(value, dtype) for value in values]
    for size in reversed(shape):
        if size == 0:
            return "[]"
        texts = ["[" + ", ".join(texts[start : start + size]) + "]" for start in range(0, len(texts), size)]
    return texts[0] if texts else "[]"
