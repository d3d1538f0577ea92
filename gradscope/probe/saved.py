"""What each node holds until its backward: the tensors saved for it, looked at as they lie, never unpacked.

``_saved_*`` of torch would unpack: in a checkpointed region that runs the user's forward again, with
``saved_tensors_hooks`` it runs theirs. ``_raw_saved_*`` runs nothing. What hooks have packed is named as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from ..wire.table import Table
from . import compat
from .tensors import quiet, untouchable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .walk import Walk

_PREFIX = "_raw_saved_"


class SavedTensors:
    """Reads a walked graph. ``text`` turns a string into its number."""

    def __init__(self, seen: Walk, text: Callable[[str], int]) -> None:
        self._walk = seen
        self._text = text
        self._names: dict[type, tuple[str, ...]] = {}
        self._memory: dict[int, int] = {}
        self._leaves: dict[int, int] = {}

    def table(self) -> Table:
        """A row for every saved tensor, by node."""
        columns: dict[str, list[float]] = {name: [] for name in m.SAVED_COLUMNS}
        with quiet():
            self._leaves = {_address(leaf): row for row, leaf in self._walk.leaves.items() if not untouchable(leaf)}
            for row, node in enumerate(self._walk.nodes):
                for name, entry in self.entries(node):
                    values = self._described(entry)
                    if values is not None:
                        for column, value in zip(m.SAVED_COLUMNS, (row, self._text(name), *values), strict=True):
                            columns[column].append(value)
        return Table.from_columns("f8", columns)

    def entries(self, node: Any) -> Iterator[tuple[str, Any]]:
        """Names and torch's own handles of what a node saved; nothing once it has been freed."""
        kind = type(node)
        if kind not in self._names:
            self._names[kind] = tuple(name for name in dir(node) if name.startswith(_PREFIX))
        for name in self._names[kind]:
            try:
                entry = getattr(node, name)
            except RuntimeError:  # this part of the graph was freed by an earlier pass
                return
            plain = name.removeprefix(_PREFIX)
            if isinstance(entry, (tuple, list)):
                yield from ((f"{plain}[{number}]", item) for number, item in enumerate(entry))
            elif entry is not None:
                yield plain, entry

    def _described(self, entry: Any) -> tuple[float, ...] | None:
        """Shape, dtype, bytes, memory, held, leaf, packed, version; None where nothing was saved."""
        try:
            packed, tensor = entry.unpack_hook is not None, entry.data
        except (RuntimeError, AttributeError):
            return None
        if packed:
            shape, dtype = ("", "") if not isinstance(tensor, torch.Tensor) else _kind(tensor)
            return (self._text(shape), self._text(dtype), -1, -1, -1, -1, 1, -1)
        if not isinstance(tensor, torch.Tensor):
            return None
        shape, dtype = _kind(tensor)
        size, version = tensor.numel() * tensor.element_size(), _version(tensor)
        if untouchable(tensor) or tensor.layout is not torch.strided:
            return (self._text(shape), self._text(dtype), size, -1, -1, -1, 0, version)
        address = _address(tensor)
        memory = self._memory.setdefault(address, len(self._memory))
        leaf = self._leaves.get(address, -1)
        held = tensor.untyped_storage().nbytes()
        return (self._text(shape), self._text(dtype), size, memory, held, leaf, 0, version)


def _kind(tensor: torch.Tensor) -> tuple[str, str]:
    return ",".join(map(str, tensor.shape)), str(tensor.dtype).removeprefix("torch.")


def _version(tensor: torch.Tensor) -> int:
    try:
        return compat.version(tensor)
    except RuntimeError:  # made in inference mode
        return -1


def _address(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr() if tensor.layout is torch.strided else id(tensor)
