"""Large pictures put together from small ones: each kind of box is laid out once, and set in wherever it occurs.

A graph of 50,000 nodes repeats a few dozen boxes thousands of times. Boxes of one kind hold cards of the same heights
with the same lines between them; in each place the widest card counts, so that they look alike. What was laid out is
remembered, so that after a click only the boxes around what changed are laid out anew.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .box import Arranged, Inside, arrange, straight_on
from .geometry import Layout
from .hops import cut_into_hops
from .runs import with_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from .geometry import Floats2, Ints1
    from .hops import Hops, Nesting, Rows
    from .strips import Floats1

_Crossing: TypeAlias = "Callable[[Rows, Rows], Rows]"
Pairs: TypeAlias = np.ndarray[tuple[int], np.dtype[np.complex128]]
Hashes: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint64]]

MOST_KEPT = 4096
_CARD, _BOX, _RUN = 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Where each hop begins and ends in its box: a child's place (0: the box's border), and its crossing."""

    from_place: Rows
    from_crossing: Rows
    to_place: Rows
    to_crossing: Rows


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """k kinds of boxes. ``of`` is the kind by item and last of the whole, -1 for cards; ``example`` a box of each.

    ``first`` counts the places of all kinds through; ``slot[i]`` is the one that item i takes.
    """

    of: Rows
    example: Rows
    inwards: Rows  # kinds, the innermost first
    first: Rows
    slot: Rows
    widths: Floats1  # by slot, of the widest card
    headers: Floats1  # by kind, of the widest header; -1 without border
    hashes: Hashes  # by kind, ascending

    def key(self, kind: int, inner: list[Arranged], turned: bool) -> Hashable:
        """What the picture of a kind depends on; ``inner`` are the boxes in it, by kind."""
        widths = self.widths[self.first[kind] : self.first[kind + 1]]
        return (int(self.hashes[kind]), widths.tobytes(), float(self.headers[kind]), turned, *inner)


class Composer:
    """Lays out large graphs, and remembers the boxes that it has laid out."""

    def __init__(self, spacing: Mapping[str, float], most_kept: int = MOST_KEPT) -> None:
        self._spacing = spacing
        self._most_kept = most_kept
        self._known: OrderedDict[Hashable, Arranged] = OrderedDict()  # by all that the engine is asked
        self._kinds: OrderedDict[Hashable, Arranged] = OrderedDict()  # by kind, which is found out sooner
        self.engine_calls = 0

    def compose(
        self, sizes: Floats2, sources: Ints1, targets: Ints1, parents: Ints1, direction: str = "down"
    ) -> Layout:
        """Rectangles and routes as ``engine.layout`` describes them; to the right is downwards with x and y swapped."""
        if direction == "down":
            return self._composed(sizes, sources, targets, parents, turned=False)
        made = self._composed(np.ascontiguousarray(sizes[:, ::-1]), sources, targets, parents, turned=True)
        rects, points = made.rects[:, [1, 0, 3, 2]], made.points[:, ::-1]
        return Layout(np.ascontiguousarray(rects), np.ascontiguousarray(points), made.start)

    def _composed(self, sizes: Floats2, sources: Ints1, targets: Ints1, parents: Ints1, *, turned: bool) -> Layout:
        nested, runs = with_runs(parents, sources, targets)
        hops = cut_into_hops(nested, sources, targets)
        count = len(sizes)
        extents = np.vstack((sizes, np.zeros((runs, 2)))).astype(np.float64)
        ends = _ends(nested, hops)
        kinds = _kinds(nested, hops, ends, extents, count, turned)
        made: dict[int, Arranged] = {}
        for kind in kinds.inwards.tolist():
            inner = np.unique(kinds.of[nested.children(int(kinds.example[kind]))])
            key = kinds.key(kind, [made[one] for one in inner.tolist() if one >= 0], turned)
            known = self._kinds.get(key)
            if known is None:
                inside = _inside(kind, nested, hops, ends, extents, kinds, made)
                known = self._kinds[key] = self._arranged(replace(inside, turned=turned))
            else:
                self._kinds.move_to_end(key)
            made[kind] = known
        for remembered in (self._known, self._kinds):
            while len(remembered) > self._most_kept:
                remembered.popitem(last=False)
        arranged = [made[kind] for kind in range(len(kinds.example))]
        corners, extents = _places(nested, kinds, extents, arranged)
        points, start = _routes(hops, kinds, corners, arranged)
        return Layout(np.hstack((corners[:count], extents[:count])), points, start)

    def _arranged(self, inside: Inside) -> Arranged:
        arrays = (inside.sizes, inside.solid, inside.sources, inside.targets, inside.from_x, inside.to_x)
        key = (*(array.tobytes() for array in arrays), inside.enter, inside.leave, inside.header, inside.turned)
        known = self._known.get(key)
        if known is None:
            self.engine_calls += 1
            known = self._known[key] = arrange(inside, self._spacing)
        else:
            self._known.move_to_end(key)
        return known


