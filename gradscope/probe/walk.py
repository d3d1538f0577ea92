"""The autograd graph from its roots: nodes, edges, fingerprint, and the columns that describe it.

What it promises. ``walk`` visits exactly the nodes reachable by ``next_functions``, each once, without recursion and
in an order that depends on the graph alone; so two iterations with one structure give every node the same id. Ids of
autograd nodes come first, those of inputs after them. Edges are ``next_functions`` turned to the direction of the
forward.

How it works. A list is both queue and result. Python wrappers of nodes live as long as the ``Walk`` does, which makes
``id(node)`` a safe key meanwhile. What follows from types and edges alone is remembered in ``Structures``. The
fingerprint hashes operation names, output shapes and dtypes, edges, and the indices of leaves; nothing in it depends
on addresses.

What it does not do. It reads no tensor and no ``_saved_*`` (unpacking would run a checkpointed forward again), and it
is dropped at the end of the pass: nodes keep what they saved alive.
"""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import torch

from . import compat
from .structures import END, NOTHING, Variant
from .tensors import quiet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .names import Parameters
    from .structures import Metadata, Structure, Structures


class Walk:
    """Nodes by id, edges (source, source_output, target, target_input), and the row of each node."""

    __slots__ = (
        "edges",
        "fingerprint",
        "leaves",
        "metadata",
        "names",
        "nodes",
        "roots",
        "rows",
        "structure",
        "variant",
    )

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.names: list[str] = []
        self.rows: dict[int, int] = {}
        self.edges: list[tuple[int, int, int, int]] = []
        self.metadata: Metadata = []
        self.leaves: dict[int, torch.Tensor] = {}
        self.roots: list[tuple[int, int]] = []
        self.fingerprint = ""
        self.structure: Structure | None = None
        self.variant: Variant | None = None

    def row(self, node: Any) -> int:
        """The id of a node, given to it now if it is new."""
        row = self.rows.get(id(node))
        if row is None:
            row = self.rows[id(node)] = len(self.nodes)
            self.nodes.append(node)
        return row


def root_edge(tensor: Any) -> tuple[Any, int]:
    """The node and output number that a tensor's gradient enters the graph by.

    Raises:
        RuntimeError: the tensor takes no gradient.
    """
    edge = tensor if isinstance(tensor, torch.autograd.graph.GradientEdge) else None
    if edge is None:
        # To come to the node of a leaf torch makes a view of it, which a mode of the user's would see.
        with quiet() if compat.is_leaf(tensor) else nullcontext():
            edge = torch.autograd.graph.get_gradient_edge(tensor)
    return edge.node, edge.output_nr


def input_places(seen: Walk, inputs: Iterable[Any]) -> list[tuple[int, int]]:
    """(row, output number) of each tensor that the engine was asked for; row -1 where no path leads."""
    leaves = {id(leaf): row for row, leaf in seen.leaves.items()}
    places = []
    for tensor in inputs:
        if isinstance(tensor, torch.Tensor) and compat.is_leaf(tensor):
            places.append((leaves.get(id(tensor), -1), 0))
        else:
            node, output = root_edge(tensor)
            places.append((seen.rows.get(id(node), -1), output))
    return places


def walk(edges: list[tuple[Any, int]], structures: Structures) -> Walk:
    """Visit everything below the given (node, output number) pairs."""
    seen = Walk()
    seen.roots = [(seen.row(node), output) for node, output in edges]
    nodes, rows = seen.nodes, seen.rows
    links: list[int] = []
    for node in nodes:  # it grows meanwhile
        for child, output in node.next_functions:
            if child is None:
                links.append(NOTHING)
                continue
            row = rows.get(id(child))
            if row is None:
                row = rows[id(child)] = len(nodes)
                nodes.append(child)
            links.append(row)
            links.append(output)
        links.append(END)
    structure = seen.structure = structures.of(compat.node_types(nodes), links, seen.roots)
    seen.names, seen.edges = structure.names, structure.edges
    seen.leaves = {row: nodes[row].variable for row in structure.leaf_rows}
    return seen


def fingerprint(seen: Walk, parameters: Parameters, place: str = "") -> str:
    """32 hex digits that two graphs share exactly when they are built alike from the same leaves.

    ``place`` is the line that asked for the pass: of two equal losses each has its own source lines.
    """
    assert seen.structure is not None
    leaves = {row: parameters.index_of(tensor) for row, tensor in seen.leaves.items()}
    identity = [place, *leaves.values(), *(tensor.device for tensor in seen.leaves.values())]
    variant = seen.structure.variant(identity, seen.nodes)
    if variant is None:
        variant = Variant(identity, seen.nodes, seen.structure.asked)
        variant.fingerprint = _digest(seen, variant.metadata, leaves, place)
        seen.structure.add(variant)
    seen.variant, seen.metadata, seen.fingerprint = variant, variant.metadata, variant.fingerprint
    return variant.fingerprint


def _digest(seen: Walk, metadata: Metadata, leaves: dict[int, int], place: str) -> str:
    digest = hashlib.blake2b(place.encode(), digest_size=16)
    for row, name in enumerate(seen.names):
        digest.update(f"{name}{leaves.get(row, '')}{[(o[0], o[1]) for o in metadata[row]]}".encode())
    digest.update(repr(seen.edges).encode())
    digest.update(repr(seen.roots).encode())
    return digest.hexdigest()
