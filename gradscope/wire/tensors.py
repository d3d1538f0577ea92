"""One tensor asked for at a pause, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .records import Summary  # noqa: TC001  # the codec reads type hints

TensorKind = Literal["gradient", "value", "accumulated", "variable"]


@dataclass(frozen=True, slots=True)
class RequestTensor:
    """Ask for a tensor of the graph on screen, at a pause.

    ``kind`` "gradient": what passed node's output in this pass; "value": the forward value; "accumulated": a leaf's
    ``.grad``; "variable": the variable ``name`` of the held stack's ``frame`` (0: innermost). ``plane`` fixes all but
    the last two dimensions.
    """

    request: int
    kind: TensorKind
    node: int = -1
    output: int = 0
    name: str = ""
    plane: tuple[int, ...] = ()
    rows: int = 128
    columns: int = 128
    bins: int = 40
    frame: int = 0


@dataclass(frozen=True, slots=True)
class TensorTold:
    """The answer to ``RequestTensor``: one plane of it, thinned to what was asked for, and the whole's statistics.

    ``data`` holds rows x columns float64, little-endian; element (r, c) is the tensor's (r * row_step, c * column_step)
    of the chosen plane. When ``available`` is False, ``why`` says why, in words for the user.
    """

    request: int
    available: bool
    why: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    device: str = ""
    plane: tuple[int, ...] = ()
    rows: int = 0
    columns: int = 0
    row_step: int = 1
    column_step: int = 1
    data: bytes = b""
    summary: Summary | None = None
    histogram: tuple[int, ...] = ()
    histogram_low: float = 0.0
    histogram_high: float = 0.0
