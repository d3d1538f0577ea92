"""Chips hung right below the card whose only line goes to them: the two are placed as one.

A transpose between a weight and its matmul would take a whole layer of its own, and push the weight up above the bias.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .sizes import CHIP_HEIGHT

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

CHIP_GAP = 10.0  # room for the line between a card and its chip
_CLEAR = 8.0  # between a line into a card's side and the card's lower corner


@dataclass(frozen=True, slots=True, eq=False)
class Glued:
    """The smaller problem, and how it came about.

    ``kept`` are the items that stand for themselves or for a chain, ``kept_edges`` the edges outside of chains;
    ``chains`` lists for a kept item the chips below it, from top to bottom.
    """

    sizes: Floats2
    sources: Ints1
    targets: Ints1
    parents: Ints1
    kept: Ints1
    kept_edges: Ints1
    chains: dict[int, list[int]]


def glue(sizes: Floats2, sources: Ints1, targets: Ints1, parents: Ints1, across: bool = False) -> Glued:
    """Join every chip with what it hangs from; where lines run ``across``, only with what begins them."""
    below = _below(sizes, sources, targets, parents)
    if across:
        begins = np.bincount(targets, minlength=len(sizes)) == 0
        below = {head: chip for head, chip in below.items() if begins[head]}
    hanging = set(below.values())
    chains: dict[int, list[int]] = {}
    head_of = np.arange(len(sizes))
    joined = sizes.astype(np.float64, copy=True)
    for head in below:
        if head in hanging:
            continue
        chain, last = [], head
        while last in below:
            last = below[last]
            chain.append(last)
        head_of[chain] = head
        joined[head, 1] += sum(float(sizes[chip, 1]) + CHIP_GAP for chip in chain)
        chains[head] = chain
    kept = np.flatnonzero(head_of == np.arange(len(sizes)))
    rank = np.full(len(sizes) + 1, -1)
    rank[kept] = np.arange(len(kept))
    start, end = head_of[sources], head_of[targets]
    kept_edges = np.flatnonzero(start != end)
    return Glued(
        joined[kept],
        rank[start[kept_edges]].astype(np.int32),
        rank[end[kept_edges]].astype(np.int32),
        rank[parents[kept]].astype(np.int32),
        kept.astype(np.int32),
        kept_edges.astype(np.int32),
        chains,
    )


def _below(sizes: Floats2, sources: Ints1, targets: Ints1, parents: Ints1) -> dict[int, int]:
    """The chip that hangs from an item: it has no other line in, the item no other line out."""
    leaving, entering = np.bincount(sources, minlength=len(sizes)), np.bincount(targets, minlength=len(sizes))
    good = (sizes[targets, 1] <= CHIP_HEIGHT) & (sizes[targets, 0] <= sizes[sources, 0])
    good &= (leaving[sources] == 1) & (entering[targets] == 1) & (parents[sources] == parents[targets])
    good &= sources != targets
    return dict(zip(sources[good].tolist(), targets[good].tolist(), strict=True))


def unglue(
    glued: Glued,
    sizes: Floats2,
    low: Floats2,
    high: Floats2,
    points: Floats2,
    start: Ints1,
    ends: tuple[Ints1, Ints1],
    across: bool = False,
) -> tuple[Floats2, Floats2, Floats2, Ints1]:
    """Corners and routes of all items and edges again: chips below their cards, in line with the line that goes on."""
    if not across:
        _level(glued, low, high, points, start)
    full_low, full_high = np.zeros((len(sizes), 2)), np.zeros((len(sizes), 2))
    full_low[glued.kept], full_high[glued.kept] = low, high
    routes: list[Floats2] = [np.zeros((0, 2))] * len(ends[0])
    leaving: dict[int, float] = {}
    for place, edge in enumerate(glued.kept_edges.tolist()):
        routes[edge] = points[start[place] : start[place + 1]]
        leaving[int(ends[0][edge])] = float(routes[edge][0, 0])
    for head, chain in glued.chains.items():
        left, right = float(full_low[head, 0]), float(full_high[head, 0])
        middle = leaving.get(chain[-1], (left + right) / 2)
        y = full_high[head, 1] = full_low[head, 1] + sizes[head, 1]
        for chip in chain:
            width, height = sizes[chip].tolist()
            x = round(min(max(left, middle - width / 2), right - width))
            y += CHIP_GAP
            full_low[chip], full_high[chip] = (x, y), (x + width, y + height)
            y += height
    _mend_sides(glued, full_low, full_high, routes, ends)
    inside = np.setdiff1d(np.arange(len(routes)), glued.kept_edges)
    for edge in inside.tolist():
        upper, lower = int(ends[0][edge]), int(ends[1][edge])
        x = (full_low[lower, 0] + full_high[lower, 0]) / 2
        routes[edge] = np.array([(x, full_high[upper, 1]), (x, full_low[lower, 1])])
    starts = np.cumsum([0, *(len(route) for route in routes)]).astype(np.int32)
    return full_low, full_high, np.concatenate(routes) if routes else np.zeros((0, 2)), starts


def _level(glued: Glued, low: Floats2, high: Floats2, points: Floats2, start: Ints1) -> None:
    """Raise cards that begin lines beside a card with chips, until both begin at one height."""
    rank = {item: place for place, item in enumerate(glued.kept.tolist())}
    entered = np.zeros(len(low), bool)
    entered[glued.targets] = True
    middle = low[:, 1] + high[:, 1]
    for head in (rank[item] for item in glued.chains):
        beside = (glued.parents == glued.parents[head]) & (np.abs(middle - middle[head]) < 1.0) & ~entered
        for item in np.flatnonzero(beside & (low[:, 1] > low[head, 1])).tolist():
            first = start[:-1][glued.sources == item]
            if (points[first, 1] != high[item, 1]).any():
                continue  # a line leaves it at a side
            up = low[item, 1] - low[head, 1]
            low[item, 1] -= up
            high[item, 1] -= up
            points[first, 1] -= up


def _mend_sides(glued: Glued, low: Floats2, high: Floats2, routes: list[Floats2], ends: tuple[Ints1, Ints1]) -> None:
    """Lines at a side: into the card itself, out of the last chip itself."""
    last = {chain[-1] for chain in glued.chains.values()}
    for edge in glued.kept_edges.tolist():
        source, target = int(ends[0][edge]), int(ends[1][edge])
        route = routes[edge]
        if len(route) == 2 and route[0, 1] == route[1, 1]:
            route = np.array([route[0], route.mean(axis=0), route.mean(axis=0), route[1]])  # for a turn half way
        if len(route) < 3:
            continue
        if source in last and route[0, 1] == route[1, 1]:
            route = routes[edge] = route.copy()
            route[0, 0] = high[source, 0] if route[1, 0] > route[0, 0] else low[source, 0]
            route[:2, 1] = (low[source, 1] + high[source, 1]) / 2
        if target in glued.chains and route[-1, 1] == route[-2, 1] > high[target, 1] - _CLEAR:
            route = routes[edge] = route.copy()
            route[-2:, 1] = high[target, 1] - _CLEAR
