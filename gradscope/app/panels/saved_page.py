"""What a node holds until its backward: the tensors that its forward saved, and how much the whole graph holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from gradscope.app.panels import small_table
from gradscope.app.panels.text_label import TextLabel
from gradscope.graph.formats import format_shape
from gradscope.graph.snapshot import Kind

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.snapshot import GraphSnapshot, Saved

COLUMNS = ("name", "shape", "bytes", "shared with")
LIGHT = "Not known: this graph was captured in light level. Step one iteration to see what each node holds."
NOTHING = "This node saved nothing for its backward."
LEAF = "A leaf saves nothing: its gradient is added to .grad."
OUTSIDE = "Only nodes of this backward hold tensors for it."
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class SavedPage(QWidget):
    """Told a graph and a node."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = QTableWidget(0, len(COLUMNS))
        self._lines: list[str] = []
        self._words = TextLabel(12, "muted")
        self._total = TextLabel(12, "muted")
        self._table.setHorizontalHeaderLabels(list(COLUMNS))
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        small_table.prepare(self._table, "Saved tensors", (70, 130, 64, 96))
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # it would hide a row
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self._words, self._table, self._total):
            column.addWidget(part)
        for label in (self._words, self._total):
            label.setWordWrap(True)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for part in (self._words, self._total):
            part.set_theme(theme)
        self._table.setStyleSheet(small_table.sheet(theme))

    def show_node(self, graph: GraphSnapshot, node: int) -> None:
        """List what the node saved."""
        saved = graph.node_saved(node)
        self._words.setText(_words(graph, node) if not saved else "")
        self._words.setVisible(not saved)
        self._table.setVisible(bool(saved))
        self._table.setRowCount(len(saved))
        texts = [_row(graph, entry) for entry in saved]
        self._lines = ["  ".join(row) for row in texts]
        for row, columns in enumerate(texts):
            for place, text in enumerate(columns):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self._table.setItem(row, place, item)
        rows = sum(self._table.rowHeight(row) for row in range(len(saved)))
        self._table.setFixedHeight(min(360, rows + self._table.horizontalHeader().sizeHint().height() + 6))
        held = graph.bytes_held()
        self._total.setText(f"The whole graph holds {format_bytes(held)} beyond its leaves." if graph.saved else "")

    def text(self) -> str:
        """All it says, a line for each tensor."""
        return "\n".join(line for line in (self._words.text(), *self._lines, self._total.text()) if line)


def format_bytes(count: int) -> str:
    """``12.5 MiB``."""
    size, unit = float(count), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.1f} {_UNITS[unit]}"


def _words(graph: GraphSnapshot, node: int) -> str:
    if graph.kind(node) == Kind.LEAF:
        return LEAF
    if graph.kind(node) != Kind.OP:
        return OUTSIDE
    return NOTHING if graph.saved else LIGHT


def _row(graph: GraphSnapshot, entry: Saved) -> tuple[str, ...]:
    if entry.packed:
        return (entry.name, format_shape(entry.shape) if entry.dtype else "", "", "packed by a hook, not unpacked")
    shape = f"{format_shape(entry.shape)} {entry.dtype}"
    return (entry.name, shape, format_bytes(entry.size), _sharing(graph, entry))


def _sharing(graph: GraphSnapshot, entry: Saved) -> str:
    """Whose memory it is too: a leaf's, or other nodes'."""
    if entry.leaf >= 0:
        return f"{graph.text(entry.leaf, 'title')}, which lives anyway"
    others = [e.node for e in graph.saved if e.memory == entry.memory >= 0 and e.node != entry.node]
    titles = list(dict.fromkeys(graph.text(node, "title") for node in others))
    return ", ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")
