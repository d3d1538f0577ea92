"""A walked graph as the columns of ``GraphCaptured``: what each node is, who made it, where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wire import messages as m
from ..wire.table import Table
from .attribution import Attribution
from .call_rows import CallRows
from .hook_names import NODE_PRE, hooks_on_nodes
from .saved import SavedTensors
from .sheet import LEAF, OP, ROLE_INTERMEDIATE, ROLE_LEAF, ROLE_ROOT, NodeRow, Sheet
from .surroundings import Surroundings

if TYPE_CHECKING:
    import weakref
    from collections.abc import Sequence

    import torch

    from .parts import Parts
    from .walk import Walk


class GraphColumns:
    """Builds one message.

    ``input_rows`` are then the rows of ``Records.inputs`` by node after the autograd nodes (-1: none), ``leaves`` those
    that this graph does not reach, by node; ``calls`` where its calls are found (``CallRows.places``).
    """

    def __init__(self, seen: Walk, parts: Parts) -> None:
        calls = parts.calls.attributable()
        self._walk = seen
        self._parts = parts
        self._attribution = Attribution(seen, calls, parts.records)
        self._sheet = Sheet(seen.edges)
        self._calls = CallRows(calls)
        self.input_rows: list[int] = []
        self.leaves: dict[int, weakref.ref[torch.Tensor]] = {}
        self.calls: list[tuple[int, int]] = []

    def message(self, root_names: Sequence[str], partial: bool, with_saved: bool = False) -> m.GraphCaptured:
        """All columns; ``root_names`` are the variables that the roots are called by, "" where unknown.

        ``with_saved``: what the nodes hold is wanted of a graph under way, too.
        """
        parts, sheet = self._parts, self._sheet
        roots = {row: name for (row, _), name in zip(self._walk.roots, root_names, strict=True)}
        for row in range(len(self._walk.nodes)):
            self._add_node(row, roots)
        around = Surroundings(self._attribution, sheet, self._calls, parts)
        around.add(whole=not partial)
        self.input_rows, self.leaves = around.input_rows, around.leaves
        calls = self._calls.table(sheet)
        self.calls = self._calls.places(self._attribution)
        cuts = around.cuts() if parts.detail else Table()
        whole = parts.detail and not partial
        saved = SavedTensors(self._walk, sheet.always).table() if whole or with_saved else Table()
        ties = self._ties() if whole else (Table(), Table())
        return m.GraphCaptured(
            self._walk.fingerprint,
            sheet.texts,  # all that were written by now
            sheet.nodes(),
            sheet.outputs(),
            sheet.edge_table(),
            calls,
            partial,
            parts.course.iteration,
            saved,
            cuts,
            *ties,
            sheet.stacks.table(),
        )

    def _ties(self) -> tuple[Table, Table]:
        """Links and hooks."""
        parts, made, sheet = self._parts, self._attribution, self._sheet
        on_nodes = hooks_on_nodes(self._walk.nodes)
        before = parts.user_hooks.on_tensors(self._walk.leaves.values())
        before += [hook for _, hook in on_nodes if hook.kind == NODE_PRE]
        return parts.makers.table(made, sheet, before), parts.user_hooks.table(made, self._calls, sheet, on_nodes)

    def _add_node(self, row: int, roots: dict[int, str]) -> None:
        seen, made, parameters = self._walk, self._attribution, self._parts.parameters
        record, leaf = made.made_by[row], seen.leaves.get(row)
        if leaf is not None:
            index = parameters.index_of(leaf)
            name = parameters.name(index) if index >= 0 else roots.get(row, "")
            title, kind, role = name or "leaf", LEAF, ROLE_LEAF
        else:
            name = roots.get(row, "") or made.variable(row)
            title = name or made.title(row)
            kind, role = OP, ROLE_ROOT if row in roots else ROLE_INTERMEDIATE
        function = record.function if record is not None and leaf is None else ""
        place = (record.file, record.line, record.scope) if record is not None else ("", -1, "")
        call = self._calls.row(made.call_of[row])
        stack, order = record.stack if record is not None else None, made.order.get(row, -1)
        node = NodeRow(kind, role, seen.names[row], name, title, function, call, *place, made=order, stack=stack)
        self._sheet.add(node, seen.metadata[row])
