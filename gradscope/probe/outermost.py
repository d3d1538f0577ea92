"""Which module was called last from outside, and with what: the model of this iteration and the question put to it.

Nothing is kept alive for it in free running: tensors are held weakly. While an iteration is captured in detail, inputs
of at most ``MOST_HELD`` bytes are held until it ends, because ``model(x.cuda())`` leaves nobody else who holds them.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch

from .guard import guarded
from .tensors import untouchable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from .parts import Parts

MOST_HELD = 64 << 20


class GoneError(LookupError):
    """An input of the last call is no longer there."""


class Outermost:
    """``called`` is told of every module call; ``last`` answers at a pause."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._module: weakref.ref[torch.nn.Module] | None = None
        self._arguments: Any = None
        self._held: list[torch.Tensor] = []

    @guarded("the model for ONNX")
    def called(self, module: torch.nn.Module, arguments: tuple[Any, ...], frame: FrameType | None) -> None:
        """A module is called. ``frame`` is that of torch's call, which knows the arguments given by name."""
        if self._parts.calls.depth != 1 or self._parts.aside or not torch.is_grad_enabled():
            return
        if next(module.parameters(), None) is None:
            return
        named = frame.f_locals.get("kwargs") if frame is not None else None
        self._held.clear()
        self._module = weakref.ref(module)
        self._arguments = _mapped((arguments, dict(named) if isinstance(named, dict) else {}), self._weakly)

    def new_iteration(self) -> None:
        """The inputs of the last iteration are the script's alone."""
        self._held.clear()

    def last(self) -> tuple[torch.nn.Module, tuple[Any, ...], dict[str, Any]] | None:
        """Module, positional and named arguments; None where no module with parameters has been called.

        Raises:
            GoneError: the script has let go of one of them.
        """
        module = self._module() if self._module is not None else None
        if module is None:
            return None
        arguments, named = _mapped(self._arguments, _strongly)
        return module, arguments, named

    def _weakly(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value if isinstance(value, (int, float, bool, str, type(None))) else _Other(value)
        if self._parts.detail and not untouchable(value):
            held = sum(tensor.numel() * tensor.element_size() for tensor in self._held)
            if held + value.numel() * value.element_size() <= MOST_HELD:
                self._held.append(value)
        return weakref.ref(value)


class _Other:
    """An argument that is neither a tensor nor a plain value: a mask object, a cache, a configuration."""

    def __init__(self, value: Any) -> None:
        self.type = type(value).__name__
        try:
            self.reference: Any = weakref.ref(value)
        except TypeError:
            self.reference = _nothing


def _nothing() -> None:
    return None


def _strongly(value: Any) -> Any:
    if isinstance(value, _Other):
        other = value.reference()
        if other is None:
            raise GoneError(f"an argument of type {value.type}")
        return other
    if isinstance(value, weakref.ref):
        tensor = value()
        if tensor is None:
            raise GoneError("an input tensor")
        return tensor
    return value


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same lists, tuples and dicts, with everything in them changed."""
    if type(value) is dict:
        return {key: _mapped(item, change) for key, item in value.items()}
    if type(value) in (tuple, list):
        return type(value)(_mapped(item, change) for item in value)
    return change(value)
