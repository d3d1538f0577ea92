"""A lesson's tour: a paragraph at a time, a question on the way, and what comes next."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gradscope.app.panels import look
from gradscope.app.panels.text_label import TextLabel, font

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.lessons.lesson import Lesson, Question, Step

EMPTY = "Choose a lesson in the File menu or on the welcome page."


class LessonPanel(QWidget):
    """``set_lesson`` and ``set_step`` show; ``answered`` tells a number as it was typed, or a choice's place."""

    nextRequested = Signal()
    backRequested = Signal()
    answered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._theme: Theme | None = None
        self._place = ""
        self.title = TextLabel(14, "text", QFont.Weight.DemiBold)
        self.title.setWordWrap(True)
        self.place = TextLabel(12, "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.text = _paragraphs()
        self.ask = _paragraphs()
        self.verdict = _paragraphs()
        self.number = QLineEdit()
        self.number.setPlaceholderText("a number")
        self.number.setMinimumWidth(150)
        self.number.setFont(font(13, mono=True))
        self.number.setAccessibleName("Your answer")
        self.number.returnPressed.connect(self._tell)
        self.check = QPushButton("Check")
        self.check.clicked.connect(self._tell)
        self.choices = QButtonGroup(self)
        self._choice_rows = QVBoxLayout()
        self._choice_rows.setSpacing(4)
        self.back = QPushButton("Back")
        self.next = QPushButton("Next")
        look.mark(self.next, "next", True)
        self.back.clicked.connect(self.backRequested)
        self.next.clicked.connect(self.nextRequested)
        self._arrange()
        self.setMinimumHeight(230)
        self.set_lesson(None)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.setStyleSheet(
            f"LessonPanel, QScrollArea, QWidget#page {{ background: {theme.window}; }}"
            f"QLabel#paragraphs {{ color: {theme.text}; }} QRadioButton {{ color: {theme.text}; spacing: 8px; }}"
            f"QProgressBar {{ background: {theme.bar}; border: none; border-radius: 2px; }}"
            f"QProgressBar::chunk {{ background: {theme.accent}; border-radius: 2px; }}"
            f"QPushButton {{ min-width: 64px; }}"
            + look.fields(theme)
            + look.buttons(theme)
            + "QPushButton { padding: 4px 8px; }"
        )
        for label in (self.title, self.place):
            label.set_theme(theme)

    def set_lesson(self, lesson: Lesson | None) -> None:
        """Begin a lesson, or have none."""
        self.title.setText(lesson.title if lesson is not None else "Lesson")
        self.bar.setMaximum(len(lesson.steps) if lesson is not None else 1)
        for part in (self.bar, self.back, self.next, self.place):
            part.setVisible(lesson is not None)
        if lesson is None:
            self.text.setText(EMPTY)
            self._show_question(None)

    def set_step(self, step: Step, place: int, count: int, following: str = "") -> None:
        """Show the ``place``-th step (from 0) of ``count``; ``following`` is the title of the lesson after this one."""
        self._place = f"step {place + 1} of {count}"
        self.place.setText(self._place)
        self.bar.setValue(place + 1)
        self.text.setText(rich(step.text))
        self.back.setEnabled(place > 0)
        self.next.setText("Next" if place + 1 < count else "Next lesson" if following else "Finish")
        self.next.setToolTip(following if place + 1 == count else "")
        self._show_question(step.question)
        self._scroll.verticalScrollBar().setValue(0)
        self.setAccessibleDescription(step.text)

    def wanted_height(self) -> int:
        """Pixels at which the whole step is seen, at the width that there is."""
        room = self._scroll.viewport()
        return self.height() - room.height() + self._column.totalHeightForWidth(room.width())

    def set_waiting(self, waiting: bool) -> None:
        """While training runs to where the next step is read."""
        for button in (self.next, self.back, self.check):
            button.setEnabled(not waiting)
        self.place.setText("training runs on…" if waiting else self._place)

    def set_verdict(self, right: bool, words: str) -> None:
        """Whether the answer was right, and why."""
        colour = "" if self._theme is None else (self._theme.done if right else self._theme.cut)
        self.verdict.setText(f'<b style="color:{colour}">{"Right." if right else "Not quite."}</b> {rich(words)}')
        self.verdict.show()
        self._allow_answer(False)
        self._bring_verdict()

    def say(self, sentence: str) -> None:
        """A sentence below the question that judges nothing."""
        self.verdict.setText(rich(sentence))
        self.verdict.setVisible(bool(sentence))
        self._bring_verdict()

    def _bring_verdict(self) -> None:
        # Its height is known when the page has been laid out again.
        QTimer.singleShot(0, self.verdict, lambda: self._scroll.ensureWidgetVisible(self.verdict, 0, 4))

    def _show_question(self, question: Question | None) -> None:
        self._question = question
        for button in self.choices.buttons():
            self.choices.removeButton(button)
            self._choice_rows.removeWidget(button)
            button.deleteLater()
        self.verdict.hide()
        self.ask.setVisible(question is not None)
        self.check.setVisible(question is not None)
        self.number.setVisible(question is not None and question.kind == "number")
        if question is None:
            return
        self.ask.setText(f"<b>{rich(question.ask)}</b>")
        self.number.clear()
        for place, words in enumerate(question.choices):
            button = QRadioButton(words)
            button.setFont(font(13))
            self.choices.addButton(button, place)
            self._choice_rows.addWidget(button)
        self._allow_answer(True)

    def _allow_answer(self, allowed: bool) -> None:
        for part in (self.number, self.check, *self.choices.buttons()):
            part.setEnabled(allowed)

    def _tell(self) -> None:
        if self._question is None:
            return
        if self._question.kind == "choice":
            if self.choices.checkedId() >= 0:
                self.answered.emit(self.choices.checkedId())
            else:
                self.say("Choose one of them first.")
            return
        try:
            self.answered.emit(float(self.number.text().replace(",", ".")))
        except ValueError:
            self.say("Write a number, such as `-3` or `0.5`.")

    def _arrange(self) -> None:
        page = QWidget()
        page.setObjectName("page")
        self._column = column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(10)
        for part in (self.text, self.ask):
            column.addWidget(part)
        column.addLayout(self._choice_rows)
        line = QHBoxLayout()
        line.addWidget(self.number, 1)
        line.addWidget(self.check)
        line.addStretch(1)
        column.addLayout(line)
        column.addWidget(self.verdict)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setAccessibleName("Lesson")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(page)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.place)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.next)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(14, 10, 14, 12)
        outer.setSpacing(8)
        outer.addLayout(head)
        outer.addWidget(self.bar)
        outer.addWidget(self._scroll, 1)
        outer.addLayout(foot)


def rich(text: str) -> str:
    """Paragraphs as markup: ``code`` between backticks, ``**strong**``, a new paragraph after an empty line."""
    safe = html.escape(text.strip(), quote=False)
    safe = re.sub(r"`([^`]+)`", r'<span style="font-family:JetBrains Mono">\1</span>', safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", safe)
    return "<br><br>".join(" ".join(part.split()) for part in safe.split("\n\n"))


def _paragraphs() -> QLabel:
    label = QLabel()
    label.setObjectName("paragraphs")
    label.setFont(font(13))
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
