"""What rows of numbers come to: the reductions behind every statistic, batched, on any device, never waiting for it.

Three facts about torch decide their shape. A float32 2-norm over a million elements is off by 1e-5 and more, because
its partial sums stagnate: norms are taken over pieces of 4,096 and joined in float64. A square leaves the range of
float32 beyond 1e19 and below 1e-19: such rows are measured again in float64 (``out_of_range``). And the inf-norm and
``aminmax(dim=)`` are not vectorised on CPU: the largest magnitude comes from ``amax`` and ``amin``.
"""

from __future__ import annotations

import math

import torch

from . import compat

NAMES = ("norm", "max_abs", "mean", "std", "zeros", "nan", "inf")
PIECE = 4096
LARGEST_NORM = math.sqrt(3e38)  # its square still is a float32
BLOCK = 1 << 20
AT_ONCE = 1 << 15  # elements that are widened at once on CPU
_SMALLEST_SQUARED_NORM = 1e-32  # of a float32 row, an element: below it, elements are lost to underflow


def wide_type(device: torch.device) -> torch.dtype:
    """The widest float that the device computes with."""
    return torch.float32 if device.type == "mps" else torch.float64


def computable(rows: torch.Tensor) -> torch.Tensor:
    """float32 or float64, without loss: integers become float64, halves and bytes of float8 become float32."""
    if rows.dtype is torch.float32 or rows.dtype is torch.float64:
        return rows
    if rows.dtype.is_floating_point or rows.dtype is torch.bool:
        return rows.to(torch.float32)
    return rows.to(wide_type(rows.device))


def flat(tensor: torch.Tensor) -> tuple[torch.Tensor, int]:
    """All elements in one dimension, in any order, and how often each stands for itself; without a copy if possible.

    Gradients are often expanded from a scalar or transposed: the first are measured once and multiplied, the second in
    the order of their memory.
    """
    if tensor.is_contiguous():
        return tensor.reshape(-1), 1
    repeats = 1
    for dimension in range(tensor.dim() - 1, -1, -1):
        if tensor.stride(dimension) == 0 and tensor.size(dimension) > 1:
            repeats *= tensor.size(dimension)
            tensor = tensor.select(dimension, 0)
    if not tensor.is_contiguous():
        order = sorted(range(tensor.dim()), key=tensor.stride, reverse=True)
        tensor = tensor.permute(order)
    return tensor.reshape(-1), repeats


def in_blocks(numbers: torch.Tensor) -> list[torch.Tensor]:
    """Views of a flat tensor of at most BLOCK elements each; none if it is empty."""
    return [numbers[start : start + BLOCK] for start in range(0, numbers.numel(), BLOCK)]


