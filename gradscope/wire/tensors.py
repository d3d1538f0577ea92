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
    ``.grad``; "variable": the variable ``name`` of the held stack's ``frame`` (0: innermost).

    ``axes`` says which dimensions are tile, row, column and channel, -1 for none; empty: the last two are row and
    column. ``plane`` fixes the others. No more than ``most`` numbers of the first ``tiles`` tiles are told.
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
    axes: tuple[int, ...] = ()
    most: int = 1 << 17
    tiles: int = 64


@dataclass(frozen=True, slots=True)
class TensorTold:
    """The answer to ``RequestTensor``: what was asked for of it, thinned, and the whole's statistics.

    ``data`` holds tiles x rows x columns x channels float64, little-endian; element (t, r, c, k) is the tensor's
    (t, r * row_step, c * column_step, k) along its dimensions ``axes``. When ``available`` is False, ``why`` says why,
    in words for the user.
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
    axes: tuple[int, ...] = ()
    tiles: int = 1
    channels: int = 1
