"""Where a gradient became zero, undefined or tiny: the first node towards the root that still received more."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .snapshot import GraphSnapshot
    from .statistics import NodeStatistics

TINY = 1e-8  # of the root mean square of a gradient's elements
Size = Literal["none", "undefined", "zero", "some"]


@dataclass(frozen=True, slots=True)
class Origin:
    """``node`` received something and sent nothing (much less) on; ``path`` leads there from the node asked about.

    ``node`` is -1 where even the root received none. ``before`` and ``after`` are norms.
    """

    node: int
    path: tuple[int, ...]
    before: float = 0.0
    after: float = 0.0


def size_of(gradients: NodeStatistics, node: int) -> Size:
    """What reached a node, all its outputs together."""
    rows = list(_rows(gradients, node))
    if not rows:
        return "none"
    defined = [row for row in rows if row["defined"] != 0]
    if not defined:
        return "undefined"
    return "zero" if all(row["norm"] == 0 for row in defined) else "some"


def norm_of(gradients: NodeStatistics, node: int) -> float:
    """The norm over all outputs."""
    return math.sqrt(sum(max(0.0, row["norm"]) ** 2 for row in _rows(gradients, node) if row["defined"] != 0))


def is_tiny(graph: GraphSnapshot, gradients: NodeStatistics, node: int) -> bool:
    """Whether a gradient is there, but too small to move anything in float32."""
    norm = norm_of(gradients, node)
    count = sum(math.prod(output.shape) for output in graph.node_outputs(node))
    return 0 < norm < TINY * math.sqrt(max(1, count))


def origin(graph: GraphSnapshot, gradients: NodeStatistics, node: int) -> Origin:
    """Towards the root along what is as empty as the node itself, to the first that received more."""
    wanted = size_of(gradients, node)
    came: dict[int, int] = {node: -1}
    waiting = deque([node])
    last = node
    while waiting:
        here = waiting.popleft()
        for consumer in _consumers(graph, here):
            if consumer in came:
                continue
            came[consumer] = here
            size = size_of(gradients, consumer)
            if size == "some" or (size == "zero" and wanted == "undefined"):
                return Origin(consumer, _path(came, consumer))
            if size != "none":
                waiting.append(consumer)
        last = here
    return Origin(-1, _path(came, last))


def steepest(graph: GraphSnapshot, gradients: NodeStatistics, node: int) -> Origin:
    """Along the consumers that received most, the one across which the norm falls by the largest factor."""
    best = Origin(-1, (node,))
    fall, path, here = 0.0, [node], node
    while True:
        consumers = [c for c in _consumers(graph, here) if c not in path]
        if not consumers:
            return best
        following = max(consumers, key=lambda consumer: norm_of(gradients, consumer))
        before, after = norm_of(gradients, following), norm_of(gradients, here)
        path.append(following)
        if after > 0 and before / after > fall:
            fall = before / after
            best = Origin(following, tuple(path), before, after)
        here = following


def _rows(gradients: NodeStatistics, node: int) -> Iterator[dict[str, float]]:
    if node < len(gradients.known) and gradients.known[node]:
        row = gradients.row(node)
        if row is not None:
            yield row
    yield from (row for (owner, _), row in gradients.further.items() if owner == node)


def _consumers(graph: GraphSnapshot, node: int) -> list[int]:
    rows = np.flatnonzero((graph.edges["source"] == node) & (graph.edges["tracked"] == 1))
    return [int(target) for target in graph.edges["target"][rows]]


def _path(came: dict[int, int], node: int) -> tuple[int, ...]:
    path = [node]
    while came[path[-1]] >= 0:
        path.append(came[path[-1]])
    return tuple(reversed(path))
