"""A form made from declared fields: choices, numbers, files, folders, texts. It knows nothing of what they mean."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QWidget

from gradscope.app.panels.labels import row_label
from gradscope.app.panels.launch_form import PlainCombo
from gradscope.app.panels.text_label import font

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gradscope.studio.plan import Field

Control = QComboBox | QLineEdit


class PlanForm(QWidget):
    """``set_fields`` shows them; ``fieldChanged(name, value)`` tells a value of the field's kind: str, float or int.

    ``fieldRefused(name, sentence)`` tells a text that is no number, or one outside its bounds.
    """

    fieldChanged = Signal(str, object)
    fieldRefused = Signal(str, str)
    fileWanted = Signal(str)
    folderWanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[str, QWidget] = {}
        self._fields: dict[str, Field] = {}
        self.controls: dict[str, Control] = {}
        self._rows = QFormLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setHorizontalSpacing(14)
        self._rows.setVerticalSpacing(7)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)

    def set_fields(self, fields: Sequence[Field], values: Mapping[str, object]) -> None:
        """Show these fields with these values; rows that stay keep the focus that they have."""
        wanted = {field.name for field in fields}
        for name in [name for name in self._lines if name not in wanted]:
            self._rows.removeRow(self._lines.pop(name))
            del self.controls[name]
        for place, field in enumerate(fields):
            self._fields[field.name] = field
            if field.name not in self.controls:
                self._lines[field.name] = self._made(field)
                self._rows.insertRow(place, row_label(field.label), self._lines[field.name])
            self._fill(field, values[field.name])

    def _made(self, field: Field) -> QWidget:
        control: Control
        if field.kind == "choice":
            control = PlainCombo(field.label)
            control.activated.connect(partial(self._chosen, field.name))
        else:
            control = QLineEdit()
            control.setPlaceholderText(field.example)
            control.editingFinished.connect(partial(self._edited, field.name))
        control.setFont(font(12))
        control.setObjectName(f"plan.{field.name}")
        control.setAccessibleName(field.label)
        control.setAccessibleDescription(field.help)
        control.setToolTip(field.help)
        self.controls[field.name] = control
        if field.kind not in ("file", "folder"):
            return control
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        browse = QPushButton("Browse…")
        browse.setObjectName(f"plan.{field.name}.browse")
        browse.setAutoDefault(False)
        browse.setAccessibleName(f"Browse for {field.label}")
        wanted = self.folderWanted if field.kind == "folder" else self.fileWanted
        browse.clicked.connect(partial(wanted.emit, field.name))
        row.addWidget(control, 1)
        row.addWidget(browse)
        return line

    def _fill(self, field: Field, value: object) -> None:
        control = self.controls[field.name]
        control.blockSignals(True)
        if isinstance(control, QComboBox):
            ids = [choice.id for choice in field.choices]
            if [control.itemData(row) for row in range(control.count())] != ids:
                control.clear()
                for choice in field.choices:
                    control.addItem(choice.label, choice.id)
                    control.setItemData(control.count() - 1, choice.help, Qt.ItemDataRole.ToolTipRole)
            control.setCurrentIndex(ids.index(str(value)) if str(value) in ids else -1)
            chosen = next((choice for choice in field.choices if choice.id == value), None)
            control.setToolTip(chosen.help if chosen is not None and chosen.help else field.help)
        elif not (control.hasFocus() and control.isModified()):
            control.setText(f"{value:g}" if isinstance(value, float) else str(value))
        control.blockSignals(False)

    def _chosen(self, name: str, row: int) -> None:
        control = self.controls[name]
        if isinstance(control, QComboBox):
            self.fieldChanged.emit(name, control.itemData(row))

    def _edited(self, name: str) -> None:
        field, control = self._fields[name], self.controls[name]
        if not isinstance(control, QLineEdit) or not control.isModified():
            return
        control.setModified(False)
        text = control.text().strip()
        if field.kind not in ("number", "count"):
            self.fieldChanged.emit(name, text)
            return
        whole = field.kind == "count"
        try:
            number = int(text) if whole else float(text)
        except ValueError:
            kind = "a whole number" if whole else "a number"
            self.fieldRefused.emit(name, f"{field.label} is “{text}”: that is not {kind}.")
            return
        if not field.low <= number <= field.high:
            bounds = f"it lies between {field.low:g} and {field.high:g}"
            self.fieldRefused.emit(name, f"{field.label} is {number:g}: {bounds}.")
            return
        self.fieldChanged.emit(name, number)
