"""What a tensor on show comes to: the summary and the histogram of its finite elements, block by block."""

from __future__ import annotations

import math

import torch

from ..wire.messages import Summary
from .measures import flat, in_blocks, wide_type


def summarised(values: torch.Tensor, bins: int) -> tuple[Summary, tuple[int, ...], float, float]:
    """Summary, counts and their limits of a plain tensor; to be called inside ``quiet``.

    Non-finite elements are counted and left out of all else. Equal elements get a histogram one wide around them. The
    counts are empty if nothing is finite, or if the elements lie further apart than a float64 can say.
    """
    numbers, repeats = flat(values)
    blocks = in_blocks(numbers)
    length = zeros = nan = inf = 0
    low, high, norm, total = math.inf, -math.inf, 0.0, 0.0
    for block in blocks:
        part, missing = _finite(block)
        nan += int(torch.isnan(block).sum()) if missing else 0
        inf += int(torch.isinf(block).sum()) if missing else 0
        if part.numel():
            low, high = min(low, float(part.amin())), max(high, float(part.amax()))
            norm = math.hypot(norm, float(torch.linalg.vector_norm(part)))
            total += float(part.sum())
            zeros += int(torch.logical_not(part).sum())
            length += part.numel()
    count = values.numel()
    if not length:
        return Summary(count, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, nan * repeats, inf * repeats), (), 0.0, 0.0
    mean, largest = total / length, max(high, -low)
    limits = (low - 0.5, high + 0.5) if low == high else (low, high)
    spread, counts = _second_look(blocks, mean, bins, *limits)
    norm, std = norm * math.sqrt(repeats), spread / math.sqrt(length)
    summary = Summary(count, norm, largest, mean, std, low, high, zeros * repeats, nan * repeats, inf * repeats)
    return summary, tuple(number * repeats for number in counts), *limits


def _finite(block: torch.Tensor) -> tuple[torch.Tensor, bool]:
    """The finite elements of a block in the widest float, and whether there were others."""
    wide = block.to(wide_type(block.device))
    fits = torch.isfinite(wide)
    return (wide, False) if bool(fits.all()) else (wide[fits], True)


def _second_look(
    blocks: list[torch.Tensor], mean: float, bins: int, low: float, high: float
) -> tuple[float, list[int]]:
    """What needs the mean and the limits first: the norm of what is left without the mean, and the histogram."""
    width = high - low
    counts = [0] * bins if 0 < width < math.inf else []
    spread = 0.0
    for block in blocks:
        part, _ = _finite(block)
        spread = math.hypot(spread, float(torch.linalg.vector_norm(part - mean)))
        if counts:
            places = ((part - low) / width * bins).to(torch.int64).clamp_(0, bins - 1)
            for index, number in enumerate(torch.bincount(places, minlength=bins).tolist()):
                counts[index] += number
    return spread, counts
