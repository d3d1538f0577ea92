"""What the model has learned so far, beside the graph: its answers as a picture, or why there is none."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from gradscope.app.panels.learned_picture import LearnedPicture
from gradscope.app.panels.text_label import TextLabel
from gradscope.graph.learned import LearnedView

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.learned import LearnedTold

EMPTY = (
    "What the model answers appears here at the end of an iteration, drawn from a copy of the model in the training"
    " process. Step on or press F5."
)


class LearnedPanel(QWidget):
    """Told by ``set_learned``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told: LearnedTold | None = None
        self._title = TextLabel(13, "text", QFont.Weight.DemiBold)
        self._title.setText("Learned")
        self._detail = TextLabel(12, "muted")
        self._detail.setWordWrap(True)
        self.picture = LearnedPicture()
        self._words = TextLabel(13, "muted")
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._words.setText(EMPTY)
        self._said = EMPTY
        page, words = QWidget(), QWidget()
        inner = QVBoxLayout(words)
        inner.setContentsMargins(0, 8, 0, 0)
        inner.addWidget(self._words)
        inner.addStretch(1)
        self._stack = QStackedLayout(page)
        self._stack.addWidget(words)
        self._stack.addWidget(self.picture)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self._detail)
        column.addWidget(page, 1)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.setStyleSheet(f"LearnedPanel {{ background: {theme.window}; }}")  # it takes the labels' colours away
        for label in (self._title, self._detail, self._words):
            label.set_theme(theme)
        self.picture.set_theme(theme)

    def set_learned(self, told: LearnedTold | None) -> None:
        """Show this picture; None says what would bring one."""
        if told is self._told:
            return
        self._told = told
        if told is None:
            self._detail.setText("")
            self._say(EMPTY)
            self.picture.set_view(None)
            return
        view = LearnedView.from_message(told)
        self._detail.setText(f"{view.title()} · iteration {told.iteration}")
        if told.kind == "none":
            self._say(f"There is no picture: {told.why}.")
        elif told.kind == "text":
            self._say(f"…{told.prompt}▸{told.text}", _written(told.prompt, told.text))
        else:
            self._stack.setCurrentIndex(1)
        self.picture.set_view(view)
        self.picture.setAccessibleDescription(self._detail.text())

    def text(self) -> str:
        """What is written in place of a picture; "" where there is one."""
        return self._said if self._stack.currentIndex() == 0 else ""

    def detail(self) -> str:
        """The line above the picture."""
        return self._detail.text()

    def _say(self, sentence: str, markup: str = "") -> None:
        self._said = sentence
        self._words.setTextFormat(Qt.TextFormat.RichText if markup else Qt.TextFormat.PlainText)
        self._words.setText(markup or sentence)
        self._stack.setCurrentIndex(0)


def _written(prompt: str, text: str) -> str:
    """What the model was given, and in bold what it wrote on."""
    return f"…{html.escape(prompt)}<b>▸{html.escape(text)}</b>"
