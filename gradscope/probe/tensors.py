"""The one door through which the probe touches a user's tensor: silently, in plain form, or not at all.

``quiet`` surrounds every tensor operation of the probe, ``untouchable`` says which tensors must be left alone and why,
``plain`` turns what is left into one detached, dense, real tensor. Nothing here draws random numbers, makes a tensor on
a default device, or is seen by a function mode, a dispatch mode or autograd.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import torch

from .compat import (
    DisableAutocast,
    DisableDispatch,
    DisableFunctions,
    any_autocast,
    dispatch_modes,
    is_functional,
    is_transformed,
)
from .full import read_full
from .measures import NAMES, full_columns, small_columns

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

_PLAIN_TYPES = (torch.Tensor, torch.nn.Parameter)
_DIRECT = frozenset((torch.float32, torch.float64))


class quiet:
    """No autograd, no autocast, no function mode and no dispatch mode sees what is done inside."""

    __slots__ = ("_guards",)
    _guards: list[AbstractContextManager[Any]]

    def __enter__(self) -> None:
        guards: list[AbstractContextManager[Any]] = [DisableFunctions()]
        if torch.is_grad_enabled():  # the engine itself has switched it off
            guards.append(torch.no_grad())
        if dispatch_modes():
            guards.append(DisableDispatch())
        if any_autocast():
            guards.append(DisableAutocast())
        self._guards = guards
        for guard in guards:
            guard.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for guard in reversed(self._guards):
            guard.__exit__(kind, error, trace)


def untouchable(tensor: torch.Tensor) -> str:
    """Why the probe must not compute with this tensor, in words for the user; "" if it may."""
    if is_transformed(tensor):
        return "inside a torch.func transform (vmap, grad, jvp)"
    if type(tensor) not in _PLAIN_TYPES:
        reason = _strange_type(tensor)
        if reason:
            return reason
    if tensor.is_meta:
        return "a meta tensor: it has a shape and no values"
    if tensor.is_cuda and torch.cuda.is_current_stream_capturing():
        return "part of a CUDA graph that is being captured"
    return ""


def is_direct(tensor: torch.Tensor) -> bool:
    """Whether ``plain`` would have nothing to do: dense, real, float32 or float64, of an ordinary type."""
    return tensor.dtype in _DIRECT and tensor.layout is torch.strided and type(tensor) in _PLAIN_TYPES


def plain(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers as a detached, dense, real tensor; to be called inside ``quiet``.

    A sparse tensor by its (coalesced) values, a nested one by its buffer, a DTensor by this rank's part, complex
    numbers by their modulus, quantised ones by what they stand for. May share memory with the original.
    """
    if _is_dtensor(tensor):
        tensor = tensor._local_tensor  # type: ignore[attr-defined]  # noqa: SLF001 - to_local() enters autograd
    tensor = tensor.detach()
    if tensor.layout is torch.sparse_coo:
        tensor = tensor.coalesce().values()
    elif tensor.is_nested or tensor.layout in _COMPRESSED:
        tensor = tensor.values()
    elif tensor.is_mkldnn:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.is_complex():
        return tensor.abs()
    return tensor.resolve_neg()


def scalar(value: Any) -> float | None:
    """The number that a tensor of one real element holds; None for any other, and for what must be left alone."""
    if not isinstance(value, torch.Tensor) or value.numel() != 1 or value.is_complex():
        return None
    with quiet():
        return float(value.detach().to(torch.float64).item()) if not untouchable(value) else None


def holds_anything(gradient: torch.Tensor, exact: bool) -> bool:
    """Whether an element is not 0; counting waits for the device, so light level (not ``exact``) takes its presence."""
    if not exact or untouchable(gradient) or gradient.is_sparse:
        return True
    with quiet():
        return bool(gradient.detach().any())


def statistics_row(tensor: torch.Tensor) -> tuple[float, ...]:
    """What follows node and output in STATISTIC_COLUMNS, over all elements as torch itself would count them.

    Non-finite elements go into norm, max_abs, mean and std, and are counted besides. Waits for the device.
    """
    with quiet():
        if untouchable(tensor):
            return (1.0, float(tensor.numel()), *([-1.0] * len(NAMES)), 0.0, 0.0, 0.0, 0.0)
        values = plain(tensor)
        if values.numel() <= 4:
            elements = values.reshape(-1).to("cpu", torch.float64).tolist()
            return (1.0, float(len(elements)), *small_columns(elements), *padded(elements))
        on_cpu = values.device.type == "cpu"
        columns = read_full(values) if on_cpu else full_columns(values).to("cpu").reshape(-1).tolist()
        return (1.0, float(values.numel()), *columns, 0.0, 0.0, 0.0, 0.0)


def padded(elements: list[float]) -> tuple[float, ...]:
    """The columns v0..v3 for at most four elements."""
    return (*elements, *([0.0] * (4 - len(elements))))


def is_sparse(tensor: torch.Tensor) -> bool:
    """Whether only its non-zero elements are stored."""
    return tensor.layout is torch.sparse_coo or tensor.layout in _COMPRESSED


_COMPRESSED = frozenset((torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc))


def _is_dtensor(tensor: torch.Tensor) -> bool:
    return type(tensor).__name__ == "DTensor" and hasattr(tensor, "_local_tensor")


def _strange_type(tensor: torch.Tensor) -> str:
    """A reason to leave a subclass alone: it holds no numbers of its own."""
    fake = sys.modules.get("torch._subclasses.fake_tensor")
    if fake is not None and isinstance(tensor, fake.FakeTensor):
        return "a fake tensor: it has a shape and no values"
    if is_functional(tensor):
        return "a tensor that is being traced"
    if hasattr(type(tensor), "__tensor_flatten__") and not _is_dtensor(tensor) and not tensor.is_nested:
        return f"a {type(tensor).__name__}, whose values only its own class knows"
    return ""
