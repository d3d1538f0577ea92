"""One tab of the inspector: title and shape, what is to be said about the tensor, the tensor, its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gradscope.app.panels import statistics_grid
from gradscope.app.panels.statistics_grid import StatisticsGrid
from gradscope.app.panels.tensor_view import TensorViewWidget
from gradscope.app.panels.text_label import NameLabel, TextLabel, font

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import TensorView


class TensorPage(QWidget):
    """``choices`` offers a switch above the tensor; ``chosen`` tells which of them is down."""

    chosen = Signal(int)

    def __init__(self, symbol: str, choices: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = NameLabel(13, "text", QFont.Weight.DemiBold)
        self._shape = TextLabel(12, "muted", mono=True)
        self._status = TextLabel(13, "text", QFont.Weight.DemiBold)
        self._explanation = TextLabel(12, "muted")
        for label in (self._status, self._explanation):
            label.setWordWrap(True)
        self.view = TensorViewWidget()
        self.grid = StatisticsGrid(symbol)
        self._switch, self._buttons = _switch(choices)
        self._buttons.idClicked.connect(self.chosen)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._shape)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        for part in (self._switch, self._status, self._explanation, self.view, self.grid):
            column.addWidget(part)
        self.offer_switch(False)
        self.say("", "")

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for part in (self._title, self._shape, self._status, self._explanation, self.view, self.grid):
            part.set_theme(theme)
        self._switch.setStyleSheet(
            f"QPushButton {{ border: 1px solid {theme.border}; border-radius: 5px; padding: 3px 10px;"
            f" background: {theme.raised}; color: {theme.muted}; }}"
            f"QPushButton:checked {{ background: {theme.accent_soft}; color: {theme.accent};"
            f" border-color: {theme.accent}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def set_title(self, title: str, shape: str) -> None:
        """Name the tensor."""
        self._title.setText(title)
        self._shape.setText(shape)

    def offer_switch(self, offered: bool) -> None:
        """Whether the choices are on offer for this node."""
        self._switch.setVisible(offered)

    def choose(self, index: int) -> None:
        """Put a choice down without telling."""
        self._buttons.button(index).setChecked(True)

    def say(self, status: str, explanation: str, alarming: bool = False) -> None:
        """What is to be said before the tensor; nothing when both are empty."""
        self._status.setText(status)
        self._status.set_colour("nonfinite" if alarming else "text")
        self._status.setVisible(bool(status))
        self._explanation.setText(explanation)
        self._explanation.setVisible(bool(explanation))

    def show_tensor(self, tensor: TensorView, row: dict[str, float] | None, elements: str) -> None:
        """Show what was told; where it is not to be had, why, with what is known anyway."""
        if tensor.available:
            self.view.set_tensor(tensor)
        else:
            self.view.set_notice(_sentence(tensor.why or "the training process has no such tensor now"), elements)
        self.show_figures(statistics_grid.from_tensor(tensor) if tensor.available else row)

    def show_figures(self, row: dict[str, float] | None) -> None:
        """Show these figures."""
        self.grid.set_figures(row)
        self.grid.setVisible(row is not None)

    def text(self) -> str:
        """Title, what is said, and the numbers written out."""
        said = (self._title.text(), self._status.text(), self._explanation.text())
        texts = (*said, self.view.value_text(), self.view.notice())
        return "\n".join(text for text in texts if text)


def _sentence(text: str) -> str:
    """What another process says in passing, as a sentence of its own."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _switch(choices: tuple[str, ...]) -> tuple[QWidget, QButtonGroup]:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    group = QButtonGroup(holder)
    for index, text in enumerate(choices):
        button = QPushButton(text)
        button.setCheckable(True)
        button.setChecked(index == 0)
        button.setFont(font(12))
        group.addButton(button, index)
        row.addWidget(button)
    row.addStretch(1)
    return holder, group
