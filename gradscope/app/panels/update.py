"""What an update does to each parameter: before it, rehearsed on copies; behind it, as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gradscope.app.panels.figure_table import FigureTable
from gradscope.app.panels.text_label import TextLabel
from gradscope.graph.updates import update_rows, update_words

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState
    from gradscope.graph.updates import UpdateTold

EMPTY = "Pause before an update (F10) to see what it would do to each parameter, or behind it to see what it did."
HEADINGS = (
    ("parameter", "Its name in the model"),
    ("|grad|", "Norm of its gradient, as the optimizer finds it"),
    ("|before|", "Norm of its value before the update"),
    ("|after|", "Norm of its value behind the update"),
    ("|update|", "Norm of the difference"),
    ("update / value", "The difference against the value: about 1e-3 is usual"),
    ("direction", "Cosine with the last update: 1 the same way, -1 back again"),
)


class UpdatePanel(QWidget):
    """Told by ``set_update``; tells ``parameterRequested(name)``."""

    parameterRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = TextLabel(12, "muted")
        self._words.setWordWrap(True)
        self.table = FigureTable("What the update does", HEADINGS, (190, 86, 86, 86, 86, 110, 90))
        self.table.cellActivated.connect(self._chosen)
        self.table.cellClicked.connect(self._chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self._words)
        column.addWidget(self.table, 1)
        self._words.setText(EMPTY)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._words.set_theme(theme)
        self.table.set_theme(theme)

    def set_update(self, told: UpdateTold | None, state: RunState) -> None:
        """Show this answer; None says what would bring one."""
        self._words.setText(EMPTY if told is None else update_words(told))
        self.table.set_rows([] if told is None else update_rows(told, state.parameters))

    def text(self) -> str:
        """What stands above the table."""
        return self._words.text()

    def _chosen(self, row: int, _: int) -> None:
        self.parameterRequested.emit(self.table.text_at(row, 0))
