"""What the next start will use: the command or lesson and its own arguments; changed fields are marked.

The arguments that matter most are always seen. Behind "More…" stand the others that the script declares, its
interpreter, its folder and its environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gradscope.app.fonts import text_font
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT, Theme

from . import look
from .labels import row_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gradscope.app.declared import Argument

LABELS = {"lr": "Learning rate", "epochs": "Epochs", "batch-size": "Batch size", "batch_size": "Batch size"}
NOTE = "These take effect at a restart."
CHANGED = "Changed: press Restart to apply."
MORE, LESS = "More…", "Less"
# What surrounds a command, by the names that ``values`` gives it: label, what an empty field means, help.
SURROUNDINGS = {
    "run.python": ("Python", "$VIRTUAL_ENV's, else GradScope's", "The interpreter that runs the script"),
    "run.folder": ("Folder", "where GradScope was started", "The folder that the script runs in"),
    "run.environment": (
        "Environment",
        "NAME=value, one a line",
        "Environment variables, added to those that are there",
    ),
}


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


Control = QLineEdit | PlainCombo | QPlainTextEdit


class LaunchForm(QWidget):
    """``values()`` holds "lesson" or "command", every argument, and what surrounds the command, as texts."""

    edited = Signal()
    accepted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme = LIGHT
        self._started: dict[str, str] = {}
        self._declared: dict[str, Argument] = {}
        self.fields: dict[str, Control] = {}
        self._more_shown = False
        self.others: dict[str, Control] = {}  # behind "More…"
        self.lesson = PlainCombo("Lesson")
        self.lesson.chosen.connect(lambda _: self._changed())
        self.command = self._line("command", "")
        self.command.setAccessibleName("Command")
        self.note = QLabel(NOTE)
        self.note.setFont(text_font(11))
        self.note.setWordWrap(True)
        self.rows = _form()
        self.rows.addRow(row_label("Lesson"), self.lesson)
        self.rows.addRow(row_label("Command"), self.command)
        self.more = QToolButton()
        self.more.setText(MORE)
        self.more.setFont(text_font(11))
        self.more.setToolTip("The script's other arguments, its interpreter, folder and environment")
        self.more.clicked.connect(lambda: self._show_more(not self._more_shown))
        self._more_box = QWidget()
        self._more_rows = _form()
        self._more_box.setLayout(self._more_rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self.rows)
        column.addWidget(self.more)
        column.addWidget(self._more_box)
        column.addWidget(self.note)
        self._show_more(False)
        self.fill("", (), {})

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self._more_box.setStyleSheet(look.text_areas(theme))
        self._mark()

    def fill(
        self,
        command: str,
        lessons: Sequence[str],
        fields: Mapping[str, str],
        declared: Mapping[str, Argument] | None = None,
        surroundings: Mapping[str, str] | None = None,
    ) -> None:
        """What the run was started with; edits that were not applied are dropped.

        ``declared`` says of which kind an argument is, and holds those that are not in ``fields`` too.
        """
        is_lesson = command in lessons
        self._declared = dict(declared or {})
        others = {name: one.default for name, one in self._declared.items() if name not in fields}
        others |= dict(surroundings or {}) if command else {}
        self._started = {"lesson" if is_lesson else "command": command} if command else {}
        self._started |= {name: str(value) for name, value in fields.items()} | others
        self.rows.setRowVisible(self.lesson, is_lesson)
        self.rows.setRowVisible(self.command, bool(command) and not is_lesson)
        self.lesson.fill(lessons, command)
        self.command.setText("" if is_lesson else command)
        self.command.setCursorPosition(0)
        self._fill(self.rows, self.fields, fields)
        self._fill(self._more_rows, self.others, others)
        self.more.setVisible(bool(others))
        self._more_box.setVisible(bool(others) and self._more_shown)
        self.note.setVisible(bool(self._started))
        self._mark()

    def values(self) -> dict[str, str]:
        """What a restart would use; empty while nothing was launched."""
        if not self._started:
            return {}
        first = {"lesson": self.lesson.currentText()} if "lesson" in self._started else {}
        first = first or {"command": self.command.text().strip()}
        return first | {name: _text(control) for name, control in (self.fields | self.others).items()}

    def is_changed(self) -> bool:
        """Whether a restart would use something else than the run that is there."""
        return self.values() != self._started

    def problem(self) -> str:
        """One sentence on the first changed field that the script would refuse; "" if there is none."""
        for name, control in (self.fields | self.others).items():
            text = _text(control)
            if text == self._started.get(name):
                continue
            said = self._declared[name].problem(text) if name in self._declared else ""
            if name == "run.environment":
                wrong = [line for line in text.splitlines() if line.strip() and not line.partition("=")[0].strip()]
                wrong += [line for line in text.splitlines() if line.strip() and "=" not in line]
                said = f"Environment has the line “{wrong[0]}”: write NAME=value." if wrong else ""
            if said:
                return said
        return ""

    def _fill(self, rows: QFormLayout, controls: dict[str, Control], texts: Mapping[str, str]) -> None:
        for name in list(controls):
            if name not in texts or not self._fits(name, controls[name]):
                rows.removeRow(controls.pop(name))
        for name, text in texts.items():
            if name not in controls:
                controls[name] = self._made(name)
                rows.addRow(row_label(label_of(name)), controls[name])
            control, argument = controls[name], self._declared.get(name)
            tip = "takes effect at a restart" if isinstance(control, PlainCombo) else _ENTER
            if name in SURROUNDINGS:
                control.setToolTip(f"{SURROUNDINGS[name][2]}: takes effect at a restart")
            else:
                told = argument.help if argument is not None and argument.help else label_of(name)
                control.setToolTip(f"{told}: {tip}")
            if isinstance(control, PlainCombo):
                known = argument.choices if argument is not None else ()
                control.fill(known if text in known else ("", *known), text)
            elif isinstance(control, QPlainTextEdit):
                control.blockSignals(True)
                control.setPlainText(text)
                control.blockSignals(False)
            else:
                control.setText(str(text))

    def _fits(self, name: str, control: Control) -> bool:
        argument = self._declared.get(name)
        return isinstance(control, PlainCombo) == (argument is not None and bool(argument.choices))

    def _made(self, name: str) -> Control:
        argument = self._declared.get(name)
        if argument is not None and argument.choices:
            box = PlainCombo(label_of(name))
            box.chosen.connect(lambda _: self._changed())
            return box
        if name == "run.environment":
            area = QPlainTextEdit()
            area.setFont(text_font(12))
            area.setFixedHeight(56)
            area.setTabChangesFocus(True)
            area.setAccessibleName(label_of(name))
            area.setPlaceholderText(SURROUNDINGS[name][1])
            area.textChanged.connect(self._changed)
            return area
        line = self._line(name, "")
        if name in SURROUNDINGS:
            line.setPlaceholderText(SURROUNDINGS[name][1])
        return line

    def _line(self, name: str, text: str) -> QLineEdit:
        field = QLineEdit(text)
        field.setFont(text_font(12))
        field.setAccessibleName(label_of(name))
        field.setToolTip(f"{label_of(name)}: {_ENTER}")
        field.textEdited.connect(lambda _: self._changed())
        field.returnPressed.connect(self.accepted)
        return field

    def _show_more(self, shown: bool) -> None:
        self._more_shown = shown
        self.more.setText(LESS if shown else MORE)
        self._more_box.setVisible(shown and bool(self.others))

    def _changed(self) -> None:
        self._mark()
        self.edited.emit()

    def _mark(self) -> None:
        now = self.values()
        shown: dict[str, QWidget] = {"lesson": self.lesson, "command": self.command, **self.fields, **self.others}
        for name, widget in shown.items():
            changed = name in self._started and now.get(name) != self._started[name]
            look.mark(widget, "changed", changed)
        different, problem = self.is_changed(), self.problem()
        self.note.setText(problem or (CHANGED if different else NOTE))
        self.note.setStyleSheet(f"color: {self._theme.halo_text if different else self._theme.muted};")


_ENTER = "takes effect at a restart; Enter restarts"


def _form() -> QFormLayout:
    rows = QFormLayout()
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setHorizontalSpacing(10)
    rows.setVerticalSpacing(4)
    return rows


def _text(control: Control) -> str:
    if isinstance(control, PlainCombo):
        return control.currentText()
    if isinstance(control, QPlainTextEdit):
        return control.toPlainText().strip()
    return control.text().strip()


def label_of(name: str) -> str:
    """``batch-size`` as a label: ``Batch size``."""
    if name in SURROUNDINGS:
        return SURROUNDINGS[name][0]
    return LABELS.get(name, name.replace("-", " ").replace("_", " ").capitalize())
