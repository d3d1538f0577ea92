"""Lines cut at the borders of boxes: each piece, a hop, runs inside one box, between its children and its borders.

A line from one item into another leaves the boxes around the first by their lower borders, crosses the innermost box
around both, and enters the boxes around the second by their upper borders. Lines of one source share their hops, and
so do the many that come together in one target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from .geometry import Ints1

Rows: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
MOST_APART = 24  # lines into one target that are led there one by one; more come as one
Rows2: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Nesting:
    """n items in their boxes; row n is the whole picture.

    ``level[i]`` is 1 for outermost items; ``chain[l, i]`` is the box around item i at level l, the item itself at its
    own level, -1 below. ``order[first[b]:first[b + 1]]`` are the children of box b, in order; ``place[i]`` is the
    number of item i among its siblings.
    """

    parents: Rows
    level: Rows
    chain: Rows2
    order: Rows
    first: Rows
    place: Rows

    def children(self, box: int) -> Rows:
        """Items directly inside a box."""
        return self.order[self.first[box] : self.first[box + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class Hops:
    """h different hops, those of one box together: they run in ``box`` and carry the lines of one ``net``.

    A net is the source of its lines, or n and the target of many. ``source`` and ``target`` are children of the box,
    -1 for its upper and its lower border. Border crossings are numbered box by box and listed, as codes
    box * 2n + net, in ``enter`` and ``leave``. Line e takes the hops ``taken[start[e]:start[e + 1]]``.
    """

    box: Rows
    net: Rows
    source: Rows
    target: Rows
    first: Rows  # by box, n + 2 of them
    enter: Rows
    leave: Rows
    enter_first: Rows  # by box, into ``enter``
    leave_first: Rows
    taken: Rows
    start: Rows

    def entry(self, box: Rows, net: Rows) -> Rows:
        """Number of the crossing by which a net enters a box, counted within the box; -1 if it does not."""
        return _number(self.enter, self.enter_first, box, net)

    def exit(self, box: Rows, net: Rows) -> Rows:
        """Number of the crossing by which a net leaves a box."""
        return _number(self.leave, self.leave_first, box, net)


def nesting(parents: Ints1 | Rows) -> Nesting:
    """Levels and children from parents."""
    total = len(parents)
    around = np.where(parents < 0, total, parents).astype(np.int64)
    padded = np.append(around, total)
    level, chain = _levels(around, padded)
    order = np.argsort(around, kind="stable").astype(np.int64)
    first = np.concatenate(([0], np.cumsum(np.bincount(around, minlength=total + 1)))).astype(np.int64)
    place = np.empty(total, np.int64)
    place[order] = np.arange(total) - first[around[order]]
    return Nesting(around, level, chain, order, first, place)


def _levels(around: Rows, padded: Rows) -> tuple[Rows, Rows2]:
    """Level and chain: where an item's way up is at the whole picture, it stays there."""
    total = len(around)
    level = np.ones(total, np.int64)
    ways = [np.arange(total, dtype=np.int64)]
    up = around
    while (up < total).any():
        level += up < total
        ways.append(up)
        up = padded.take(up)
    chain = np.full((len(ways) + 1, total), -1, np.int64)
    chain[0] = total
    flat, every = chain.reshape(-1), ways[0]
    for height, boxes in enumerate(ways):
        inner = every if not height else np.flatnonzero(level > height)
        flat[(level.take(inner) - height) * total + inner] = boxes.take(inner)
    return level, chain


def cut_into_hops(nested: Nesting, sources: Ints1, targets: Ints1) -> Hops:
    """All hops of all lines, each different one once."""
    total = len(nested.parents)
    many = np.bincount(targets, minlength=total) > MOST_APART
    nets = np.where(many[targets], total + targets, sources).astype(np.int64)
    box, source, target, edge, step, lengths = _walked(nested, sources.astype(np.int64), targets.astype(np.int64))
    net = nets[edge]
    start = np.concatenate(([0], np.cumsum(lengths)))
    other = np.where(net < total, target, source)  # the end that net and box leave open
    code = (box * 2 * total + net) * (total + 1) + np.where(other < 0, total, other)
    _, index, inverse = np.unique(code, return_index=True, return_inverse=True)
    taken = np.empty(len(code), np.int64)
    taken[start[edge] + step] = inverse
    box, net, source, target = box[index], net[index], source[index], target[index]
    crossing = box * 2 * total + net  # in order, as the hops are
    enter, leave = _different(crossing[source < 0]), _different(crossing[target < 0])
    return Hops(
        box,
        net,
        source,
        target,
        _begins(box, total + 2),
        enter,
        leave,
        _begins(enter // (2 * total), total + 2),
        _begins(leave // (2 * total), total + 2),
        taken,
        start.astype(np.int64),
    )


def _different(ordered: Rows) -> Rows:
    """Each number once."""
    return ordered[np.flatnonzero(np.diff(ordered, prepend=-1))]


def _begins(ordered: Rows, count: int) -> Rows:
    """By number from 0 to ``count``, exclusive, where it begins."""
    amounts = np.bincount(ordered, minlength=count)
    return np.asarray(np.cumsum(amounts) - amounts, np.int64)


def shared_levels(nested: Nesting, sources: Rows, targets: Rows) -> Rows:
    """How many boxes are around both ends of each line."""
    common = np.zeros(len(sources), np.int64)
    same = np.ones(len(sources), bool)
    for boxes in nested.chain[1:]:
        same &= boxes.take(sources) == boxes.take(targets)
        common += same
    return common


def _walked(nested: Nesting, sources: Rows, targets: Rows) -> tuple[Rows, ...]:
    """box, source, target, line and step of every hop, and the number of hops by line."""
    chain = nested.chain
    common = shared_levels(nested, sources, targets)
    high, low = nested.level.take(sources), nested.level.take(targets)
    up, down = high - common - 1, low - common - 1
    every = np.arange(len(sources))
    shared, at = chain.reshape(-1), common * len(nested.parents)
    crossing = shared.take(at + sources)
    at += len(nested.parents)
    parts = [(crossing, shared.take(at + sources), shared.take(at + targets), every, up)]
    for height in range(2, len(chain)):
        beyond = common + 2 <= height
        out = np.flatnonzero((high >= height) & beyond)
        item = sources[out]
        border = np.full(len(out), -1, np.int64)
        parts.append((chain[height - 1].take(item), chain[height].take(item), border, out, high[out] - height))
        into = np.flatnonzero((low >= height) & beyond)
        item = targets[into]
        border = np.full(len(into), -1, np.int64)
        later = up[into] + height - common[into] - 1
        parts.append((chain[height - 1].take(item), border, chain[height].take(item), into, later))
    return (*(np.concatenate(column) for column in zip(*parts, strict=True)), up + down + 1)


def _number(codes: Rows, first: Rows, box: Rows, net: Rows) -> Rows:
    """Where (box, net) stands among the crossings of its box; -1 where it is none, or ``box`` is."""
    total = len(first) - 2
    found = np.full(len(box), -1, np.int64)
    asked = np.flatnonzero((box >= 0) & (first[box + 1] > first[box])) if len(codes) else found[:0]
    wanted = box[asked] * 2 * total + net[asked]
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    found[asked] = np.where(codes[at] == wanted, at - first[box[asked]], -1) if len(asked) else 0
    return found
