"""Which nodes of a walked graph a breakpoint means.

Nodes have no name that lasts: their numbers change with the graph. What lasts is the call that made them, their
operation, and which of those they were in the order of the forward; a leaf is known by its name. The window finds
places by the same rule (``gradscope.graph.places``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import compat
from .calls import CallFinder, CallRecord

if TYPE_CHECKING:
    import torch

    from ..wire.messages import Breakpoint
    from .names import Parameters
    from .walk import Walk


class Places:
    """The nodes of one graph by what lasts of them."""

    def __init__(self, seen: Walk, calls: list[CallRecord], parameters: Parameters) -> None:
        finder = CallFinder(calls)
        numbers = [compat.node_sequence(node) for node in seen.nodes]
        self._names = seen.names
        self._leaves = {row: _names_of(leaf, parameters) for row, leaf in seen.leaves.items()}
        self.calls = [None if row in seen.leaves else finder.find(number) for row, number in enumerate(numbers)]
        self._keys: dict[int, tuple[str, str, int]] = {}
        self._nodes: dict[tuple[str, str], list[int]] = {}
        for row in sorted(range(len(numbers)), key=lambda row: (numbers[row], row)):
            if row not in seen.leaves:
                alike = self._nodes.setdefault((call_key(self.calls[row]), seen.names[row]), [])
                self._keys[row] = (call_key(self.calls[row]), seen.names[row], len(alike))
                alike.append(row)

    def rows(self, breakpoint_: Breakpoint) -> list[int]:
        """The nodes that it means; all of them for one that looks at any."""
        if breakpoint_.kind == "any":
            return list(range(len(self._names)))
        if breakpoint_.kind == "operation":
            return [row for row, name in enumerate(self._names) if name == breakpoint_.operation]
        if breakpoint_.kind == "call":
            return [row for row, call in enumerate(self.calls) if around(call, breakpoint_.call) is not None]
        if breakpoint_.kind != "node":
            return []
        if breakpoint_.name:
            return [row for row, names in self._leaves.items() if breakpoint_.name in names]
        found = self._nodes.get((breakpoint_.call, breakpoint_.operation), [])
        return found[breakpoint_.occurrence : breakpoint_.occurrence + 1]

    def key(self, row: int) -> tuple[str, str, int]:
        """What lasts of a node: equal in two graphs where it is the same place."""
        return self._keys.get(row) or ("leaf", self.text(row), 0)

    def text(self, row: int) -> str:
        """What a person calls the node."""
        names = self._leaves.get(row)
        if names:
            return names[0]
        call = self.calls[row]
        module = label(call) if call is not None else ""
        return f"{self._names[row]} in {module}" if module else self._names[row]


def call_key(call: CallRecord | None) -> str:
    """``fc1#0``; "" for a node that no call made."""
    return "" if call is None else f"{call.module}#{call.occurrence}"


def label(call: CallRecord) -> str:
    """``fc1`` for a first call, ``fc1#2`` for the third."""
    name = call.module or call.type
    return name if call.occurrence == 0 else f"{name}#{call.occurrence}"


def around(call: CallRecord | None, path: str) -> CallRecord | None:
    """The call itself or the innermost one around it that is meant by a path, ``fc1`` (every call) or ``fc1#2``."""
    while call is not None and path not in (call.module, call_key(call)):
        call = call.parent
    return call


def _names_of(leaf: torch.Tensor, parameters: Parameters) -> tuple[str, ...]:
    index = parameters.index_of(leaf)
    return parameters.names(index) if index >= 0 else ()
