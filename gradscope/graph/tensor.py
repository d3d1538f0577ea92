"""One plane of a tensor as the training process told it: numbers to draw, and what the whole tensor comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.wire.messages import Summary, TensorTold

Matrix: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float64]]
FEW = 4  # so many elements are written out instead of drawn

_OWN_PRECISION = {"float16": np.float16, "bfloat16": np.float32, "float32": np.float32, "float64": np.float64}


@dataclass(frozen=True, slots=True, eq=False)
class TensorView:
    """``values[r, c]`` is the tensor's ``(*plane, r * row_step, c * column_step)``.

    A scalar's are 1 x 1, a vector's one row.
    ``histogram`` counts the finite elements of the whole tensor between ``low`` and ``high``.
    """

    available: bool
    why: str
    shape: tuple[int, ...]
    dtype: str
    device: str
    plane: tuple[int, ...]
    values: Matrix
    row_step: int
    column_step: int
    summary: Summary | None
    histogram: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0

    @classmethod
    def from_message(cls, message: TensorTold) -> TensorView:
        """Decode the plane's float64 bytes.

        Raises:
            ValueError: the data is not as long as rows and columns say.
        """
        values = np.frombuffer(message.data, "<f8").reshape(message.rows, message.columns)
        return cls(
            message.available,
            message.why,
            message.shape,
            message.dtype,
            message.device,
            message.plane,
            values,
            message.row_step,
            message.column_step,
            message.summary,
            message.histogram,
            message.histogram_low,
            message.histogram_high,
        )

    @classmethod
    def unavailable(cls, why: str) -> TensorView:
        """No tensor, and the reason in words for the user."""
        return cls(False, why, (), "", "", (), np.zeros((0, 0)), 1, 1, None)

    @property
    def rank(self) -> int:
        """How many dimensions the tensor has."""
        return len(self.shape)

    @property
    def count(self) -> int:
        """How many elements the whole tensor has."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def thinned(self) -> bool:
        """Whether ``values`` leaves elements of the plane out."""
        return self.row_step > 1 or self.column_step > 1

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """The tensor's own index of the element drawn at ``row``, ``column``."""
        if self.rank == 0:
            return ()
        if self.rank == 1:
            return (column * self.column_step,)
        return (*self.plane, row * self.row_step, column * self.column_step)


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
