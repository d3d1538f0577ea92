"""What a tensor view shows, as text for the clipboard and as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.tensor import exact_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtGui import QImage

    from gradscope.graph.tensor import Matrix, TensorView

_OWN_TYPES = frozenset(
    {"float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"}
)

NUMBERS = (".npy", ".csv")


def separated(tensor: TensorView, separator: str = "\t") -> str:
    """One line a row, each number exact in the tensor's own precision; an empty line between planes."""
    planes = (tile[:, :, channel] for tile in tensor.cells for channel in range(tile.shape[2]))
    return "\n\n".join("\n".join(_lines(plane, tensor.dtype, separator)) for plane in planes)


def save(tensor: TensorView, path: Path, picture: QImage | None = None) -> None:
    """Write what is shown: ``.npy`` in its own type and rank, ``.csv`` as text, ``.png`` as it is drawn.

    Raises:
        ValueError: the name ends in none of them, or there is no picture.
        OSError: the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        path.write_text(separated(tensor, ",") + "\n", encoding="utf-8")
    elif suffix == ".npy":
        cells = tensor.cells.astype(tensor.dtype if tensor.dtype in _OWN_TYPES else "float32")
        with path.open("wb") as file:
            np.save(
                file, cells.reshape([size for size, axis in zip(cells.shape, tensor.axes, strict=True) if axis >= 0])
            )
    elif suffix == ".png":
        if picture is None or picture.isNull():
            raise ValueError("Nothing of it is drawn: choose .npy or .csv")
        if not picture.save(str(path), "PNG"):  # type: ignore[call-overload]
            raise OSError(f"{path} cannot be written")
    else:
        raise ValueError(f"{path.name} ends in neither .npy, .csv nor .png: choose one of them")


def _lines(plane: Matrix, dtype: str, separator: str) -> Iterator[str]:
    for row in plane:
        yield separator.join(exact_number(float(value), dtype) for value in row)
