"""What surrounds an autograd graph: its inputs, the operations that carried values but no gradient, and the cuts.

What it promises. Below the autograd nodes stand, in this order, one row for every tensor that feeds the graph (an
input, or the untracked call that made it), then what those came from: untracked calls up to the cut, the nodes above
the cut that this pass does not reach, the parameters that it does not reach. Every place where a path of gradient ends
is a row of ``CUT_COLUMNS``.

How it works. From what feeds the graph backwards along the lineage, with a list as queue. Then what leads nowhere: a
call that lost the gradient of a parameter which this pass does not reach; a parameter whose results do not flow into
the root; one of a called model that was never used.

What it does not do. A value that left the graph although gradient comes past it anyway (``loss.item()`` for a log) is
no cut worth showing. Of what earlier iterations made only the last node stands here.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from ..wire import messages as m
from ..wire.table import Table
from .attribution import node_title
from .records import NOWHERE
from .sheet import INPUT, ROLE_INPUT, ROLE_LEAF, ROLE_UNTRACKED, UNTRACKED, NodeRow

if TYPE_CHECKING:
    import torch

    from .attribution import Attribution
    from .call_rows import CallRows
    from .parts import Parts
    from .records import InputRecord, OperationRecord, Place, Source, UntrackedCall
    from .sheet import Sheet
    from .upstream import Noted

MOST_ROWS = 3_000  # beyond the autograd nodes
MOST_UNUSED = 24
_NUMBERS = frozenset(("item", "tolist"))


class Surroundings:
    """Writes rows to ``sheet``; ``input_rows`` and ``leaves`` as in ``GraphColumns``."""

    def __init__(self, attribution: Attribution, sheet: Sheet, calls: CallRows, parts: Parts) -> None:
        seen = attribution.walk
        self._attribution = attribution
        self._sheet = sheet
        self._calls = calls
        self._parts = parts
        self._lineage = parts.lineage
        self._numbers = {n: row for row, n in enumerate(attribution.numbers) if n >= 0 and row not in seen.leaves}
        self._leaf_rows = {id(leaf): row for row, leaf in seen.leaves.items()}
        self._fed_rows: dict[int, int] = {}
        self._entry_rows: dict[int, int] = {}
        self._made_rows: dict[UntrackedCall, int] = {}
        self._calls_waiting: list[UntrackedCall] = []
        self._nodes_waiting: list[tuple[int, int, Noted]] = []
        self._harmless: set[int] = set()
        self._cuts: dict[tuple[int, ...], tuple[str, Place, Place]] = {}
        self._left = MOST_ROWS
        self.input_rows: list[int] = []
        self.leaves: dict[int, weakref.ref[torch.Tensor]] = {}

    def add(self, whole: bool) -> None:
        """Everything; of a forward under way nobody knows yet what will not be used."""
        self._add_feeding()
        self._add_made_leaves()
        self._drain()
        if whole and self._parts.detail:
            self._add_dead_ends()
            self._drain()
            self._add_unused()

    def cuts(self) -> Table:
        """Columns: ``CUT_COLUMNS``."""
        columns: dict[str, list[int]] = {name: [] for name in m.CUT_COLUMNS}
        text = self._sheet.text
        for ends, (reason, (file, line, scope), (off_file, off_line, _)) in self._cuts.items():
            values = (*ends, text(reason), text(file), line, text(scope), text(off_file), off_line)
            for column, value in zip(m.CUT_COLUMNS, values, strict=True):
                columns[column].append(value)
        return Table.from_columns("i4", columns)

    # what feeds the graph

    def _add_feeding(self) -> None:
        """Each tensor once, with a dashed edge to the result of every call that it fed."""
        made = self._attribution
        for target, record in enumerate(made.made_by):
            if record is not None and target not in made.walk.leaves and made.is_result(target):
                self._feed(record, target)

    def _feed(self, record: OperationRecord, target: int) -> None:
        inputs = self._parts.records.inputs
        for number, position in record.inputs:
            entry = inputs[number]
            row = self._fed_rows.get(number, -1)
            if row < 0:
                row = self._call_row(entry.made_by) if entry.made_by is not None else self._entry_row(entry)
                self._fed_rows[number] = row
                beyond = row - len(self._attribution.numbers)
                self.input_rows += [-1] * (beyond + 1 - len(self.input_rows))
                self.input_rows[beyond] = number
            self._sheet.edges.append((row, 0, target, position, 0))
            if entry.frozen:
                self._cut_frozen(entry.reference(), row, (target, position))

    def _entry_row(self, entry: InputRecord) -> int:
        node = NodeRow(
            INPUT,
            ROLE_INPUT,
            name=entry.name,
            title=entry.name or "input",
            file=entry.file,
            line=entry.line,
            scope=entry.scope,
            frozen=entry.frozen,
            stack=entry.stack,
        )
        tensor = entry.reference()
        row = (self._leaf_rows if entry.frozen else self._entry_rows).get(id(tensor), -1) if tensor is not None else -1
        if row >= 0:
            return row
        row = self._sheet.add(node, [(entry.shape, entry.dtype, entry.device)])
        if tensor is not None:
            (self._leaf_rows if entry.frozen else self._entry_rows)[id(tensor)] = row
        return row

    def _add_made_leaves(self) -> None:
        """``h.detach().requires_grad_()``: a leaf that is made of what gradient could have gone through."""
        for row, leaf in self._attribution.walk.leaves.items():
            call = self._lineage.find(leaf)
            if call is not None and call.forward:
                self._sheet.edges.append((self._call_row(call), 0, row, 0, 0))

    # what that came from

    def _drain(self) -> None:
        while self._calls_waiting or self._nodes_waiting:
            if self._calls_waiting:
                call = self._calls_waiting.pop()
                self._connect(call, self._made_rows[call], call.sources)
            else:
                self._connect_node(*self._nodes_waiting.pop())

    def _call_row(self, call: UntrackedCall) -> int:
        row = self._made_rows.get(call, -1)
        return row if row >= 0 else self._add_call(call)

    def _add_call(self, call: UntrackedCall) -> int:
        self._left -= 1
        node = NodeRow(
            UNTRACKED,
            ROLE_UNTRACKED,
            "",
            call.variable,
            call.title,
            call.function,
            self._calls.row(call.around),
            *call.place,
            stack=call.stack,
        )
        row = self._made_rows[call] = self._sheet.add(node, call.outputs)
        if self._left > 0:
            self._calls_waiting.append(call)
        return row

    def _connect(self, call: UntrackedCall, row: int, sources: list[Source]) -> None:
        for source in sources:
            if source.call is not None:
                above = self._call_row(source.call)
            elif source.entry is not None:
                above = self._entry_row(source.entry)
            else:
                above = self._cut(call, source, (row, source.position))
            if above >= 0 and row >= 0:
                self._sheet.edges.append((above, source.output, row, source.position, 0))

    def _cut(self, call: UntrackedCall, source: Source, end: tuple[int, int]) -> int:
        """Note the cut at a source, and give its row."""
        if source.leaf is not None:
            tensor = source.leaf()
            row = self._leaf_row(tensor, self._calls.row(call.around), call.place)
            if tensor is not None and not tensor.requires_grad:
                self._cut_frozen(tensor, row, end)
                return row
        else:
            row = self._number_row(source.number)
        self._cuts.setdefault((row, source.output, *end), (call.reason, call.place, call.off))
        return row

    def _cut_frozen(self, tensor: torch.Tensor | None, row: int, end: tuple[int, int]) -> None:
        at = self._parts.parameters.frozen_at(tensor)
        place = (at.file, at.line, at.function) if at is not None else NOWHERE
        self._cuts.setdefault((row, 0, *end), ("frozen", place, NOWHERE))

    def _leaf_row(self, leaf: torch.Tensor | None, call: int, place: Place) -> int:
        """The row of a leaf, written down now if this pass does not reach it; -1 if it is gone."""
        if leaf is None:
            return -1
        row = self._leaf_rows.get(id(leaf), -1)
        if row >= 0:
            return row
        self._left -= 1
        parameters = self._parts.parameters
        index = parameters.index_of(leaf)
        name = parameters.name(index) if index >= 0 else ""
        role = ROLE_LEAF if leaf.requires_grad else ROLE_INPUT
        node = NodeRow(INPUT, role, "", name, name or "leaf", "", call, *place, frozen=not leaf.requires_grad)
        described = (tuple(leaf.shape), str(leaf.dtype).removeprefix("torch."), str(leaf.device))
        row = self._leaf_rows[id(leaf)] = self._sheet.add(node, [described])
        self.leaves[row] = weakref.ref(leaf)
        return row

    def _number_row(self, number: int) -> int:
        """The row of a node above a cut, written down now if this pass does not reach it."""
        row = self._numbers.get(number, -1)
        noted = self._lineage.upstream.get(number) if row < 0 else None
        if noted is None:
            return row
        self._left -= 1
        made = self._attribution
        record, call = made.operation(number), self._calls.row(made.call(number))
        variable = record.variable if record is not None and record.result == number else ""
        title = variable or node_title(record, number, noted.name)
        function = record.function if record is not None else ""
        place = (record.file, record.line, record.scope) if record is not None else NOWHERE
        stack = record.stack if record is not None else None
        node = NodeRow(UNTRACKED, ROLE_UNTRACKED, noted.name, variable, title, function, call, *place, stack=stack)
        row = self._numbers[number] = self._sheet.add(node, noted.outputs)
        if self._left > 0:
            self._nodes_waiting.append((row, number, noted))
        return row

    def _connect_node(self, row: int, number: int, noted: Noted) -> None:
        made, edges = self._attribution, self._sheet.edges
        for child, output, slot in noted.children:
            if child in self._numbers or child >= self._lineage.first_number:
                above = self._number_row(child)
                if above >= 0:
                    edges.append((above, output, row, slot, 0))
        record = made.operation(number)
        if record is not None and record.result == number:
            self._feed(record, row)
        place = (record.file, record.line, record.scope) if record is not None else NOWHERE
        for reference, slot in noted.leaves:
            above = self._leaf_row(reference(), self._calls.row(made.call(number)), place)
            if above >= 0:
                edges.append((above, 0, row, slot, 0))

    # what leads nowhere

    def _add_dead_ends(self) -> None:
        for call in self._lineage.calls:
            if call in self._made_rows or self._left <= 0:
                continue
            ends = [s for s in call.sources if s.is_cut and (call.reason == "data_write" or self._matters(s))]
            if ends and (call.reason in _NUMBERS or not call.outputs):
                for source in ends:
                    self._cut(call, source, (-1, -1))
            elif ends:
                self._call_row(call)
            self._drain()

    def _matters(self, source: Source) -> bool:
        """Whether a leaf that this pass does not reach lies above."""
        if source.leaf is not None:
            return self._unreached(source.leaf())
        waiting, seen = [source.number], set[int]()
        while waiting:
            number = waiting.pop()
            if number in seen or number in self._numbers or number in self._harmless:
                continue
            seen.add(number)
            noted = self._lineage.upstream.get(number)
            if noted is None:
                continue
            if any(self._unreached(reference()) for reference, _ in noted.leaves):
                return True
            waiting.extend(child for child, _, _ in noted.children)
        self._harmless |= seen
        return False

    def _unreached(self, leaf: torch.Tensor | None) -> bool:
        return (
            leaf is not None
            and leaf.requires_grad
            and id(leaf) not in self._leaf_rows
            and not self._parts.records.was_reached(leaf)
        )

    def _add_unused(self) -> None:
        """Parameters that no path reaches, and no cut explains."""
        parts, made = self._parts, self._attribution
        models = {record.module for record in parts.calls.records if record.parent is None}
        left = MOST_UNUSED
        for index, leaf in parts.parameters.living():
            if not self._unreached(leaf):
                continue
            use, name = parts.records.first_use(leaf), parts.parameters.name(index)
            if use is None and not any(not model or name.startswith(f"{model}.") for model in models):
                continue
            left -= 1
            if left < 0:
                return
            place = (use.file, use.line, use.scope) if use is not None else NOWHERE
            call = made.call(use.start) if use is not None else None
            row = self._leaf_row(leaf, self._calls.row(call), place)
            reason = "unused_result" if use is not None else "never_used"
            self._cuts.setdefault((row, 0, -1, -1), (reason, place, NOWHERE))
