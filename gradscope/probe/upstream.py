"""The autograd graph above a cut, copied as plain numbers and names when the cut happens: later it may be gone."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from . import compat

if TYPE_CHECKING:
    import torch

Output = tuple[tuple[int, ...], str, str]  # shape, dtype, device


class Noted:
    """One node: its operation, its first output, and for each of its inputs the number or the leaf it came from."""

    __slots__ = ("children", "leaves", "name", "outputs")

    def __init__(self, name: str, outputs: list[Output]) -> None:
        self.name = name
        self.outputs = outputs
        self.children: list[tuple[int, int, int]] = []  # number, output, slot
        self.leaves: list[tuple[weakref.ref[torch.Tensor], int]] = []  # leaf, slot


class Upstream:
    """Nodes by sequence number, of this iteration and the one before. A node is visited once an iteration."""

    def __init__(self) -> None:
        self._nodes: dict[int, Noted] = {}
        self._earlier: dict[int, Noted] = {}

    def get(self, number: int) -> Noted | None:
        """The node of that number, if a cut was below it."""
        return self._nodes.get(number) or self._earlier.get(number)

    def note(self, node: Any) -> None:
        """Copy a node and everything above it that is not known yet."""
        number = compat.node_sequence(node)
        if number in self._nodes:
            return
        noted = self._nodes[number] = Noted(
            compat.type_name(compat.node_types([node])[0]), compat.node_outputs(node)[:1]
        )
        waiting = [(node, noted)]
        while waiting:
            node, noted = waiting.pop()
            for slot, (child, output) in enumerate(node.next_functions):
                if child is None:
                    continue
                leaf = getattr(child, "variable", None)
                if leaf is not None:
                    noted.leaves.append((weakref.ref(leaf), slot))
                    continue
                number = compat.node_sequence(child)
                noted.children.append((number, output, slot))
                if number not in self._nodes:
                    name = compat.type_name(compat.node_types([child])[0])
                    following = self._nodes[number] = Noted(name, compat.node_outputs(child)[:1])
                    waiting.append((child, following))

    def new_iteration(self) -> None:
        """Keep what the last iteration noted for one more."""
        self._earlier, self._nodes = self._nodes, {}
