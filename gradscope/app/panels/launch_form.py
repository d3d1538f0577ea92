"""What the next start will use: the command or lesson and its own arguments; changed fields are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from gradscope.app.fonts import text_font
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT, Theme

from . import look
from .labels import row_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LABELS = {"lr": "Learning rate", "epochs": "Epochs", "batch-size": "Batch size", "batch_size": "Batch size"}
NOTE = "These take effect at a restart."
CHANGED = "Changed: press Restart to apply."


class PlainCombo(QComboBox):
    """A flat combo box that tells only what a person chose, and leaves the wheel to the panel around it."""

    chosen = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFont(text_font(12))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.textActivated.connect(self.chosen)

    def fill(self, texts: Sequence[str], current: str) -> None:
        """Other choices, without a signal."""
        if [self.itemText(row) for row in range(self.count())] != list(texts):
            self.clear()
            self.addItems(list(texts))
        self.setCurrentIndex(self.findText(current))

    @painted
    def paintEvent(self, event: QPaintEvent) -> None:
        """The box, and a small triangle for the arrow that the style sheet takes away."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().placeholderText())
        x, y = self.width() - 14.0, self.height() / 2
        painter.drawPolygon(QPolygonF([QPointF(x - 4, y - 2.5), QPointF(x + 4, y - 2.5), QPointF(x, y + 3.5)]))
        painter.end()


class LaunchForm(QWidget):
    """``values()`` holds "lesson" or "command" and every argument, as texts."""

    edited = Signal()
    accepted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._started: dict[str, str] = {}
        self.fields: dict[str, QLineEdit] = {}
        self.lesson = PlainCombo("Lesson")
        self.lesson.chosen.connect(lambda _: self._changed())
        self.command = self._field("command", "")
        self.command.setAccessibleName("Command")
        self.note = QLabel(NOTE)
        self.note.setFont(text_font(11))
        self.rows = QFormLayout()
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setHorizontalSpacing(10)
        self.rows.setVerticalSpacing(4)
        self.rows.addRow(row_label("Lesson"), self.lesson)
        self.rows.addRow(row_label("Command"), self.command)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self.rows)
        column.addWidget(self.note)
        self.fill("", (), {})

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self._mark()

    def fill(self, command: str, lessons: Sequence[str], fields: Mapping[str, str]) -> None:
        """What the run was started with; edits that were not applied are dropped."""
        is_lesson = command in lessons
        self._started = {"lesson" if is_lesson else "command": command} if command else {}
        self._started |= {name: str(value) for name, value in fields.items()}
        self.rows.setRowVisible(self.lesson, is_lesson)
        self.rows.setRowVisible(self.command, bool(command) and not is_lesson)
        self.lesson.fill(lessons, command)
        self.command.setText("" if is_lesson else command)
        self.command.setCursorPosition(0)
        for name in [name for name in self.fields if name not in fields]:
            self.rows.removeRow(self.fields.pop(name))
        for name, value in fields.items():
            if name not in self.fields:
                self.fields[name] = self._field(name, str(value))
                self.rows.addRow(row_label(label_of(name)), self.fields[name])
            self.fields[name].setText(str(value))
        self.note.setVisible(bool(self._started))
        self._mark()

    def values(self) -> dict[str, str]:
        """What a restart would use; empty while nothing was launched."""
        if not self._started:
            return {}
        first = {"lesson": self.lesson.currentText()} if "lesson" in self._started else {}
        first = first or {"command": self.command.text().strip()}
        return first | {name: field.text().strip() for name, field in self.fields.items()}

    def is_changed(self) -> bool:
        """Whether a restart would use something else than the run that is there."""
        return self.values() != self._started

    def _field(self, name: str, text: str) -> QLineEdit:
        field = QLineEdit(text)
        field.setFont(text_font(12))
        field.setAccessibleName(label_of(name))
        field.setToolTip(f"{label_of(name)}: takes effect at a restart; Enter restarts")
        field.textEdited.connect(lambda _: self._changed())
        field.returnPressed.connect(self.accepted)
        return field

    def _changed(self) -> None:
        self._mark()
        self.edited.emit()

    def _mark(self) -> None:
        now = self.values()
        shown: dict[str, QWidget] = {"lesson": self.lesson, "command": self.command, **self.fields}
        for name, widget in shown.items():
            changed = name in self._started and now.get(name) != self._started[name]
            look.mark(widget, "changed", changed)
        different = self.is_changed()
        self.note.setText(CHANGED if different else NOTE)
        self.note.setStyleSheet(f"color: {self._theme.halo_text if different else self._theme.muted};")


def label_of(name: str) -> str:
    """``batch-size`` as a label: ``Batch size``."""
    return LABELS.get(name, name.replace("-", " ").replace("_", " ").capitalize())
