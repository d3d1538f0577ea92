"""Graphs seen before: what follows from a graph's structure alone is worked out once and remembered.

What it promises. A graph is recognised only if its operations, its edges, its roots, the shapes and dtypes of all
outputs and the leaves it starts from are the same: nothing is guessed.

How it works. Comparing two lists costs far less than describing a node, and training repeats itself: a walk is
compared with the few structures seen last. Shapes are asked for where they can be others: what a sigmoid or a product
of two tracked tensors gives out follows from what goes in. What stands here holds types and numbers, never a node or a
tensor.
"""

from __future__ import annotations

from itertools import chain
from operator import eq
from typing import TYPE_CHECKING, Any

from . import compat
from .gathering import Chunks
from .prehooks import Prehooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .alike import Alike

REMEMBERED = 24
# Operations whose outputs follow from these of their inputs, by shape and dtype, if all of them are tracked.
FOLLOWS = {
    "SigmoidBackward0": (0,),
    "TanhBackward0": (0,),
    "ReluBackward0": (0,),
    "GeluBackward0": (0,),
    "SiluBackward0": (0,),
    "NegBackward0": (0,),
    "ExpBackward0": (0,),
    "TBackward0": (0,),
    "CloneBackward0": (0,),
    "AddBackward0": (0, 1),
    "SubBackward0": (0, 1),
    "MulBackward0": (0, 1),
    "DivBackward0": (0, 1),
    "MmBackward0": (0, 1),
    "BmmBackward0": (0, 1),
    "AddmmBackward0": (1, 2),
    "NativeLayerNormBackward0": (0, 1),
}

Metadata = list[list[tuple[tuple[int, ...], str, str]]]


class Variant:
    """One structure with one set of shapes and leaves: what has a fingerprint.

    ``norms`` are the last ones told, by node. ``alike`` says which nodes the same gradient passes, once it is worked
    out; ``unlike`` that measuring every node showed otherwise. ``turn`` counts passes, ``chunks``
    remembers how its gradients are batched, ``prehooks`` what holds its hooks, ``behind`` what holds those behind.
    """

    __slots__ = (
        "_asked",
        "_identity",
        "_outputs",
        "_several",
        "alike",
        "behind",
        "chunks",
        "fingerprint",
        "metadata",
        "norms",
        "prehooks",
        "turn",
        "unlike",
    )

    def __init__(self, identity: list[Any], nodes: list[Any], asked: Sequence[int]) -> None:
        self._identity = identity
        self._asked = asked
        self._outputs = _outputs([nodes[row] for row in asked])
        self.metadata: Metadata = [compat.node_outputs(node) for node in nodes]
        self._several = [(row, len(self.metadata[row])) for row in asked if len(self.metadata[row]) != 1]
        self.fingerprint = ""
        self.norms: dict[int, float] = {}
        self.alike: Alike | None = None
        self.chunks = Chunks(self.metadata)
        self.prehooks = Prehooks()
        self.behind = Prehooks(behind=True)
        self.unlike = not self._outputs
        self.turn = 0

    def is_of(self, identity: list[Any], nodes: list[Any]) -> bool:
        """Whether a graph of the same structure is this one again.

        Compared one by one, so that no object outlives its comparison: thousands that do would set off the collector.
        """
        if self._identity != identity or not self._outputs:
            return False
        if any(len(compat.outputs_of(nodes[row])) != count for row, count in self._several):
            return False
        asked = _each_output(map(nodes.__getitem__, self._asked))
        return all(map(eq, chain(map(compat.output_kind, asked), (END,)), self._outputs))

    def next_turn(self) -> int:
        """How many passes there were before."""
        self.turn += 1
        return self.turn - 1


class Structure:
    """Operations and edges by row, and the variants seen of them."""

    __slots__ = ("asked", "edges", "leaf_rows", "links", "names", "roots", "types", "variants")

    def __init__(self, types: list[Any], links: list[int], roots: list[tuple[int, int]]) -> None:
        self.types = types
        self.links = links
        self.roots = roots
        self.names = [compat.type_name(kind) for kind in types]
        self.leaf_rows = [row for row, name in enumerate(self.names) if name == "AccumulateGrad"]
        self.edges = _edges(links)
        self.asked = _asked(self.names, self.edges)
        self.variants: list[Variant] = []

    def variant(self, identity: list[Any], nodes: list[Any]) -> Variant | None:
        """The one with these leaves and shapes, if it was seen."""
        return next((known for known in self.variants if known.is_of(identity, nodes)), None)

    def add(self, variant: Variant) -> None:
        """Remember a variant; the oldest gives way."""
        self.variants.insert(0, variant)
        del self.variants[REMEMBERED:]


class Structures:
    """The structures seen last."""

    def __init__(self) -> None:
        self._known: list[Structure] = []

    def of(self, types: list[Any], links: list[int], roots: list[tuple[int, int]]) -> Structure:
        """The structure that a walk came to."""
        for position, known in enumerate(self._known):
            if known.links == links and known.types == types and known.roots == roots:
                if position:
                    self._known.insert(0, self._known.pop(position))
                return known
        structure = Structure(types, links, roots)
        self._known.insert(0, structure)
        del self._known[REMEMBERED:]
        return structure


def _asked(names: list[str], edges: list[tuple[int, int, int, int]]) -> list[int]:
    """The rows whose outputs do not follow from what goes in."""
    tracked: list[set[int]] = [set() for _ in names]
    for _, _, target, position in edges:
        tracked[target].add(position)
    return [row for row, name in enumerate(names) if name not in FOLLOWS or not tracked[row].issuperset(FOLLOWS[name])]


def _each_output(nodes: Iterable[Any]) -> Iterator[Any]:
    return chain.from_iterable(map(compat.outputs_of, nodes))


def _outputs(nodes: list[Any]) -> list[Any]:
    """What ``compat.output_kind`` says of every output; empty if torch does not say it of all."""
    try:
        return [*map(compat.output_kind, _each_output(nodes)), END]
    except (AttributeError, RuntimeError, TypeError):  # a nested tensor has no sizes
        return []


def _edges(links: list[int]) -> list[tuple[int, int, int, int]]:
    """(source, source_output, target, target_input) from what ``walk`` noted: -1 no edge, -2 the end of a node."""
    edges = []
    target, position, place = 0, 0, 0
    while place < len(links):
        source = links[place]
        if source == END:
            target, position = target + 1, -1
        elif source != NOTHING:
            place += 1
            edges.append((source, links[place], target, position))
        place += 1
        position += 1
    return edges


NOTHING, END = -1, -2
