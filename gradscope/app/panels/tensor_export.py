"""What a tensor view shows, as text for the clipboard and as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.tensor import exact_number

if TYPE_CHECKING:
    from pathlib import Path

    from gradscope.graph.tensor import TensorView

_OWN_TYPES = frozenset(
    {"float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"}
)


def separated(tensor: TensorView, separator: str = "\t") -> str:
    """One line a row, each number exact in the tensor's own precision."""
    rows = (separator.join(exact_number(float(value), tensor.dtype) for value in row) for row in tensor.values)
    return "\n".join(rows)


def save(tensor: TensorView, path: Path) -> None:
    """Write the plane shown: ``.npy`` in its own type and rank, ``.csv`` as text.

    Raises:
        ValueError: the name ends in neither.
        OSError: the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        path.write_text(separated(tensor, ",") + "\n", encoding="utf-8")
    elif suffix == ".npy":
        values = tensor.values.astype(tensor.dtype if tensor.dtype in _OWN_TYPES else "float32")
        with path.open("wb") as file:
            np.save(file, values.reshape(values.shape[2 - min(tensor.rank, 2) :]))
    else:
        raise ValueError(f"{path.name} ends in neither .npy nor .csv: choose one of them")
