"""The result of comparing a node's backward with finite differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from gradscope.app.panels.figure_table import FigureTable
from gradscope.app.panels.text_label import TextLabel
from gradscope.graph.updates import check_rows

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.updates import NodeChecked

HEADINGS = (
    ("input", "Which tensor of the call, and its shape"),
    ("verdict", "Whether backward and the differences agree within what float64 allows"),
    ("elements", "How many single elements were compared; all of a small input, a sample of a large one"),
    ("max |difference|", "The largest difference between the two"),
    ("relative", "The same against the derivative"),
    ("at", "The element where it is largest"),
    ("backward says", "The derivative there by backward"),
    ("differences say", "The derivative there by central differences"),
)


class CheckDialog(QDialog):
    """Stands beside the window; told by ``set_result``."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self.setWindowTitle("Check of a node's gradient")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._verdict, self._words = TextLabel(14, "text", QFont.Weight.DemiBold), TextLabel(12, "muted")
        self._words.setWordWrap(True)
        self.table = FigureTable("Comparison by input", HEADINGS, (190, 74, 80, 115, 80, 110, 110, 110))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        for part in (self._verdict, self._words, self.table, buttons):
            column.addWidget(part)
        self.resize(920, 300)
        for part in (self._verdict, self._words, self.table):
            part.set_theme(theme)
        self._verdict.setText("Comparing with finite differences…")

    def set_result(self, told: NodeChecked, title: str) -> None:
        """Show the answer."""
        called = f"{title}, made by {told.function}" if told.function else title
        if not told.available:
            self._verdict.setText(f"{title} could not be checked")
            self._words.setText(told.why[:1].upper() + told.why[1:] + ".")
            return
        wrong = sum(not one.agrees for one in told.inputs)
        self._verdict.setText(
            "Backward agrees with finite differences" if not wrong else "Backward and finite differences disagree"
        )
        hint = " A function that is meant to differ (straight-through, clipped) does so on purpose." if wrong else ""
        note = f" Note: {told.why}." if told.why else ""
        self._words.setText(
            f"{called}: the whole call was run again on copies in {told.dtype}; training was not touched.{note}{hint}"
        )
        self.table.set_rows(check_rows(told))

    def text(self) -> str:
        """Verdict and words."""
        return f"{self._verdict.text()}\n{self._words.text()}"
