"""What parameters come to, and how far an update moved them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from .compat import is_transformed
from .measures import PIECE, computable, each_norm, out_of_range
from .reductions import Reducer
from .tensors import is_direct, plain, quiet, untouchable

if TYPE_CHECKING:
    from collections.abc import Sequence

_SMALL = 4 * PIECE  # elements


def parameter_norms(tensors: Sequence[torch.Tensor | None]) -> list[float]:
    """The 2-norm of each tensor, -1 for None and for what must be left alone; waits for each device once."""
    measured = [-1.0] * len(tensors)
    with quiet():
        small = [index for index, tensor in enumerate(tensors) if tensor is not None and _is_small(tensor)]
        found = each_norm([tensors[index] for index in small]) if small else []  # type: ignore[misc]  # none is None
        known = {
            index: norm
            for index, norm in zip(small, found, strict=True)
            if not out_of_range(norm, _SMALL) and math.isfinite(norm)
        }
    reducer = Reducer(range(0), rotation=len(tensors) + 1, turn=1)
    for index, tensor in enumerate(tensors):
        if index in known:
            measured[index] = known[index]
        elif tensor is not None:
            reducer.add(index, 0, tensor)
    table = reducer.finish()
    places = table.column("node")
    for position, norm in enumerate(table.column("norm")):
        measured[int(places[position])] = float(norm)
    return measured


def _is_small(tensor: torch.Tensor) -> bool:
    """Worth measuring together with others of any size, in one call."""
    if is_transformed(tensor) or not is_direct(tensor) or tensor.device.type != "cpu":
        return False
    return tensor.dtype is torch.float32 and 0 < tensor.numel() <= _SMALL


def snapshot(tensors: Sequence[torch.Tensor], budget: int) -> list[torch.Tensor | None]:
    """Copies of tensors to measure an update by, first come first kept, within ``budget`` bytes; None beyond it."""
    copies: list[torch.Tensor | None] = []
    with quiet():
        for tensor in tensors:
            size = tensor.numel() * tensor.element_size()
            if size > budget or untouchable(tensor):
                copies.append(None)
                continue
            budget -= size
            copies.append(plain(tensor).clone())
    return copies


def difference(tensors: Sequence[torch.Tensor], before: Sequence[torch.Tensor | None]) -> list[float]:
    """||now - before|| of each tensor, -1 where there is no copy or the shape is another."""
    changes: list[torch.Tensor | None] = []
    with quiet():
        for tensor, old in zip(tensors, before, strict=True):
            now = None if old is None or untouchable(tensor) else plain(tensor)
            if now is None or old is None or now.shape != old.shape or now.device != old.device:
                changes.append(None)
            else:
                changes.append(computable(now) - computable(old))
    return parameter_norms(changes)


def advance(tensors: Sequence[torch.Tensor], copies: Sequence[torch.Tensor | None]) -> list[float]:
    """``difference``, and the copies become those of now, in their own memory; a copy that does not fit is left."""
    fitting: list[torch.Tensor | None] = []
    with quiet():
        for tensor, copy in zip(tensors, copies, strict=True):
            now = None if copy is None or untouchable(tensor) else plain(tensor)
            if now is None or copy is None or not is_direct(copy) or (now.shape, now.dtype) != (copy.shape, copy.dtype):
                fitting.append(None)
            else:
                fitting.append(copy.sub_(now))
    changes = parameter_norms(fitting)
    with quiet():
        for tensor, copy in zip(tensors, fitting, strict=True):
            if copy is not None:
                copy.copy_(plain(tensor))
    return changes
