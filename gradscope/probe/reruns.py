"""What a recorded call was called with, noted so that it can be run once more on copies. No tensor is kept alive by it.

A tensor that takes gradient is found again by the node that made it, under which its copy is kept, or as the leaf that
it is; any other one while it lives, or by its kept copy. Plain constants are noted as they are; anything else only by
its type: such a call cannot be run again, and says so.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch

from . import compat
from .guard import guarded
from .rehearsal import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from .parts import Parts
    from .records import OperationRecord

_PLAIN = (
    bool, int, float, str, type(None), slice, type(...), torch.dtype, torch.device, torch.layout, torch.memory_format,
)  # fmt: skip


class Slot:
    """The place of one tensor among the arguments. ``number`` -1: it was a leaf, or takes no gradient."""

    __slots__ = ("number", "output", "reference", "tracked", "version")

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tracked = tensor.requires_grad
        self.reference = weakref.ref(tensor)
        self.version = compat.version(tensor)
        known = self.tracked and not compat.is_leaf(tensor) and not compat.base_written(tensor)
        self.number = compat.node_sequence(tensor.grad_fn) if known else -1
        self.output = tensor.output_nr if known else 0


class Unknown:
    """An argument that cannot be noted."""

    __slots__ = ("kind",)

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Rerun:
    """A call as it was made; ``slots`` are its tensors in the order of its arguments."""

    __slots__ = ("args", "function", "kwargs", "slots")

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.function = function
        self.slots: list[Slot] = []
        self.args = tuple(self._noted(value) for value in args)
        self.kwargs = {key: self._noted(value) for key, value in kwargs.items()}

    def _noted(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            self.slots.append(Slot(value))
            return self.slots[-1]
        if type(value) in (tuple, list, torch.Size):
            return [Unknown("a long list")] if len(value) > 1000 else type(value)(map(self._noted, value))
        return value if isinstance(value, _PLAIN) else Unknown(type(value).__name__)

    def call(self, tensors: dict[int, torch.Tensor]) -> Any:
        """Call it with other tensors, by ``id`` of their slots.

        Raises:
            Refused: an argument was not noted.
        """
        args = tuple(_filled(value, tensors) for value in self.args)
        kwargs = {key: _filled(value, tensors) for key, value in self.kwargs.items()}
        result = self.function(*args, **kwargs)
        return args[0] if result is None else result


@guarded("checking nodes")
def noted(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Rerun | None:
    """Note a call that is about to be made."""
    return Rerun(function, args, kwargs)


def found(parts: Parts, record: OperationRecord, rerun: Rerun) -> list[torch.Tensor]:
    """The tensors of a call, in the order of its slots: the user's own, or kept copies. Not to be written to.

    Raises:
        Refused: one of them is gone.
    """
    positions = {position: row for row, position in record.inputs}
    tensors = []
    for position, slot in enumerate(rerun.slots):
        tensor = slot.reference()
        if tensor is None or (compat.version(tensor) != slot.version and not compat.is_leaf(tensor)):
            kept = ("value", slot.number, slot.output) if slot.number >= 0 else ("input", positions.get(position, -1))
            tensor = parts.kept.get(kept)
        if tensor is None:
            raise Refused(f"the value of its tensor {position + 1} was not kept")
        tensors.append(tensor)
    return tensors


def _filled(value: Any, tensors: dict[int, torch.Tensor]) -> Any:
    if isinstance(value, Slot):
        return tensors[id(value)]
    if isinstance(value, Unknown):
        raise Refused(f"it was called with {value.kind}, of which no copy can be made")
    if type(value) in (tuple, list):
        return type(value)(_filled(item, tensors) for item in value)
    return value
