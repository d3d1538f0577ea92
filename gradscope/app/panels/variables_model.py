"""The tensors of the script's current frame as a table, with what changed since the pause before in bold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.theme import Theme
    from gradscope.graph.frame import Variable, VariablesTold

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class Column(NamedTuple):
    """One property of a variable: its heading, its text, and what the heading explains."""

    heading: str
    text: Callable[[Variable], str]
    tip: str


def _shape(variable: Variable) -> str:
    return "×".join(map(str, variable.shape)) if variable.shape else "scalar"  # noqa: RUF001 - the sign for shapes


COLUMNS = (
    Column("name", lambda v: v.name, "The variable's name in the script"),
    Column("value", lambda v: v.value, "Its elements, shortened; bold when it changed since the pause before"),
    Column("shape", _shape, "Size of each dimension"),
    Column("dtype", lambda v: v.dtype, "Type of its elements"),
    Column("requires_grad", lambda v: str(v.requires_grad), "Whether autograd follows what is done with it"),
    Column("is_leaf", lambda v: str(v.is_leaf), "True if no tracked operation made it"),
    Column("grad_fn", lambda v: v.grad_fn or "None", "The node of backward that the operation behind it left"),
    Column("grad", lambda v: v.grad, "Its .grad; bold when it changed since the pause before"),
)


class VariablesModel(QAbstractTableModel):
    """Rows of ``VariablesTold`` whose name, type or grad_fn contains the filter."""

    def __init__(self) -> None:
        super().__init__()
        self._told: VariablesTold | None = None
        self._changed: frozenset[tuple[str, str]] = frozenset()
        self._rows: list[Variable] = []
        self._filter = ""
        self._theme: Theme | None = None
        self._fonts = {bold: QFont("JetBrains Mono", weight=700 if bold else 400) for bold in (False, True)}
        for font in self._fonts.values():
            font.setPixelSize(12)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self._reset()

    def set_variables(self, told: VariablesTold | None) -> None:
        """Show these; values of the same function's earlier pause are what "changed" is measured against."""
        if told is self._told:
            return
        from gradscope.graph.frame import changes

        self._changed, self._told = changes(self._told, told), told
        self._reset()

    def set_filter(self, text: str) -> None:
        """Keep only rows that contain this text."""
        self._filter = text.strip().lower()
        self._reset()

    @property
    def told(self) -> VariablesTold | None:
        """What is shown."""
        return self._told

    def variable(self, row: int) -> Variable:
        """The variable of a row."""
        return self._rows[row]

    def has_changed(self, row: int, column: int) -> bool:
        """Whether a value or gradient is another than at the pause before."""
        return (self._rows[row].name, COLUMNS[column].heading) in self._changed

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Variables left by the filter."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """The properties shown."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings in torch's own words, with what they mean as a tooltip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].heading
        return COLUMNS[section].tip if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, font and colour of a cell."""
        row, column = index.row(), index.column()
        variable = self._rows[row]
        text = COLUMNS[column].text(variable)
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(text.split())
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{variable.type} on {variable.device}" if column == 0 else text
        if role == Qt.ItemDataRole.FontRole:
            return self._fonts[self.has_changed(row, column)]
        if role == Qt.ItemDataRole.ForegroundRole and self._theme is not None:
            faint = column > 1 and text in ("False", "None")
            return self._theme.color("muted" if faint else "text")
        return None

    def _reset(self) -> None:
        self.beginResetModel()
        variables = self._told.variables if self._told is not None else ()
        self._rows = [v for v in variables if self._filter in f"{v.name} {v.type} {v.grad_fn}".lower()]
        self.endResetModel()
