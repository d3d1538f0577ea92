"""Light level's way from the hooks to the reducer: what a pass repeats is worked out once.

A graph that was seen before brings gradients of known sizes in a known order. A hook only appends what it is handed;
when so many elements wait, the whole chunk is looked at together, and how it falls apart into batches of equal size is
remembered by the nodes it came from. What does not fit that picture - an undefined gradient, a subclass, a sparse one,
a leaf's own - goes the reducer's careful way.
"""

from __future__ import annotations

from itertools import chain, compress, repeat
from math import prod
from operator import attrgetter, is_not
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from .compat import is_transformed
from .guard import guarded_hook
from .reductions import CHUNK_ELEMENTS, CHUNK_TENSORS, FEW
from .tensors import quiet
from .together import Group, Together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .gate import Gate
    from .reductions import Reducer

CHUNKS_KNOWN = 512
_LEAST_COST = CHUNK_ELEMENTS // CHUNK_TENSORS  # a gradient however small
_layout = attrgetter("layout")
_DIRECT = frozenset(("float32", "float64"))
_ORDINARY = ({torch.Tensor}, {torch.strided})

Metadata = list[list[tuple[tuple[int, ...], str, str]]]


class Chunk(NamedTuple):
    """How the gradients of one chunk fall apart: groups of one size and type, and nodes that none reached.

    ``together``: in light level, the groups that are measured at once; ``few`` the others, of a few elements each.
    """

    groups: list[Group]
    undefined: list[int]
    together: Together | None
    few: list[Group]


class Chunks:
    """For one graph: the sizes of its gradients, and how the chunks met so far fall apart.

    ``costs[row]`` is how much of a chunk the gradients of a node take, 0 where they must go the careful way.
    """

    __slots__ = ("_kinds", "_known", "costs")

    def __init__(self, outputs: Metadata) -> None:
        self._kinds = [list(map(_kind, of_node)) for of_node in outputs]
        self.costs = [
            sum(max(kind[0], _LEAST_COST) for kind in kinds if kind) if all(kinds) else 0 for kinds in self._kinds
        ]
        self._known: dict[tuple[tuple[int, ...], tuple[bool, ...]], Chunk] = {}

    def chunk(self, rows: tuple[int, ...], defined: tuple[bool, ...]) -> Chunk:
        """The gradients of nodes ``rows``, output by output, of which those not ``defined`` are left out."""
        known = self._known.get((rows, defined))
        if known is None:
            if len(self._known) >= CHUNKS_KNOWN:
                self._known.clear()
            known = self._known[rows, defined] = self._apart(rows, defined)
        return known

    def _apart(self, rows: tuple[int, ...], defined: tuple[bool, ...]) -> Chunk:
        groups: dict[Any, Group] = {}
        undefined = []
        outputs = [(row, output, kind) for row in rows for output, kind in enumerate(self._kinds[row])]
        place = 0
        for (row, output, kind), there in zip(outputs, defined or repeat(True), strict=bool(defined)):
            if not there or kind is None:
                undefined += [row] if output == 0 else []
                continue
            group = groups.setdefault(kind, Group(kind[0]))
            group.nodes.append(row)
            group.outputs.append(output)
            group.places.append(place)
            place += 1
        several = [group for group in groups.values() if group.count > FEW]
        together = Together(several, len(self._known)) if several else None
        return Chunk(list(groups.values()), undefined, together, [g for g in groups.values() if g.count <= FEW])


def _kind(output: tuple[tuple[int, ...], str, str]) -> tuple[int, str] | None:
    """(elements, dtype) of an output whose gradients can be batched as they are."""
    shape, dtype, device = output
    count = prod(shape)
    return (count, dtype) if dtype in _DIRECT and device == "cpu" and count else None


class Gatherer:
    """Takes in the gradients of one pass, but for those of nodes ``passed_over``."""

    def __init__(
        self, reducer: Reducer, chunks: Chunks, leaves: Iterable[int], passed_over: Iterable[int] = ()
    ) -> None:
        self._reducer = reducer
        self._chunks = chunks
        self._costs = list(chunks.costs)
        for row in leaves:
            self._costs[row] = 0
        for row in passed_over:
            self._costs[row] = -1
        self._rows: list[int] = []
        self._gradients: list[tuple[Any, ...]] = []

    def hook(
        self, gate: Gate, hold: Callable[[int, tuple[Any, ...]], tuple[Any, ...] | None]
    ) -> Callable[[int, tuple[Any, ...]], Any]:
        """What every hooked node calls, with its row first; ``hold`` is asked once the gate wishes something else."""
        costs, flush = self._costs, guarded_hook("gradients", self._flush_at)
        careful, asked = guarded_hook("gradients", self._reducer.add_all), guarded_hook("gradients", hold)
        row_waits, gradients_wait = self._rows.append, self._gradients.append
        calm = None if gate.fine else gate.wish
        room = CHUNK_ELEMENTS

        def see(row: int, gradients: tuple[Any, ...]) -> Any:
            nonlocal room
            cost = costs[row]
            if cost > 0:
                row_waits(row)
                gradients_wait(gradients)
                room -= cost
                if room <= 0:
                    room = CHUNK_ELEMENTS
                    flush(row, gradients)
            elif not cost:
                careful(row, gradients)
            if gate.wish is not calm:
                return asked(row, gradients)
            return None

        return see

    def _flush_at(self, row: int, gradients: tuple[Any, ...]) -> None:
        del row, gradients  # they wait already
        self.flush()

    def flush(self) -> None:
        """Measure what waits."""
        rows, waiting = tuple(self._rows), self._gradients.copy()
        self._rows.clear()
        self._gradients.clear()
        if rows:
            self._measure(rows, waiting)

    def look(self, rows: Sequence[int], gradients: Sequence[torch.Tensor | None]) -> None:
        """Take in gradients that are on their way no more, such as the leaves' after a pass."""
        for start in range(0, len(rows), CHUNK_TENSORS):
            part, brought = tuple(rows[start : start + CHUNK_TENSORS]), gradients[start : start + CHUNK_TENSORS]
            if all(map(self._chunks.costs.__getitem__, part)):
                self._measure(part, [(gradient,) for gradient in brought])
            else:
                for row, gradient in zip(part, brought, strict=True):
                    self._reducer.look(row, 0, gradient)

    def _measure(self, rows: tuple[int, ...], waiting: list[tuple[Any, ...]]) -> None:
        """Measure the gradients of some nodes, each node's outputs together."""
        gradients = list(chain.from_iterable(waiting))
        there = tuple(map(is_not, gradients, repeat(None)))
        if False in there:
            gradients = list(compress(gradients, there))
        else:
            there = ()
        with quiet():
            if _ordinary(gradients):
                chunk = self._chunks.chunk(rows, there)
                together = None if self._reducer.full else chunk.together
                for group in chunk.groups if together is None else chunk.few:
                    self._reducer.measure(group, [gradients[place] for place in group.places])
                if together is not None:
                    self._reducer.measure_together(together, gradients)
                for row in chunk.undefined:
                    self._reducer.look(row, 0, None)
                return
        for row, of_node in zip(rows, waiting, strict=True):
            for output, gradient in enumerate(of_node):
                if output == 0 or gradient is not None:
                    self._reducer.look(row, output, gradient)


def _ordinary(gradients: Sequence[Any]) -> bool:
    """Plain dense tensors all of them; to be called inside ``quiet``."""
    if not gradients:
        return True
    if set(map(type, gradients)) != _ORDINARY[0] or set(map(_layout, gradients)) != _ORDINARY[1]:
        return False
    return not any(map(is_transformed, gradients))
