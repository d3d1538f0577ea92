"""What the breakpoints of a run came to: hits, the places that they found, and their last words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gradscope.wire import messages as m

GRAPHS_KEPT = 64


@dataclass(frozen=True, slots=True)
class BreaksSeen:
    """By a breakpoint's number: its newest hit; and by a graph's fingerprint, how many places each number found."""

    hits: Mapping[int, m.BreakpointHit] = field(default_factory=lambda: MappingProxyType({}))
    matched: Mapping[str, Mapping[int, int]] = field(default_factory=lambda: MappingProxyType({}))

    def count(self, number: int) -> int:
        """How often its place and condition were met when it last acted."""
        hit = self.hits.get(number)
        return hit.hits if hit is not None else 0

    def places(self, number: int, fingerprints: Iterable[str] | None = None) -> int:
        """The most places found in one of these graphs (None: in any); -1 if it was not looked for in them."""
        graphs = self.matched.values() if fingerprints is None else map(self.matched.get, fingerprints)
        return max((graph[number] for graph in graphs if graph is not None and number in graph), default=-1)


def with_hit(seen: BreaksSeen, message: m.BreakpointHit) -> BreaksSeen:
    """A breakpoint acted."""
    return replace(seen, hits=MappingProxyType({**seen.hits, message.number: message}))


def with_match(seen: BreaksSeen, message: m.BreakpointsMatched) -> BreaksSeen:
    """The list was matched against a graph."""
    found = MappingProxyType(dict(zip(message.numbers, message.places, strict=True)))
    matched = {key: value for key, value in seen.matched.items() if key != message.fingerprint}
    while len(matched) >= GRAPHS_KEPT:
        del matched[next(iter(matched))]
    return replace(seen, matched=MappingProxyType({**matched, message.fingerprint: found}))
