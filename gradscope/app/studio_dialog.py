"""New training: what to learn from, what learns and how, with the script that comes of it beside the form."""

from __future__ import annotations

from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gradscope.studio.catalogue import changed, fields_for
from gradscope.studio.plan import Plan, PlanError
from gradscope.studio.script import script_name, title_of, write_script

from .fonts import mono_font, text_font
from .panels import look
from .panels.plan_form import PlanForm
from .panels.source_colours import SourceHighlighter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .theme import Theme

TABLES = "Tables (*.csv *.npy);;All files (*)"


class StudioDialog(QDialog):
    """Tells ``trainRequested(plan, script)`` or ``saveRequested(plan, script)``; the script is what is shown."""

    trainRequested = Signal(object, str)
    saveRequested = Signal(object, str)

    def __init__(self, parent: QWidget, theme: Theme, plan: Plan) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New training")
        self.resize(1060, 700)
        self.plan = plan
        self._devices: tuple[str, ...] = ("cpu",)
        self._names: Mapping[str, str] = {}
        self._script = ""
        self.form = PlanForm()
        self.form.fieldChanged.connect(self._changed)
        self.form.fieldRefused.connect(lambda _name, sentence: self._say(sentence))
        self.form.fileWanted.connect(self._ask_file)
        self.title = QLabel()
        self.title.setFont(text_font(16, QFont.Weight.DemiBold))
        self.title.setWordWrap(True)
        self.note = QLabel("Asking Python which devices it has…")
        self.note.setFont(text_font(12))
        self.fault = QLabel()
        self.fault.setFont(text_font(12))
        self.fault.setWordWrap(True)
        self.fault.setObjectName("plan.fault")
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setFont(mono_font(11))
        self.preview.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.preview.setAccessibleName("The script that will train")
        self._colours = SourceHighlighter(self.preview.document())
        self._arrange()
        self._paint(theme)
        self._show()

    def set_devices(
        self, devices: tuple[str, ...], why: str = "", names: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Those that the interpreter reports, and what they are; ``why`` says what is wrong with it, for the user."""
        self._devices, self._names = devices, names
        self.note.setText(why)
        self.note.setVisible(bool(why))
        self._show()

    def script(self) -> str:
        """What is shown; "" while the plan cannot be trained."""
        return self._script

    def _arrange(self) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(10)
        column.addWidget(self.form)
        column.addWidget(self.note)
        column.addWidget(self.fault)
        column.addStretch(1)
        scroll.setWidget(left)
        self._scroll = scroll
        split = QSplitter()
        split.addWidget(scroll)
        split.addWidget(self.preview)
        split.setSizes([400, 640])
        split.setChildrenCollapsible(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.train = QPushButton("Train")
        self.train.setObjectName("plan.train")
        self.train.setToolTip("Write the script and start it, held before its first forward")
        self.train.setDefault(True)
        self.save = QPushButton("Save as…")
        self.save.setObjectName("plan.save")
        self.save.setToolTip("Keep the script; it runs without GradScope")
        buttons.addButton(self.train, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        for button in buttons.buttons():
            button.setIcon(QIcon())
            if button is not self.train and isinstance(button, QPushButton):
                button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        self.train.clicked.connect(self._train)
        self.save.clicked.connect(lambda: self.saveRequested.emit(self.plan, self._script))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 18, 20, 16)
        outer.setSpacing(14)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        outer.addLayout(head)
        outer.addWidget(split, 1)
        outer.addWidget(buttons)

    def _paint(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"StudioDialog, QScrollArea, QScrollArea > QWidget > QWidget {{ background: {theme.window}; }}"
            + look.fields(theme)
            + f"QPlainTextEdit {{ background: {theme.canvas}; border: 1px solid {theme.border}; border-radius: 6px; }}"
        )
        self.fault.setStyleSheet(f"color: {theme.cut};")
        self.note.setStyleSheet(f"color: {theme.muted};")
        self._colours.set_theme(theme)

    def _changed(self, name: str, value: object) -> None:
        self.plan = changed(self.plan, name, value)  # type: ignore[arg-type]  # the form gives what the field is
        self._show()

    def _show(self) -> None:
        devices = self._devices if self.plan.device in self._devices else (*self._devices, self.plan.device)
        self.form.set_fields(fields_for(self.plan, devices, self._names), asdict(self.plan))
        self.title.setText(title_of(self.plan))
        try:
            self._script = write_script(self.plan)
            fault = self._device_fault()
        except PlanError as error:
            self._script, fault = "", str(error)
        self._colours.read(self._script)
        bar = self.preview.verticalScrollBar()
        place = bar.value()
        self.preview.setPlainText(self._script)
        bar.setValue(place)
        self._say(fault)
        for button in (self.train, self.save):
            button.setEnabled(bool(self._script) and not fault)

    def _device_fault(self) -> str:
        if self.plan.device in self._devices:
            return ""
        return f"This Python has no device {self.plan.device}: it has {', '.join(self._devices)}. Choose one of them."

    def _say(self, sentence: str) -> None:
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))

    def _ask_file(self, name: str) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Open a table", "", TABLES)
        if chosen:
            self._changed(name, chosen)

    def _train(self) -> None:
        if self._script:
            self.trainRequested.emit(self.plan, self._script)
            self.accept()

    def suggested_name(self) -> str:
        """A file name for the script."""
        return script_name(self.plan)