def _ends(nested: Nesting, hops: Hops) -> _Ends:
    """Crossings are counted from 1; 0 means a card, which has none."""
    return _Ends(
        *_side(nested, hops, hops.source, hops.entry, hops.exit),
        *_side(nested, hops, hops.target, hops.exit, hops.entry),
    )


def _side(nested: Nesting, hops: Hops, ends: Rows, of_border: _Crossing, of_child: _Crossing) -> tuple[Rows, Rows]:
    """Place and crossing where hops begin, or where they end."""
    border = ends < 0
    crossing = of_child(np.where(border, len(nested.parents), ends), hops.net) + 1
    at = np.flatnonzero(border)
    crossing[at] = of_border(hops.box[at], hops.net[at]) + 1
    return np.where(border, 0, nested.place.take(ends) + 1), crossing


def _kinds(nested: Nesting, hops: Hops, ends: _Ends, extents: Floats2, count: int, turned: bool) -> _Kinds:
    total = len(nested.parents)
    boxes = np.flatnonzero(np.diff(nested.first)[: total + 1] > 0)
    hashes = _hashes(nested, hops, ends, extents, boxes, count)[boxes]
    each, index, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    of = np.full(total + 1, -1, np.int64)
    of[boxes] = inverse
    example = boxes[index]
    level = np.append(nested.level, 0)
    deepest = np.zeros(len(example), np.int64)
    np.maximum.at(deepest, inverse, level[boxes])
    first = np.concatenate(([0], np.cumsum(np.diff(nested.first)[example]))).astype(np.int64)
    slot = first[of[nested.parents]] + nested.place
    widths = np.zeros(first[-1])
    np.maximum.at(widths, slot, extents[:, 0])
    drawn = boxes < count
    headers = np.full(len(example), -1.0)
    np.maximum.at(headers, inverse[drawn], extents[boxes[drawn], int(turned)])
    return _Kinds(of, example, np.argsort(-deepest, kind="stable"), first, slot, widths, headers, each)


def _hashes(nested: Nesting, hops: Hops, ends: _Ends, extents: Floats2, boxes: Rows, count: int) -> Hashes:
    """By item, the same number for the same structure: heights, what is in a box, and lines in it, place by place."""
    total = len(nested.parents)
    made = np.empty(total + 1, np.uint64)
    made[:total] = _mixed(extents[:, 1].astype(np.uint64) * np.uint64(4) + np.uint64(_CARD))
    sums = np.zeros(total + 1, np.uint64)
    number = np.arange(len(hops.box)) - hops.first[hops.box]
    lines = _mixed(_pair(ends.from_place, ends.from_crossing))
    lines = _mixed(lines ^ _pair(ends.to_place, ends.to_crossing)) ^ _mixed(number.astype(np.uint64))
    np.add.at(sums, hops.box, _mixed(lines))
    level = np.append(nested.level, 0)
    depth = level[boxes]
    for height in range(int(depth.max(initial=0)), -1, -1):
        here = boxes[depth == height]
        children = np.flatnonzero(nested.level == height + 1)
        placed = _mixed(made[children] ^ _mixed(nested.place[children].astype(np.uint64)))
        np.add.at(sums, nested.parents[children], placed)
        made[here] = _mixed(sums[here] ^ np.where(here < count, _BOX, _RUN).astype(np.uint64))
    return made


def _pair(one: Rows, other: Rows) -> Hashes:
    return (one.astype(np.uint64) << np.uint64(32)) ^ other.astype(np.uint64)


