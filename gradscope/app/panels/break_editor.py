"""One row of fields for the breakpoint that is selected: its condition, when it counts, and what it does then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from gradscope.app.fonts import text_font

from .flow_layout import FlowLayout
from .launch_form import PlainCombo

if TYPE_CHECKING:
    from gradscope.app.theme import Theme

CONDITIONS = ("", "nonfinite", "zero", "above", "below", "growth")
_PLAIN = ("phase", "parameter", "function", "line")  # nothing passes there that a condition could look at
_COMPARED = ("any", "loss")  # these say nothing without one


class BreakEditor(QWidget):
    """Told a breakpoint by ``set_breakpoint``; tells ``edited`` with a changed one."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Any = None
        self._filling = False
        self._labels: list[QLabel] = []
        self.condition = PlainCombo("Condition")
        self.condition.setFixedWidth(196)
        self.threshold = self._field("Threshold", 76, "the number that it is compared with")
        self.iteration = self._field("Only in this iteration", 64, "any")
        self.every = self._field("Every so many hits", 48, "1")
        self.once = self._check("once", "Switch it off when it has acted")
        self.log = self._check("write a line instead", "Write to the console and do not stop")
        self.message = self._field("What the line says first", 130, "message")
        row = FlowLayout(self, 6)
        shown: tuple[tuple[str, QWidget], ...] = (
            ("if", self.condition),
            ("", self.threshold),
            ("iteration", self.iteration),
            ("every", self.every),
            ("", self.once),
            ("", self.log),
            ("", self.message),
        )
        for text, widget in shown:
            self._add(row, text, widget)
        for field in (self.threshold, self.iteration, self.every, self.message):
            field.editingFinished.connect(self._take)
        for check in (self.once, self.log):
            check.clicked.connect(self._take)
        self.condition.currentIndexChanged.connect(self._take)
        self.set_breakpoint(None)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for label in self._labels:
            label.setStyleSheet(f"color: {theme.muted};")
        for check in (self.once, self.log):
            check.setStyleSheet(f"color: {theme.text};")

    def set_breakpoint(self, one: Any) -> None:
        """Show this one; None: nothing is selected."""
        from gradscope.graph.break_words import CONDITIONS as WORDS
        from gradscope.graph.break_words import WITH_THRESHOLD

        self._filling = True
        self._shown = one
        self.setEnabled(one is not None)
        if one is not None:
            usable = [name for name in CONDITIONS if _fits(name, one.kind)]
            words = [WORDS[name].removeprefix("norm ") if one.kind == "loss" else WORDS[name] for name in usable]
            self.condition.clear()
            for name, text in zip(usable, words, strict=True):
                self.condition.addItem(text, name)
            self.condition.setCurrentIndex(usable.index(one.condition) if one.condition in usable else 0)
            self.condition.setEnabled(len(usable) > 1)
            self.threshold.setText(f"{one.threshold:g}")
            self.threshold.setEnabled(one.condition in WITH_THRESHOLD)
            self.iteration.setText(str(one.iteration) if one.iteration >= 0 else "")
            self.every.setText(str(one.every))
            self.once.setChecked(one.once)
            self.log.setChecked(one.log)
            self.message.setText(one.message)
            self.message.setEnabled(one.log)
        self._filling = False

    def _take(self) -> None:
        one = self._shown
        if one is None or self._filling:
            return
        changed = replace(
            one,
            condition=self.condition.currentData() or "",
            threshold=_number(self.threshold.text(), one.threshold),
            iteration=_count(self.iteration.text(), -1),
            every=max(1, _count(self.every.text(), 1)),
            once=self.once.isChecked(),
            log=self.log.isChecked(),
            message=self.message.text().strip(),
        )
        if changed != one:
            self.edited.emit(changed)

    def _field(self, name: str, width: int, hint: str) -> QLineEdit:
        field = QLineEdit()
        field.setFont(text_font(12))
        field.setFixedWidth(width)
        field.setPlaceholderText(hint if len(hint) < 12 else "")
        field.setToolTip(f"{name}" if len(hint) < 12 else f"{name}: {hint}")
        field.setAccessibleName(name)
        return field

    def _check(self, text: str, tip: str) -> QCheckBox:
        check = QCheckBox(text)
        check.setFont(text_font(12))
        check.setToolTip(tip)
        return check

    def _add(self, row: FlowLayout, text: str, widget: QWidget) -> None:
        """A label stays with its field."""
        if not text:
            row.addWidget(widget)
            return
        label = QLabel(text)
        label.setFont(text_font(12))
        self._labels.append(label)
        pair = QWidget()
        inner = QHBoxLayout(pair)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        inner.addWidget(label)
        inner.addWidget(widget)
        row.addWidget(pair)


def _fits(condition: str, kind: str) -> bool:
    if kind in _PLAIN:
        return not condition
    return bool(condition) if kind in _COMPARED else True


def _number(text: str, otherwise: float) -> float:
    try:
        return float(text)
    except ValueError:
        return otherwise


def _count(text: str, otherwise: int) -> int:
    text = text.strip()
    return int(text) if text.isdecimal() else otherwise
