"""Which nodes the same gradient passes, so that it need be measured only once.

A view's backward hands on what it receives, and so does an addition of equal shapes. A node whose only consumer does
so receives exactly what its consumer received, unless a hook of the user's changes it on the way. And what a pass
brings to a leaf without gradient is the leaf's ``.grad`` afterwards.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Edges = list[tuple[int, int, int, int]]
Output = tuple[tuple[int, ...], str, str]
# Their backward hands the gradient on as it is, perhaps in another shape or order.
HANDS_ON = frozenset(
    """
    TBackward0 ViewBackward0 UnsafeViewBackward0 ReshapeAliasBackward0 TransposeBackward0 PermuteBackward0
    CloneBackward0 UnsqueezeBackward0 SqueezeBackward0 SqueezeBackward1 AliasBackward0
    """.split()  # noqa: SIM905  # a page of names reads better than a page of quotes
)
ADDITION = "AddBackward0"


class Alike:
    """For one graph.

    ``additions`` hand on only if their ``alpha`` is 1. ``measured`` are the nodes to measure while the pass runs and
    ``takes`` pairs (node, measured node) for the others; ``measured_beside_leaves`` and ``takes_beside_leaves`` are the
    same for passes whose leaves can be read afterwards.
    """

    __slots__ = ("additions", "measured", "measured_beside_leaves", "takes", "takes_beside_leaves")

    def __init__(
        self,
        names: Sequence[str],
        edges: Edges,
        roots: Sequence[tuple[int, int]],
        outputs: Sequence[Sequence[Output]],
        leaves: Sequence[int],
    ) -> None:
        givers = _givers(names, edges, {row for row, _ in roots}, outputs)
        top = [_top(row, givers) for row in range(len(names))]
        self.additions = [row for row in set(givers.values()) if names[row] == ADDITION]
        inner = set(leaves)
        self.takes = [(row, top[row]) for row in givers if row not in inner]
        self.measured = _without(len(names), {row for row, _ in self.takes})
        leaf_of: dict[int, int] = {}
        for leaf in leaves:
            leaf_of.setdefault(top[leaf], leaf)
        self.takes_beside_leaves = [
            (row, leaf_of.get(top[row], top[row]))
            for row in range(len(names))
            if row not in inner and (row in givers or row in leaf_of)
        ]
        self.measured_beside_leaves = _without(len(names), {row for row, _ in self.takes_beside_leaves} | inner)


def _givers(names: Sequence[str], edges: Edges, roots: set[int], outputs: Sequence[Sequence[Output]]) -> dict[int, int]:
    """The consumer of every node that receives what its consumer did."""
    incoming = Counter((source, output) for source, output, _, _ in edges)
    givers = {}
    for source, output, target, _ in edges:
        alone = incoming[source, output] == 1 and source not in roots
        if not alone or len(outputs[source]) != 1 or len(outputs[target]) != 1:
            continue
        (shape, *kind), (other, *other_kind) = outputs[source][0], outputs[target][0]
        if kind != other_kind:
            continue
        if (names[target] in HANDS_ON and prod(shape) == prod(other)) or (names[target] == ADDITION and shape == other):
            givers[source] = target
    return givers


def _top(row: int, givers: dict[int, int]) -> int:
    while row in givers:
        row = givers[row]
    return row


def _without(count: int, skipped: set[int]) -> list[int]:
    return [row for row in range(count) if row not in skipped]
