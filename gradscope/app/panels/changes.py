"""Changing a held training: the selected leaf or gradient, the options of the optimizers, what was changed so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gradscope.app.panels import look
from gradscope.app.panels.launch_form import PlainCombo
from gradscope.app.panels.option_table import OptionTable
from gradscope.app.panels.text_label import NameLabel, TextLabel, font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.app.theme import Theme
    from gradscope.graph.options import OptimizerGroup

TARGETS = {
    "gradient": "the gradient about to flow in",
    "accumulated": "its .grad",
    "value": "its value",
    "freeze": "freeze it",
    "unfreeze": "let it take gradient again",
}
WAYS = {
    "scale": "multiply by",
    "set": "set to",
    "clip": "clip to the norm",
    "noise": "add noise of standard deviation",
    "clear": "clear",
}
HINTS = {"set": "0.5, or one number for each element", "scale": "-1", "clip": "1.0", "noise": "0.01", "clear": ""}
NOTHING = "Pause, and select a leaf or the node that is about to run: what can be changed is offered here."


class ChangesPanel(QWidget):
    """Tells ``changeRequested(target, way, text, at once)``, ``optionRequested`` and ``undoRequested``."""

    changeRequested = Signal(str, str, str, bool)
    optionRequested = Signal(int, int, str, str)
    undoRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: list[str] = []
        self._title = NameLabel(13, "text", QFont.Weight.DemiBold)
        self.target, self.way = PlainCombo("What to change"), PlainCombo("How to change it")
        self.number = QLineEdit()
        self.number.setFont(font(12))
        self.number.setAccessibleName("By how much")
        self.at_once = QCheckBox("in the middle of the pass")
        self.at_once.setFont(font(12))
        self.at_once.setToolTip(
            "Do not wait for the end of this pass: its gradient will mix the old value and the new one"
        )
        self.apply, self.undo = _button("Change"), _button("Undo")
        self.undo.setToolTip("Take the newest change of this pause back (Ctrl+Z)")
        self._said = TextLabel(12, "muted")
        self._said.setWordWrap(True)
        self.options = OptionTable()
        self.list = QListWidget()
        self.list.setFont(font(12))
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("What was changed in this run")
        self._titles = [TextLabel(13, "text", QFont.Weight.DemiBold) for _ in range(2)]
        for label, text in zip(self._titles, ("Optimizer options", "Changed in this run"), strict=True):
            label.setText(text)
        self._arrange()
        self.way.fill(list(WAYS.values()), WAYS["scale"])
        self.target.chosen.connect(lambda _: self._fit())
        self.way.chosen.connect(lambda _: self._fit())
        self.number.returnPressed.connect(self.apply.click)
        self.apply.clicked.connect(self._apply)
        self.undo.clicked.connect(self.undoRequested)
        self.options.optionRequested.connect(self.optionRequested)
        self.set_subject("", (), waits=False)
        self.set_changes((), can_undo=False)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.setStyleSheet(
            f"ChangesPanel {{ background: {theme.window}; }} QCheckBox {{ color: {theme.text}; }}"
            f"QListWidget {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.border};"
            f" border-radius: 4px; }} QListWidget::item {{ padding: 3px 6px; }}"
            f"QListWidget::item:selected {{ background: {theme.accent_soft}; color: {theme.text}; }}"
            + look.fields(theme)
            + look.buttons(theme)
        )
        self.options.set_theme(theme)
        for label in (self._title, self._said, *self._titles):
            label.set_theme(theme)

    def set_subject(self, title: str, targets: Sequence[str], waits: bool) -> None:
        """What is selected and what of it can be changed; ``waits``: a value would wait for the end of the pass."""
        kept = self._target()
        self._keys = list(targets)
        self._title.setText(title or "Nothing to change here")
        self.target.fill([TARGETS[key] for key in self._keys], TARGETS[kept if kept in self._keys else self._keys[0]]
                         if self._keys else "")  # fmt: skip
        self._waits = waits
        for part in (self.target, self.way, self.number, self.apply):
            part.setEnabled(bool(self._keys))
        if not self._keys:
            self.say(NOTHING)
        elif self._said.text() == NOTHING:
            self.say("")
        self._fit()

    def set_options(self, groups: tuple[OptimizerGroup, ...], can_change: bool) -> None:
        """Every option of every group."""
        self.options.set_groups(groups)
        self.options.setEnabled(can_change)

    def set_changes(self, texts: Sequence[str], can_undo: bool) -> None:
        """What was changed so far, the newest last."""
        self.list.clear()
        if not texts:
            nothing = QListWidgetItem("Nothing yet. What you change is noted here and in the recording.")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)
        for text in texts:
            item = QListWidgetItem(text)
            item.setToolTip(text)
            self.list.addItem(item)
        self.list.scrollToBottom()
        self.undo.setEnabled(can_undo)

    def say(self, text: str) -> None:
        """The answer to a change, or why nothing can be changed."""
        self._said.setText(text)

    def text(self) -> str:
        """What is said under the fields."""
        return self._said.text()

    def choose(self, target: str, way: str, number: str = "") -> None:
        """Set the fields as a person would."""
        self.target.setCurrentIndex(self._keys.index(target))
        self.way.setCurrentIndex(list(WAYS).index(way))
        self.number.setText(number)
        self._fit()

    def _target(self) -> str:
        index = self.target.currentIndex()
        return self._keys[index] if 0 <= index < len(self._keys) else ""

    def _fit(self) -> None:
        """Only the fields that this change has."""
        target, way = self._target(), list(WAYS)[max(self.way.currentIndex(), 0)]
        plain = target in ("freeze", "unfreeze")
        self.way.setVisible(not plain)
        self.number.setVisible(not plain and way != "clear")
        self.number.setPlaceholderText(HINTS[way])
        self.at_once.setVisible(target == "value" and self._waits)

    def _apply(self) -> None:
        target, way = self._target(), list(WAYS)[max(self.way.currentIndex(), 0)]
        if target:
            self.changeRequested.emit(target, way, self.number.text(), self.at_once.isChecked())

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.number, 1)
        row.addWidget(self.apply)
        first, second, third = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        for label in (self._title, *self._titles):
            label.setMinimumHeight(self.undo.sizeHint().height())
        for part in (self._title, self.target, self.way):
            first.addWidget(part)
        first.addLayout(row)
        first.addWidget(self.at_once)
        first.addWidget(self._said)
        first.addStretch(1)
        second.addWidget(self._titles[0])
        second.addWidget(self.options, 1)
        head = QHBoxLayout()
        head.addWidget(self._titles[1], 1)
        head.addWidget(self.undo)
        third.addLayout(head)
        third.addWidget(self.list, 1)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(12, 8, 12, 8)
        columns.setSpacing(14)
        for column, stretch in ((first, 4), (second, 5), (third, 4)):
            column.setSpacing(6)
            columns.addLayout(column, stretch)


def _button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setFont(font(12, QFont.Weight.DemiBold))
    button.setMinimumWidth(72)
    button.setAutoDefault(False)
    button.setCursor(Qt.CursorShape.ArrowCursor)
    return button