def _mixed(values: Hashes) -> Hashes:
    """Spread bits evenly (the finalizer of splitmix64, Steele, Lea and Flood 2014)."""
    mixed: Hashes = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _inside(
    kind: int,
    nested: Nesting,
    hops: Hops,
    ends: _Ends,
    extents: Floats2,
    kinds: _Kinds,
    made: dict[int, Arranged],
) -> Inside:
    """What the engine is asked for a kind of box, from its example."""
    box = int(kinds.example[kind])
    children = nested.children(box)
    inner = kinds.of[children]
    sizes = np.column_stack((kinds.widths[kinds.first[kind] : kinds.first[kind + 1]], extents[children, 1]))
    for place in np.flatnonzero(inner >= 0).tolist():
        child = made[int(inner[place])]
        sizes[place] = child.width, child.height
    rows = slice(int(hops.first[box]), int(hops.first[box + 1]))
    enter = int(hops.enter_first[box + 1] - hops.enter_first[box])
    leave = int(hops.leave_first[box + 1] - hops.leave_first[box])
    from_place, from_crossing = ends.from_place[rows], ends.from_crossing[rows]
    to_place, to_crossing = ends.to_place[rows], ends.to_crossing[rows]
    from_x, to_x = np.full(len(from_place), np.nan), np.full(len(to_place), np.nan)
    for row in np.flatnonzero((from_place > 0) & (from_crossing > 0)).tolist():
        from_x[row] = made[int(inner[from_place[row] - 1])].leave_x[from_crossing[row] - 1]
    for row in np.flatnonzero((to_place > 0) & (to_crossing > 0)).tolist():
        to_x[row] = made[int(inner[to_place[row] - 1])].enter_x[to_crossing[row] - 1]
    return Inside(
        sizes,
        inner >= 0,
        enter,
        leave,
        np.where(from_place > 0, from_place - 1, len(children) + from_crossing - 1),
        np.where(to_place > 0, to_place - 1, len(children) + enter + to_crossing - 1),
        from_x,
        to_x,
        float(kinds.headers[kind]),
    )


def _places(nested: Nesting, kinds: _Kinds, extents: Floats2, arranged: list[Arranged]) -> tuple[Floats2, Floats2]:
    """Absolute corners, the whole picture's last, and sizes of all items."""
    total = len(nested.parents)
    corners = np.zeros((total + 1, 2))
    pairs = as_pairs(corners)
    as_pairs(np.concatenate([box.corners for box in arranged])).take(kinds.slot, out=pairs[:total])
    for level in range(2, int(nested.level.max(initial=0)) + 1):
        here = np.flatnonzero(nested.level == level)
        pairs[here] += pairs.take(nested.parents.take(here))
    sizes = np.column_stack((kinds.widths[kinds.slot], extents[:, 1]))
    boxes = np.flatnonzero(kinds.of[:total] >= 0)
    sizes[boxes] = np.array([(box.width, box.height) for box in arranged])[kinds.of[boxes]]
    return corners, sizes


def _routes(hops: Hops, kinds: _Kinds, corners: Floats2, arranged: list[Arranged]) -> tuple[Floats2, Ints1]:
    """The hops of each line one after the other."""
    points = np.concatenate([box.points for box in arranged])
    before = np.concatenate(([0], np.cumsum([len(box.points) for box in arranged])))
    lines_before = np.concatenate(([0], np.cumsum([len(box.start) - 1 for box in arranged])))
    begins = np.concatenate([box.start[:-1] + before[kind] for kind, box in enumerate(arranged)])
    lengths = np.concatenate([np.diff(box.start) for box in arranged])
    box = hops.box[hops.taken]
    piece = lines_before[kinds.of[box]] + hops.taken - hops.first[box]
    joined = np.ones(len(piece), np.int64)  # where a piece begins at the end of another, that point is there already
    joined[hops.start[:-1]] = 0
    sizes = lengths[piece] - joined
    ends = np.cumsum(sizes)
    rows = np.repeat(begins[piece] + joined - (ends - sizes), sizes)
    rows += np.arange(len(rows))
    pairs = as_pairs(points).take(rows)
    pairs += np.repeat(as_pairs(corners).take(box), sizes)
    whole = pairs.view(np.float64).reshape(-1, 2)
    start = np.concatenate(([0], ends))
    needless = start[:-1][joined == 1] - 1
    needless = needless[straight_on(whole, needless)]
    kept = np.ones(len(whole) + 1, bool)
    kept[needless] = False
    dropped = np.concatenate(([0], np.cumsum(~kept[:-1])))
    start = start[hops.start]
    start -= dropped[start]
    return pairs[kept[:-1]].view(np.float64).reshape(-1, 2), start.astype(np.int32)


def as_pairs(points: Floats2) -> Pairs:
    """The same x and y, seen as one number each: numpy moves these several times faster than rows of two."""
    return points.view(np.complex128).reshape(-1)
