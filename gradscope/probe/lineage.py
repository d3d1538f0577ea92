"""What flows on where gradient does not: which results without ``grad_fn`` came from which tracked tensors, and how.

What it promises. A call into which a tracked tensor, a parameter or something made from one flowed, and whose result
takes no gradient, is remembered with its line and the reason. Nothing is kept alive by that: tensors are known by weak
references, nodes above a cut are copied as numbers and names when the cut happens (later they may be gone).

How it works. The recorder hands in every such call. A result is found again by identity, or, where Python objects are
made anew around the same memory (``nn.Parameter(t)``, ``torch.from_numpy``), by its storage, which is asked whether it
still lives. What an iteration noted serves the next one too: a target is computed, a hidden state detached, before the
first tracked operation of the iteration that uses it.

What it does not do. It follows no number that left torch (``item``, ``tolist``, arithmetic of numpy): such a cut has no
far end. It notes nothing inside custom functions, optimizers and the engine, where gradient is off by design.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from . import compat
from .records import NOWHERE, Source, UntrackedCall
from .upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

    from .names import Parameters

MOST_NOTED = 20_000  # calls in one iteration: an evaluation loop inside of one must not fill the memory


class _Known:
    """Results by identity and by memory."""

    __slots__ = ("by_id", "by_memory")

    def __init__(self) -> None:
        self.by_id: dict[int, tuple[weakref.ref[torch.Tensor], UntrackedCall]] = {}
        self.by_memory: dict[int, tuple[Any, UntrackedCall]] = {}

    def find(self, tensor: torch.Tensor) -> UntrackedCall | None:
        reference, call = self.by_id.get(id(tensor), (None, None))
        if reference is not None and reference() is tensor:
            return call
        return self.at(compat.address(tensor)) if self.by_memory else None

    def at(self, address: int) -> UntrackedCall | None:
        storage, call = self.by_memory.get(address, (None, None))
        return call if storage is not None and not compat.storage_gone(storage) else None


class Lineage:
    """The untracked calls of an iteration and of the one before. ``switched_off``: where gradient was last disabled."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._known, self._earlier = _Known(), _Known()
        self.calls: list[UntrackedCall] = []  # since the last update: those that may stand in the way of this gradient
        self._following: list[UntrackedCall] = []
        self.upstream = Upstream()
        self.switched_off = NOWHERE
        self.first_number = 0

    def concerns(self, tensors: Iterable[torch.Tensor]) -> bool:
        """Whether anything that gradient could have come from flows into a call."""
        return any(self._flows(tensor) for tensor in tensors)

    def _flows(self, tensor: torch.Tensor) -> bool:
        return tensor.requires_grad or self._parameters.index_of(tensor) >= 0 or self.find(tensor) is not None

    def find(self, tensor: torch.Tensor) -> UntrackedCall | None:
        """The untracked call that a tensor came out of."""
        return self._known.find(tensor) or self._earlier.find(tensor)

    def at(self, address: int) -> UntrackedCall | None:
        """The one whose result begins at that address."""
        return self._known.at(address) or self._earlier.at(address)

    def source(self, tensor: torch.Tensor, position: int) -> Source | None:
        """Where an argument of an untracked call came from; None for data."""
        source = Source(position)
        known = self._parameters.index_of(tensor) >= 0
        if tensor.requires_grad and not known and compat.base_written(tensor):
            return None  # asking for its node, or whether it has one, would make one, and torch may refuse to
        if tensor.requires_grad and not known and not compat.is_leaf(tensor):
            node: Any = tensor.grad_fn
            source.number, source.output = compat.node_sequence(node), tensor.output_nr
            self.upstream.note(node)
            return source
        if tensor.requires_grad or known:
            source.leaf = weakref.ref(tensor)
            return source
        source.call = self.find(tensor)
        return source if source.call is not None else None

    def add(self, call: UntrackedCall, results: Iterable[torch.Tensor], next_iteration: bool) -> None:
        """Remember a call and what came out of it. ``next_iteration``: the update of this one is done."""
        noted = self._following if next_iteration else self.calls
        if len(noted) >= MOST_NOTED:
            return
        noted.append(call)
        for tensor in results:
            call.outputs.append((tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), str(tensor.device)))
            self._known.by_id[id(tensor)] = (weakref.ref(tensor), call)
            address = compat.address(tensor)
            if address:
                self._known.by_memory[address] = (compat.storage_reference(tensor), call)

    def new_iteration(self) -> None:
        """What was noted since the update counts as this iteration's."""
        self._earlier, self._known = self._known, _Known()
        self.calls, self._following = self._following, []
        self.upstream.new_iteration()
        self.first_number = compat.sequence_number() if compat.sequence_number is not None else 0
