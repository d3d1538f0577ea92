"""The outline as a Qt model: it answers from the arrays of ``OutlineTree`` and makes no object a row."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from gradscope.graph.order import forward_rank
from gradscope.graph.snapshot import Role

from .outline_tree import OutlineTree, build_tree, relative_name, with_ancestors
from .outline_view import CALL_ROLE, DETAIL_ROLE, DOT_ROLE, NODE_ROLE, ROW_SIZE
from .run_words import shape_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.statistics import Bools

    Index = QModelIndex | QPersistentModelIndex

SHOWN_LENGTH = 400

_DOTS = {Role.LEAF: "leaf", Role.INTERMEDIATE: "intermediate", Role.ROOT: "root", Role.INPUT: "input"}


class OutlineModel(QAbstractItemModel):
    """Calls, groups and nodes of one graph; ``filter`` narrows it to what a search finds."""

    def __init__(self, graph: GraphSnapshot) -> None:
        super().__init__()
        self.whole = build_tree(graph)
        self.tree: OutlineTree = self.whole
        self.paused_node = -1
        self.found: int | None = None
        self.first_found = -1
        self._readers: dict[int, Callable[[int, int], Any]] = {
            int(Qt.ItemDataRole.DisplayRole): self._name,
            int(Qt.ItemDataRole.ToolTipRole): self._tooltip,
            int(Qt.ItemDataRole.SizeHintRole): lambda _entry, _node: ROW_SIZE,
            int(Qt.ItemDataRole.AccessibleTextRole): self._spoken,
            DETAIL_ROLE: self._detail,
            DOT_ROLE: self._dot,
            NODE_ROLE: lambda _entry, node: node,
            CALL_ROLE: lambda entry, _node: entry if entry < self.tree.calls else -1,
        }

    def filter(self, found: Bools | None) -> None:
        """Keep the nodes that were found, and what holds them; None keeps all."""
        self.beginResetModel()
        self.tree, self.found, self.first_found = self.whole, None, -1
        if found is not None:
            self.tree = self.whole.kept(with_ancestors(self.whole, found))
            self.found = int(found.sum())
            if self.found:
                hits = found.nonzero()[0]
                self.first_found = int(hits[forward_rank(self.whole.graph)[hits].argmin()])
        self.endResetModel()

    def differs(self, found: Bools) -> bool:
        """Whether other nodes are shown than those."""
        shown = self.tree.position[self.tree.entry_of(0) :] >= 0
        return bool((shown != found).any())

    def set_paused_node(self, node: int) -> None:
        """The node about to run: its dot takes the halo's colour."""
        before, self.paused_node = self.paused_node, node
        for changed in {before, node} - {-1}:
            index = self.index_of_node(changed)
            if index.isValid():
                self.dataChanged.emit(index, index, [DOT_ROLE])

    def index_of_node(self, node: int) -> QModelIndex:
        """Where a node stands; invalid if it is not shown."""
        return self.index_of_entry(self.tree.entry_of(node)) if 0 <= node < len(self.tree.graph) else QModelIndex()

    def index_of_entry(self, entry: int) -> QModelIndex:
        """Where an entry stands; invalid if it is not shown."""
        row = int(self.tree.position[entry])
        return self.createIndex(row, 0, entry + 1) if row >= 0 else QModelIndex()

    def entry(self, index: Index) -> int:
        """The entry of an index; -1 is the top."""
        return int(index.internalId()) - 1 if index.isValid() else -1

    def key(self, index: Index) -> str:
        """The lasting name of a call or group."""
        return self.tree.key_of(self.entry(index))

    def index(self, row: int, column: int, parent: Index | None = None) -> QModelIndex:
        """As Qt asks for it."""
        above = self.entry(parent) if parent is not None else -1
        if column != 0 or not 0 <= row < self.tree.child_count(above):
            return QModelIndex()
        return self.createIndex(row, 0, self.tree.child(above, row) + 1)

    def parent(self, index: Index | None = None) -> Any:
        """The call or group around an entry. (Without an argument Qt means the owner of the object.)"""
        if index is None:
            return super().parent()
        entry = self.entry(index)
        above = int(self.tree.parent[entry]) if entry >= 0 else -1
        return self.index_of_entry(above) if above >= 0 else QModelIndex()

    def rowCount(self, parent: Index | None = None) -> int:
        """Entries under one."""
        return self.tree.child_count(self.entry(parent) if parent is not None else -1)

    def columnCount(self, parent: Index | None = None) -> int:
        """One: the delegate writes name and detail into it."""
        del parent
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts are made when a row is asked for."""
        reader = self._readers.get(int(role))
        entry = self.entry(index)
        return reader(entry, self.tree.node_of(entry)) if reader is not None and entry >= 0 else None

    def _name(self, entry: int, node: int) -> str:
        graph = self.tree.graph
        if node >= 0:
            call = graph.call(node)
            title = graph.text(node, "title") or graph.text(node, "op")
            return relative_name(title, call.module)[:SHOWN_LENGTH] if call is not None else title[:SHOWN_LENGTH]
        group = self.tree.group_of(entry)
        if group is not None:
            return group.name
        call = graph.calls[entry]
        above = graph.calls[call.parent].module if call.parent >= 0 else ""
        return relative_name(call.label, above)

    def _detail(self, entry: int, node: int) -> str:
        graph = self.tree.graph
        if node >= 0:
            outputs = graph.node_outputs(node)
            words = shape_words(outputs[0].shape) if outputs else ""
            frozen = bool(graph.nodes["frozen"][node] == 1)
            return f"frozen {words}" if frozen else words
        group = self.tree.group_of(entry)
        if group is not None:
            return group.detail
        call = graph.calls[entry]
        return call.type if call.module else ""

    def _dot(self, entry: int, node: int) -> str:
        if node >= 0:
            return "halo" if node == self.paused_node else _DOTS.get(self.tree.graph.role(node), "untracked")
        group = self.tree.group_of(entry)
        return group.role if group is not None else ""

    def _tooltip(self, entry: int, node: int) -> str:
        graph = self.tree.graph
        if node < 0:
            group = self.tree.group_of(entry)
            if group is not None:
                return group.tooltip
            made = graph.calls[entry]
            return f"{made.label}\n{made.type}, call {made.occurrence + 1}"
        kind = "frozen" if graph.nodes["frozen"][node] == 1 else graph.role(node).name.lower()
        lines = [graph.text(node, "title"), ", ".join(part for part in (kind, graph.text(node, "op")) if part)]
        call, source = graph.call(node), graph.source(node)
        if call is not None:
            lines.append(f"in {call.label}, {call.type}")
        lines += [f"{shape_words(o.shape)}  {o.dtype}  {o.device}" for o in graph.node_outputs(node)]
        if source is not None:
            lines.append(f"{PurePath(source.file).name}:{source.line} in {source.function}")
        if node == self.paused_node:
            lines.append("training is paused before this node")
        return "\n".join(lines)

    def _spoken(self, entry: int, node: int) -> str:
        name, detail = self._name(entry, node), self._detail(entry, node)
        kind = self.tree.graph.role(node).name.lower() if node >= 0 else ""
        return ", ".join(part for part in (name, kind, detail) if part)
