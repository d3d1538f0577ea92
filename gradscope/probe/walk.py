"""The autograd graph from its roots: nodes, edges, fingerprint, and the columns that describe it.

What it promises. ``walk`` visits exactly the nodes reachable by ``next_functions``, each once, without recursion and
in an order that depends on the graph alone; so two iterations with one structure give every node the same id. Ids of
autograd nodes come first, those of inputs after them. Edges are ``next_functions`` turned to the direction of the
forward.

How it works. A list is both queue and result. Python wrappers of nodes live as long as the ``Walk`` does, which makes
``id(node)`` a safe key meanwhile. The fingerprint hashes operation names, output shapes and dtypes, edges, and the
indices of leaves; nothing in it depends on addresses.

What it does not do. It reads no tensor and no ``_saved_*`` (unpacking would run a checkpointed forward again), and it
is dropped at the end of the pass: nodes keep what they saved alive.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import torch

from . import compat

if TYPE_CHECKING:
    from .names import Parameters


class Walk:
    """Nodes by id, edges (source, source_output, target, target_input), and the row of each node."""

    __slots__ = ("edges", "fingerprint", "leaves", "metadata", "names", "nodes", "roots", "rows")

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.names: list[str] = []
        self.rows: dict[int, int] = {}
        self.edges: list[tuple[int, int, int, int]] = []
        self.metadata: list[list[tuple[tuple[int, ...], str, str]]] = []
        self.leaves: dict[int, torch.Tensor] = {}
        self.roots: list[tuple[int, int]] = []
        self.fingerprint = ""

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
        edge = torch.autograd.graph.get_gradient_edge(tensor)
    return edge.node, edge.output_nr


def walk(edges: list[tuple[Any, int]]) -> Walk:
    """Visit everything below the given (node, output number) pairs."""
    seen = Walk()
    seen.roots = [(seen.row(node), output) for node, output in edges]
    done = 0
    while done < len(seen.nodes):
        node = seen.nodes[done]
        name = compat.node_name(node)
        seen.names.append(name)
        if name == "AccumulateGrad":
            seen.leaves[done] = node.variable
        for position, (child, output) in enumerate(node.next_functions):
            if child is not None:
                seen.edges.append((seen.row(child), output, done, position))
        done += 1
    return seen


def fingerprint(seen: Walk, parameters: Parameters) -> str:
    """32 hex digits that two graphs share exactly when they are built alike from the same leaves."""
    seen.metadata = [compat.node_outputs(node) for node in seen.nodes]
    leaves = {row: parameters.index_of(tensor) for row, tensor in seen.leaves.items()}
    digest = hashlib.blake2b(digest_size=16)
    for row, name in enumerate(seen.names):
        digest.update(f"{name}{leaves.get(row, '')}{[(o[0], o[1]) for o in seen.metadata[row]]}".encode())
    digest.update(repr(seen.edges).encode())
    digest.update(repr(seen.roots).encode())
    seen.fingerprint = digest.hexdigest()
    return seen.fingerprint