def norms(rows: torch.Tensor) -> torch.Tensor:
    """2-norms of rows (k, n) of float32 or float64, as (k,) of the same or a wider type."""
    length = rows.shape[1]
    if length <= PIECE or rows.dtype is torch.float64:
        whole_norms: torch.Tensor = torch.linalg.vector_norm(rows, dim=1)
        return whole_norms
    whole = length - length % PIECE
    pieces = rows[:, :whole].view(len(rows), whole // PIECE, PIECE)
    parts: torch.Tensor = torch.linalg.vector_norm(pieces, dim=2)
    if whole < length:
        rest = torch.linalg.vector_norm(rows[:, whole:], dim=1, keepdim=True)
        parts = torch.cat((parts, rest), 1)
    joined: torch.Tensor = torch.linalg.vector_norm(parts.to(wide_type(rows.device)), dim=1)
    return joined


def each_norm(tensors: list[torch.Tensor]) -> list[float]:
    """2-norms of equally large tensors on CPU, without a copy."""
    if tensors[0].numel() <= 4 * PIECE and tensors[0].dtype is torch.float32:
        together = compat.each_norm(tensors)
        batched: list[float] = torch.stack(together).tolist()
        return batched
    measured = []
    for tensor in tensors:
        numbers, repeats = flat(tensor)
        measured.append(norms(computable(numbers).unsqueeze(0))[0] * math.sqrt(repeats))
    return [norm.item() for norm in measured]


def wide_norms(tensors: list[torch.Tensor]) -> list[float]:
    """2-norms of equally large tensors on CPU in float64, for those whose squares leave the range of float32."""
    wide = [flat(tensor) for tensor in tensors]
    if all(repeats == 1 for _, repeats in wide):
        exact: list[float] = torch.linalg.vector_norm(torch.stack([n for n, _ in wide]).double(), dim=1).tolist()
        return exact
    return [float(torch.linalg.vector_norm(n.double())) * math.sqrt(repeats) for n, repeats in wide]


def each_magnitude(tensor: torch.Tensor) -> float:
    """The largest absolute value of a tensor on CPU, without a copy; NaN if it holds one."""
    lowest, highest = computable(tensor if tensor.is_contiguous() else flat(tensor)[0]).aminmax()
    low, high = float(lowest), float(highest)
    return high if high >= -low else -low


def magnitudes(rows: torch.Tensor) -> torch.Tensor:
    """Largest absolute values of rows (k, n), as (k,) of the widest type; NaN where a row holds one."""
    return torch.maximum(rows.amax(1), -rows.amin(1)).to(wide_type(rows.device))


def read_magnitudes(rows: torch.Tensor) -> list[float]:
    """``magnitudes`` as numbers; for rows on CPU, with fewer kernels."""
    highest, lowest = rows.amax(1).tolist(), rows.amin(1).tolist()
    return [high if high >= -low else -low for high, low in zip(highest, lowest, strict=True)]


def out_of_range(norm: float, length: int) -> bool:
    """Whether a float32 norm has lost elements to overflow or underflow and must be taken in float64."""
    return not _SMALLEST_SQUARED_NORM * length <= norm * norm < math.inf


def least_norm(length: int) -> float:
    """The smallest norm of a float32 row that has lost nothing to underflow."""
    return math.sqrt(_SMALLEST_SQUARED_NORM * length)


def full_columns(tensor: torch.Tensor) -> torch.Tensor:
    """NAMES of one plain tensor of any shape, as (7, 1) in float64; zeros if it is empty."""
    numbers, repeats = flat(tensor)
    if numbers.numel() == 0:
        return torch.zeros((len(NAMES), 1), dtype=wide_type(tensor.device), device=tensor.device)
    blocks = in_blocks(numbers)
    columns = torch.cat([row_columns(block.unsqueeze(0)) for block in blocks], 1)
    if len(blocks) > 1:
        columns = joined(columns, [len(block) for block in blocks])
    if repeats > 1:
        factors = [math.sqrt(repeats), 1, 1, 1, repeats, repeats, repeats]
        columns = columns * torch.tensor(factors, dtype=columns.dtype, device=columns.device).unsqueeze(1)
    return columns


def row_columns(rows: torch.Tensor) -> torch.Tensor:
    """NAMES of every row of (k, n), as (7, k) in float64; n > 0."""
    wide = computable(rows).to(wide_type(rows.device))
    mean = wide.mean(1)
    norm = torch.linalg.vector_norm(wide, dim=1)
    spread = torch.linalg.vector_norm(wide - mean.unsqueeze(1), dim=1) / math.sqrt(wide.shape[1])
    zeros = torch.logical_not(wide).sum(1)
    counts = _non_finite(wide, norm)
    return torch.stack((norm, magnitudes(wide), mean, spread, zeros.to(wide.dtype), *counts))


def counted_columns(rows: torch.Tensor) -> torch.Tensor:
    """norm, max_abs, nan and inf of every row of (k, n), as (4, k) in float64; n > 0."""
    wide = computable(rows).to(wide_type(rows.device))
    norm = torch.linalg.vector_norm(wide, dim=1)
    return torch.stack((norm, magnitudes(wide), *_non_finite(wide, norm)))


def small_columns(elements: list[float]) -> tuple[float, ...]:
    """NAMES of at most four elements, in Python: cheaper than one kernel."""
    if not elements:
        return (0.0,) * len(NAMES)
    nan = sum(1 for value in elements if value != value)
    inf = sum(1 for value in elements if value in (math.inf, -math.inf))
    zeros = float(elements.count(0.0))
    if nan:
        return (math.nan, math.nan, math.nan, math.nan, zeros, float(nan), float(inf))
    norm, largest = math.hypot(*elements), max(map(abs, elements))
    if inf:
        return (norm, largest, sum(elements), math.nan, zeros, 0.0, float(inf))
    mean = math.fsum(elements) / len(elements)
    std = math.hypot(*(value - mean for value in elements)) / math.sqrt(len(elements))
    return (norm, largest, mean, std, zeros, 0.0, 0.0)


def joined(columns: torch.Tensor, lengths: list[int]) -> torch.Tensor:
    """The columns of a whole from those of its parts; mean and spread as Chan, Golub and LeVeque (1983) join them."""
    norm, largest, mean, std, *counts = columns
    weights = torch.tensor(lengths, dtype=columns.dtype, device=columns.device) / sum(lengths)
    joined_mean = (weights * mean).sum()
    variance = (weights * (std.square() + (mean - joined_mean).square())).sum()
    parts = (torch.linalg.vector_norm(norm), largest.amax(), joined_mean, variance.sqrt(), *(c.sum() for c in counts))
    return torch.stack(parts).unsqueeze(1)


def _non_finite(rows: torch.Tensor, norm: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Counts of NaN and Inf; on CPU, where looking is free, only if a norm says that there are any."""
    if rows.device.type == "cpu" and bool(torch.isfinite(norm).all()):
        nothing = torch.zeros_like(norm)
        return nothing, nothing
    return _count_non_finite(rows)


def _count_non_finite(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.isnan(rows).sum(1).to(rows.dtype), torch.isinf(rows).sum(1).to(rows.dtype)
