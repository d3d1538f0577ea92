"""Light capture's eyes on one pass: which nodes are hooked, and what is concluded for the others.

A hook costs a node microseconds, whatever it does. Nodes that provably receive what their consumer received, and leaves
whose ``.grad`` this pass alone makes, need none. Where anything stands in doubt - hooks of the user's that may change a
gradient on its way, a pass that reaches only a part of the graph, several processes that share their gradients - every
node is hooked, and what was concluded before is checked against it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import compat
from .alike import Alike
from .prehooks import Prehooks
from .tensors import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .gathering import Gatherer
    from .walk import Walk

_SAME = 1e-4  # the norms of one gradient in two memory orders differ by less


class Watch:
    """What is measured of one pass, and how the rest follows from it.

    Args:
        seen: the graph.
        certain: whether the whole graph runs and no hook was made since the last pass.
        every: hook every node all the same: it must be known which of them ran. ``ran`` says so, in order, and
            ``passed_over`` which are not measured at their hooks.
    """

    __slots__ = ("_every", "_leaves", "_seen", "_takes", "passed_over", "ran", "rows")

    def __init__(self, seen: Walk, certain: bool, every: bool = False) -> None:
        self._seen = seen
        self._every = every
        self.ran: list[int] = []
        self.passed_over: Sequence[int] = ()
        self._leaves: Sequence[int] = ()
        self._takes: Sequence[tuple[int, int]] = ()
        self.rows: Sequence[int] = range(len(seen.nodes))
        alike = _alike(seen)
        if alike is None or not certain or not all(compat.adds_as_it_is(seen.nodes[row]) for row in alike.additions):
            return
        own = all(map(compat.gradient_is_its_own, seen.leaves.values())) and not compat.distributed()
        if every:
            self._takes, self._leaves = alike.takes, tuple(seen.leaves) if own else ()
            self.passed_over = [*self._leaves, *(row for row, _ in self._takes)]
        elif own:
            self.rows, self._takes = alike.measured_beside_leaves, alike.takes_beside_leaves
            self._leaves = tuple(seen.leaves)
        else:
            self.rows, self._takes = alike.measured, alike.takes

    def takes(self) -> Sequence[tuple[int, int]]:
        """(node, the measured node whose figures are its own)."""
        if not self._every:
            return self._takes
        ran = set(self.ran)
        return [pair for pair in self._takes if pair[0] in ran]

    def look_at_leaves(self, gatherer: Gatherer, whole: bool) -> None:
        """After the pass: measure what it brought the leaves that were not; if not ``whole``, those that it reached."""
        leaves: Sequence[int] = self._leaves
        if not whole:
            leaves = [row for row in leaves if self._seen.leaves[row].grad is not None]
        if leaves:
            with quiet():
                brought = [self._seen.leaves[row].grad for row in leaves]
            gatherer.look(leaves, brought)

    def check(self) -> None:
        """After a pass in which every node was measured: do alike nodes have alike norms?"""
        alike, variant = _alike(self._seen), self._seen.variant
        if alike is None or variant is None or self._takes or self._leaves:
            return
        norms = variant.norms
        for row, source in alike.takes_beside_leaves:
            one, other = norms.get(row), norms.get(source)
            if one is not None and other is not None and math.isfinite(one) and math.isfinite(other):
                variant.unlike = variant.unlike or not math.isclose(one, other, rel_tol=_SAME, abs_tol=1e-30)


def _alike(seen: Walk) -> Alike | None:
    """Worked out once for each graph; None where it turned out wrong."""
    structure, variant = seen.structure, seen.variant
    if structure is None or variant is None or variant.unlike:
        return None
    if variant.alike is None:
        variant.alike = Alike(structure.names, structure.edges, structure.roots, variant.metadata, structure.leaf_rows)
    return variant.alike


def install(seen: Walk, rows: Sequence[int], hook: Callable[[int, tuple[Any, ...]], Any]) -> list[Any]:
    """Hook nodes; ``compat.remove_hooks`` takes what is returned. A hook holds its row, never its node."""
    known = seen.variant.prehooks if seen.variant is not None else Prehooks()
    return known.install(seen.nodes, rows, hook)
