"""From roots to a told graph:

walk it, name its leaves, send it if it is new, measure the forward values that are kept.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from . import compat
from .columns import GraphColumns
from .forward_times import forward_timed
from .naming import tensor_names
from .parts import Shown
from .reductions import Reducer
from .structures import Structures
from .tensors import untouchable
from .walk import Walk, fingerprint, root_edge, walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from .parts import Parts

GRAPHS_TOLD = 48  # the session keeps a few more than this
DETAILS_ON_NEW_GRAPHS = 32  # a network whose shapes change for ever must not be captured in detail for ever


class Capture:
    """Knows which graphs the session has."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._told: dict[str, bool] = {}  # fingerprint: told with all that detail level knows
        self._calls: dict[str, list[tuple[int, int]]] = {}
        self._root_names: dict[str, list[str]] = {}
        self._details_left = DETAILS_ON_NEW_GRAPHS
        self._structures = Structures()

    @property
    def any_told(self) -> bool:
        """A whole graph was told: there is something to look at before the next forward."""
        return bool(self._told)

    def whole(self, roots: Sequence[Any], frame: FrameType | None) -> tuple[Walk, str]:
        """Walk and tell the graph of a pass; the walk, and the variable that its first root is called by.

        Raises:
            RuntimeError: a root takes no gradient; torch is about to say so itself.
        """
        parts = self._parts
        seen = walk([root_edge(root) for root in roots], self._structures)
        names = tensor_names(frame) if frame is not None and (parts.detail or self._unknown_leaves(seen)) else {}
        self._learn_leaves(seen, names)
        key = fingerprint(seen, parts.parameters, _place(frame))
        if key not in self._told or parts.detail:
            parts.parameters.refresh()
        self._tell_parameters()
        root_names = [names.get(id(root), "") for root in roots]
        known = self._told.get(key)
        if known is None and not parts.detail and self._details_left > 0:
            self._details_left -= 1
            parts.want_detail = True
        if known is None or (parts.detail and not known) or parts.gate.stepping:
            if not names and frame is not None:
                names = tensor_names(frame)
                root_names = [names.get(id(root), "") for root in roots]
            self._tell_graph(seen, root_names, partial=False)
            self._root_names[key] = root_names
        else:
            root_names = self._root_names[key]
            known_inputs = parts.shown.current and parts.shown.fingerprint == key
            self._show(seen, parts.shown.inputs if known_inputs else [], self._calls[key])
        if parts.detail:
            parts.records.reach(seen.leaves.values())
        parts.fingerprint = key
        return seen, root_names[0] if root_names else ""

    def under_way(self, frame: FrameType | None, with_saved: bool = False) -> None:
        """Tell the graph as far as the forward has come: everything below the results that still live."""
        parts = self._parts
        edges = []
        for reference in parts.results:
            tensor = reference()
            if tensor is not None and tensor.requires_grad:
                edges.append(root_edge(tensor))
        seen = walk(edges[-256:], self._structures)
        self._learn_leaves(seen, tensor_names(frame) if frame is not None else {})
        fingerprint(seen, parts.parameters, "")
        seen.roots = []
        self._tell_parameters()
        self._tell_graph(seen, [], partial=True, with_saved=with_saved)
        self.tell_values()

    def leaves_only(self, frame: FrameType | None) -> None:
        """Before the first forward: the leaves that are known already, as a graph without operations."""
        parts = self._parts
        for tensor, name in _leaves_of(frame):
            parts.parameters.learn(tensor, name)
        seen = Walk()
        for index, tensor in parts.parameters.living():
            row = len(seen.nodes)
            seen.nodes.append(None)
            seen.names.append("AccumulateGrad")
            seen.leaves[row] = tensor
            shape, dtype = tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
            seen.metadata.append([(shape, dtype, str(tensor.device))])
            seen.fingerprint = f"leaves {index}"
        self._tell_parameters()
        self._tell_graph(seen, [], partial=True)
        self.tell_values()

    def tell_values(self) -> None:
        """Statistics of the leaves as they are now, and of the forward values that were kept."""
        parts, shown = self._parts, self._parts.shown
        reducer = Reducer(frozenset(), full=True)
        for row, leaf in shown.leaves.items():
            value = leaf()
            if value is not None and not untouchable(value):
                reducer.add(row, 0, value)
        places: list[tuple[int, tuple[object, ...]]] = [
            (row, ("value", number, 0)) for row, number in enumerate(shown.numbers) if row not in shown.leaves
        ]
        places += [(len(shown.numbers) + place, ("input", record)) for place, record in enumerate(shown.inputs)]
        known = parts.kept.figures
        for row, key in places:
            value, figures = parts.kept.get(key), known.get(key)
            if value is not None:
                reducer.add(row, 0, value)
            elif figures is not None:
                reducer.tell(row, figures)
        table = reducer.finish()
        if table.rows:
            parts.tell(m.ValuesMeasured(parts.course.iteration, shown.fingerprint, table))

    def tell_forward(self, pass_index: int) -> None:
        """What the forward of the graph of a pass took."""
        parts = self._parts
        told = forward_timed(parts, pass_index)
        if told.operations.rows or told.calls.rows:
            parts.tell(told)

    def _unknown_leaves(self, seen: Walk) -> bool:
        return any(self._parts.parameters.index_of(leaf) < 0 for leaf in seen.leaves.values())

    def _learn_leaves(self, seen: Walk, names: dict[int, str]) -> None:
        new = [leaf for leaf in seen.leaves.values() if self._parts.parameters.index_of(leaf) < 0]
        if any(isinstance(leaf, torch.nn.Parameter) for leaf in new):
            self._parts.paths.learn_again()
        for leaf in seen.leaves.values():
            name = names.get(id(leaf), "")
            if name or self._parts.parameters.index_of(leaf) < 0:
                self._parts.parameters.learn(leaf, name)

    def _tell_parameters(self) -> None:
        if self._parts.parameters.changed:
            self._parts.tell(self._parts.parameters.known())

    def _tell_graph(self, seen: Walk, root_names: list[str], partial: bool, with_saved: bool = False) -> None:
        parts = self._parts
        columns = GraphColumns(seen, parts)
        parts.tell(columns.message(root_names, partial, with_saved))
        self._show(seen, columns.input_rows, columns.calls)
        parts.shown.leaves |= columns.leaves
        if not partial:
            self._told.pop(seen.fingerprint, None)
            while len(self._told) >= GRAPHS_TOLD:
                del self._told[next(iter(self._told))]
            self._told[seen.fingerprint] = parts.detail
            self._calls[seen.fingerprint] = columns.calls
            self._calls = {key: self._calls[key] for key in self._told}

    def _show(self, seen: Walk, inputs: list[int], calls: list[tuple[int, int]]) -> None:
        numbers = [compat.node_sequence(node) for node in seen.nodes]
        leaves = {row: weakref.ref(leaf) for row, leaf in seen.leaves.items()}
        self._parts.shown = Shown(seen.fingerprint, self._parts.course.pass_index, numbers, leaves, inputs, calls)


def _place(frame: FrameType | None) -> str:
    """Where the engine was called: of two losses that are built alike each has its own source lines."""
    if frame is None:
        return ""
    code = frame.f_code
    return f"{os.path.basename(code.co_filename)} {code.co_name} {frame.f_lineno}"  # noqa: PTH119  # pathlib is slow


def _leaves_of(frame: FrameType | None) -> list[tuple[torch.Tensor, str]]:
    if frame is None:
        return []
    names = tensor_names(frame)
    spaces = (*frame.f_locals.values(), *frame.f_globals.values())
    found = {id(value): value for value in spaces if id(value) in names and hasattr(type(value), "requires_grad")}
    return [(t, names[key]) for key, t in found.items() if t.requires_grad and compat.is_leaf(t)]
