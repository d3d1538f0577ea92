"""Arithmetic of changes: what a tensor becomes when a person scales, clips, fills it or adds noise to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .rehearsal import Refused
from .tensors import quiet, untouchable

if TYPE_CHECKING:
    from ..wire.changes import Change

_SAID = {"scale": "times {:g}", "clip": "clipped to the norm {:g}", "noise": "plus noise of standard deviation {:g}"}


def edited(tensor: torch.Tensor, order: Change) -> torch.Tensor:
    """A new tensor like ``tensor``; the random numbers of noise come from a generator of its own.

    Raises:
        Refused: it cannot be, in words for the user.
    """
    reason = untouchable(tensor)
    if reason or tensor.layout is not torch.strided or tensor.is_quantized:
        raise Refused(f"it cannot be changed: it is {reason or 'sparse or packed'}")
    if order.how == "set":
        return _filled(tensor, order.values)
    if order.how == "clear":
        with quiet():
            return torch.zeros_like(tensor)
    if not tensor.is_floating_point() and not tensor.is_complex():
        raise Refused(f"its elements are {_dtype(tensor)}: only set and clear are possible")
    with quiet():
        plain = tensor.detach()
        if order.how == "scale":
            return plain * order.number
        if order.how == "clip":
            if order.number < 0:
                raise Refused("a norm cannot be negative")
            norm = float(torch.linalg.vector_norm(plain.to(_wide(plain))))
            return plain * min(1.0, order.number / norm) if norm > 0 else plain.clone()
        if order.number < 0:
            raise Refused("a standard deviation cannot be negative")
        generator = torch.Generator(device=plain.device)
        generator.manual_seed(order.request)
        noise = torch.empty(plain.shape, dtype=_drawable(plain), device=plain.device).normal_(generator=generator)
        return plain + (noise * order.number).to(plain.dtype)


def said(order: Change) -> str:
    """The change in words, after the name of what was changed."""
    if order.how == "set":
        values = ", ".join(f"{value:g}" for value in order.values[:4])
        return f"set to {values}{', ...' if len(order.values) > 4 else ''}"
    if order.how == "clear":
        return "set to 0" if order.target == "value" else "cleared"
    return _SAID[order.how].format(order.number)


def _filled(tensor: torch.Tensor, values: tuple[float, ...]) -> torch.Tensor:
    if len(values) not in (1, tensor.numel()) or not values:
        shape = "×".join(map(str, tensor.shape)) or "scalar"  # noqa: RUF001 - the sign for shapes
        raise Refused(f"it has {tensor.numel()} elements ({shape}); {len(values)} were given, it takes one or all")
    with quiet():
        if len(values) == 1:
            return torch.full_like(tensor, values[0])
        made = torch.tensor(values, dtype=torch.float64, device="cpu").to(tensor.device, tensor.dtype)
        filled = torch.empty_like(tensor)
        filled.copy_(made.reshape(tensor.shape))
        return filled


def _wide(tensor: torch.Tensor) -> torch.dtype:
    if tensor.is_complex():
        return tensor.dtype
    return torch.float32 if tensor.device.type == "mps" else torch.float64


def _drawable(tensor: torch.Tensor) -> torch.dtype:
    return tensor.dtype if tensor.dtype in (torch.float64, torch.complex64, torch.complex128) else torch.float32


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
