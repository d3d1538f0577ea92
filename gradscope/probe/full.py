"""Everything about tensors on CPU, as numbers: detail level's figures, in as few passes over the elements as there are.

What norm, sum, highest, lowest and the count of zeros come to in float32, over pieces that it is exact enough for, is
joined in float64; mean and spread follow. Where that says too little - squares out of range, a mean so large that the
difference of squares is lost in it, anything not finite - the tensor is measured once more, less its mean or in
float64. Zeros are counted as floats: a sum of booleans is not vectorised.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from .measures import (
    AT_ONCE,
    LARGEST_NORM,
    NAMES,
    PIECE,
    computable,
    flat,
    full_columns,
    in_blocks,
    joined,
    least_norm,
    read_magnitudes,
    row_columns,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

Columns = list[list[float]]
Sums = tuple[float, float, float, float, float]  # norm, sum, highest, lowest, zeros
IN_CACHE = 1 << 16  # elements
MOST_PIECES = 4  # of a row, up to which laying rows out costs less than the kernels for each
_LEAST_SPREAD = 1e-6  # of the mean square: a smaller variance is not taken from the difference of two sums
_LEAST_SPREAD_OF_FLOAT32 = 0.25
_LEAST_SHIFTED = 1e-3  # of the norm: what is left of float32 numbers so near to each other is too coarse
MEAN, STD = NAMES.index("mean"), NAMES.index("std")


def read_columns(rows: torch.Tensor) -> Columns:
    """``row_columns`` of rows on CPU, as numbers: by column."""
    rows = computable(rows)
    length = rows.shape[1]
    if rows.dtype is torch.float64 or not batched(length):
        return _read_wide(rows)
    step = max(1, IN_CACHE // length)
    columns: Columns = [[] for _ in NAMES]
    for start in range(0, len(rows), step):
        part = rows[start : start + step] if len(rows) > step else rows
        for column, values in zip(columns, _read_rows(part, length), strict=True):
            column += values
    return columns


def batched(length: int) -> bool:
    """Whether rows of that length are measured together; longer ones, and those that leave a rest, one by one."""
    return length <= PIECE or (length <= MOST_PIECES * PIECE and length % PIECE == 0)


def _read_rows(rows: torch.Tensor, length: int) -> Columns:
    pieces = rows.view(-1, min(length, PIECE))
    zeros = torch.eq(pieces, 0, out=torch.empty_like(pieces)).sum(1)
    parts = (torch.linalg.vector_norm(pieces, dim=1), pieces.sum(1), pieces.amax(1), pieces.amin(1), zeros)
    sums = torch.stack(parts).tolist()
    count = len(pieces) // len(rows)
    if count > 1:
        starts = range(0, len(pieces), count)
        joins: list[Callable[[list[float]], float]] = [lambda part: math.hypot(*part), sum, max, min, sum]
        sums = [[join(of[at : at + count]) for at in starts] for join, of in zip(joins, sums, strict=True)]
    plain = _concluded_together(sums, length)
    if plain is not None:
        return plain
    found = [_concluded(values, length) for values in zip(*sums, strict=True)]
    _shift(rows, found, length)
    unknown = [row for row, known in enumerate(found) if known is None]
    if unknown:
        exact = row_columns(rows if len(unknown) == len(rows) else rows[unknown]).tolist()
        for row, values in zip(unknown, zip(*exact, strict=True), strict=True):
            found[row] = list(values)
    return list(map(list, zip(*found, strict=True)))


def _concluded_together(sums: list[list[float]], length: int) -> Columns | None:
    """NAMES by column, of rows that float32 says enough of all; None for any others."""
    norm, totals, highest, lowest, zeros = sums
    least = least_norm(length)
    if not all(least <= of_row < LARGEST_NORM for of_row in norm):
        return None
    mean = [total / length for total in totals]
    squares = [of_row * of_row / length for of_row in norm]
    spreads = [square - of_row * of_row for square, of_row in zip(squares, mean, strict=True)]
    if not all(spread > _LEAST_SPREAD_OF_FLOAT32 * square for spread, square in zip(spreads, squares, strict=True)):
        return None
    largest = [high if high >= -low else -low for high, low in zip(highest, lowest, strict=True)]
    nothing = [0.0] * len(norm)
    return [norm, largest, mean, list(map(math.sqrt, spreads)), zeros, nothing, nothing]


def _shift(rows: torch.Tensor, found: list[list[float] | None], length: int) -> None:
    """Spreads that are small beside the mean, from the rows less their mean; None where that says too little, too."""
    near = [row for row, known in enumerate(found) if known is not None and known[STD] < 0]
    if not near:
        return
    means = torch.tensor([found[row][MEAN] for row in near], dtype=rows.dtype, device="cpu")  # type: ignore[index]
    picked = rows if len(near) == len(rows) else rows[near]
    shifted = (picked - means.unsqueeze(1)).view(len(near), -1, min(length, PIECE))
    spreads = torch.linalg.vector_norm(torch.linalg.vector_norm(shifted, dim=2).double(), dim=1).tolist()
    for row, spread in zip(near, spreads, strict=True):
        known = found[row]
        assert known is not None
        enough = spread > max(_LEAST_SHIFTED * known[0], least_norm(length))
        known[STD] = spread / math.sqrt(length)
        found[row] = known if enough else None


def read_full(tensor: torch.Tensor) -> list[float]:
    """``full_columns`` of a tensor on CPU, as numbers."""
    numbers, repeats = flat(tensor)
    length = numbers.numel()
    if repeats > 1 or length == 0:
        single: list[float] = full_columns(tensor).reshape(-1).tolist()
        return single
    numbers = computable(numbers)
    if numbers.dtype is torch.float32:
        known = _concluded(_summed(numbers), length)
        if known is not None and known[STD] < 0:
            shifted = _concluded(_summed(numbers - known[MEAN]), length)
            enough = shifted is not None and shifted[0] > _LEAST_SHIFTED * known[0]
            known[STD] = shifted[0] / math.sqrt(length) if shifted is not None else -1.0
            known = known if enough else None
        if known is not None:
            return known
    whole = length - length % AT_ONCE
    columns = _read_wide(numbers[:whole].view(-1, AT_ONCE)) if whole else [[] for _ in NAMES]
    lengths = [AT_ONCE] * len(columns[0])
    if whole < length:
        columns = [a + b for a, b in zip(columns, _read_wide(numbers[whole:].unsqueeze(0)), strict=True)]
        lengths.append(length - whole)
    exact = torch.tensor(columns, dtype=torch.float64, device="cpu")
    together: list[float] = joined(exact, lengths).reshape(-1).tolist()
    return together


def _concluded(sums: Sums, length: int) -> list[float] | None:
    """NAMES of float32 elements, -1 for a spread that does not follow; None if what is known is not enough."""
    norm, total, highest, lowest, zeros = sums
    if highest == lowest == 0.0:
        return [0.0, 0.0, 0.0, 0.0, float(length), 0.0, 0.0]
    if not least_norm(length) <= norm < LARGEST_NORM:
        return None
    mean = total / length
    square = norm * norm / length
    spread = square - mean * mean
    std = math.sqrt(spread) if spread > _LEAST_SPREAD_OF_FLOAT32 * square else -1.0
    return [norm, max(highest, -lowest), mean, std, zeros, 0.0, 0.0]


def _summed(numbers: torch.Tensor) -> Sums:
    """Of a flat tensor, over pieces."""
    norms: list[torch.Tensor] = []
    totals: list[torch.Tensor] = []
    ends: list[torch.Tensor] = []
    zeros: list[torch.Tensor] = []
    for block in in_blocks(numbers):
        whole = len(block) - len(block) % PIECE
        for pieces in (block[:whole].view(-1, PIECE), block[whole:].unsqueeze(0)):
            if pieces.numel():
                norms.append(torch.linalg.vector_norm(pieces, dim=1))
                totals.append(pieces.sum(1))
        ends += block.aminmax()
        zeros.append(torch.eq(block, 0, out=torch.empty_like(block)).sum())
    told = torch.cat((*norms, *totals, torch.stack((*ends, *zeros)))).tolist()
    count, blocks = sum(map(len, norms)), len(zeros)
    ends_told = told[2 * count : 2 * (count + blocks)]
    return (
        math.hypot(*told[:count]),
        math.fsum(told[count : 2 * count]) if math.isfinite(sum(told[:count])) else math.nan,
        max(ends_told[1::2]),
        min(ends_told[::2]),
        sum(told[2 * (count + blocks) :]),
    )


def _read_wide(rows: torch.Tensor) -> Columns:
    """Rows of float64, or of which float32 says too little: a few at a time, so that what is widened stays in cache."""
    length, step = rows.shape[1], max(1, AT_ONCE // rows.shape[1])
    columns: list[list[float]] = [[] for _ in NAMES]
    for start in range(0, len(rows), step):
        part = rows[start : start + step] if len(rows) > step else rows
        wide = part.to(torch.float64)
        norm = torch.linalg.vector_norm(wide, dim=1).tolist()
        mean = [total / length for total in wide.sum(1).tolist()]
        zeros = torch.eq(part, 0, out=torch.empty_like(part)).sum(1).tolist()
        spread = [n * n / length - m * m for n, m in zip(norm, mean, strict=True)]
        unsure = [row for row, s in enumerate(spread) if not s > _LEAST_SPREAD * norm[row] ** 2 / length]
        std = [math.sqrt(s) if s > 0 else 0.0 for s in spread]
        nothing = [0.0] * len(norm)
        measured = [norm, read_magnitudes(part), mean, std, zeros, nothing, nothing]
        if unsure:
            exact = row_columns(wide if len(unsure) == len(norm) else wide[unsure]).tolist()
            measured = [column.copy() for column in measured]
            for column, values in zip(measured, exact, strict=True):
                for row, value in zip(unsure, values, strict=True):
                    column[row] = value
        for column, values in zip(columns, measured, strict=True):
            column += values
    return columns
