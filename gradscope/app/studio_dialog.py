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
from gradscope.studio.own_model import what_is_tried
from gradscope.studio.plan import Plan, PlanError
from gradscope.studio.script import script_name, title_of, write_script

from .fonts import mono_font, text_font
from .panels import look
from .panels.plan_form import PlanForm
from .panels.source_colours import SourceHighlighter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .theme import Theme

AGAIN = "Try again"
# What Browse… asks for, by the name of the field: the title, and the kinds of files.
FILES = {
    "file": ("Open a table", "Tables (*.csv *.npy);;All files (*)"),
    "factory": ("Open the file of a model", "Python (*.py);;All files (*)"),
}


class StudioDialog(QDialog):
    """Tells ``trainRequested(plan, script)`` or ``saveRequested(plan, script)``; the script is what is shown.

    A plan with a model of the user's own is told by ``tryRequested`` first, and waits for ``set_tried``.
    """

    tryRequested = Signal(object)
    trainRequested = Signal(object, str)
    saveRequested = Signal(object, str)

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New training")
        self.resize(1060, 700)
        self.plan = Plan()
        self._devices: tuple[str, ...] = ("cpu",)
        self._names: Mapping[str, str] = {}
        self._script = ""
        self._tried: tuple[Plan, str] | None = None  # the plan whose model was tried, and what is wrong with it
        self._trying: Plan | None = None
        self.form = PlanForm()
        self.form.fieldChanged.connect(self._changed)
        self.form.fieldRefused.connect(lambda _name, sentence: self._say(sentence))
        self.form.fileWanted.connect(self._ask_file)
        self.form.folderWanted.connect(self._ask_folder)
        self.title = QLabel()
        self.title.setFont(text_font(16, QFont.Weight.DemiBold))
        self.title.setWordWrap(True)
        self._asking = "Asking Python which devices it has…"
        self.note = QLabel()
        self.note.setWordWrap(True)
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
        self.preview.setPlaceholderText("The script that will train appears here, once nothing is missing at the left.")
        self._colours = SourceHighlighter(self.preview.document())
        self._arrange()
        self._paint(theme)

    def set_plan(self, plan: Plan) -> None:
        """Begin with this one."""
        self.plan = plan
        self._show()

    def set_devices(
        self, devices: tuple[str, ...], why: str = "", names: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Those that the interpreter reports, and what they are; ``why`` says what is wrong with it, for the user."""
        self._devices, self._names = devices, names
        self._asking = why
        self._show()

    def set_tried(self, plan: Plan, fault: str) -> None:
        """The model of a plan was tried; ``fault`` says what is wrong with it, for the user."""
        if self._trying == plan:
            self._trying = None
            self._tried = (plan, fault)
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
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
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
            fault = self._device_fault() or self._model_fault()
        except PlanError as error:
            self._script, fault = "", str(error)
        self._colours.read(self._script)
        bar = self.preview.verticalScrollBar()
        place = bar.value()
        self.preview.setPlainText(self._script)
        bar.setValue(place)
        self._say(fault)
        trying = f"Trying {self._trying.factory} with a batch of these data…" if self._trying else ""
        self.note.setText(trying or self._asking)
        self.note.setVisible(bool(self.note.text()))
        again = bool(fault) and fault == self._tried_fault()
        self.train.setText(AGAIN if again else "Train")
        self.train.setEnabled(bool(self._script) and (again or not (fault or trying)))
        self.save.setEnabled(bool(self._script) and not fault)

    def _device_fault(self) -> str:
        if self.plan.device in self._devices:
            return ""
        return f"This Python has no device {self.plan.device}: it has {', '.join(self._devices)}. Choose one of them."

    def _model_fault(self) -> str:
        """What is wrong with a model of the user's own; it is tried if that is not known."""
        plan = what_is_tried(self.plan) if self.plan.model == "own" else None
        if plan is None or (self._tried is not None and self._tried[0] == plan):
            self._trying = None
            return self._tried_fault()
        if self._trying != plan:
            self._trying = plan
            self.tryRequested.emit(plan)
        return ""

    def _tried_fault(self) -> str:
        """What is wrong with the model that the plan has now, as far as it was tried."""
        if self._tried is None or self.plan.model != "own" or self._tried[0] != what_is_tried(self.plan):
            return ""
        return self._tried[1]

    def _say(self, sentence: str) -> None:
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))

    def _ask_file(self, name: str) -> None:
        title, kinds = FILES[name]
        chosen, _ = QFileDialog.getOpenFileName(self, title, self.plan.folder, kinds)
        if chosen:
            self._changed(name, chosen)

    def _ask_folder(self, name: str) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Where the model's module lies", self.plan.folder)
        if chosen:
            self._changed(name, chosen)

    def _train(self) -> None:
        if self._tried_fault():
            self._tried = None
            self._show()
        elif self._script:
            self.trainRequested.emit(self.plan, self._script)
            self.accept()

    def suggested_name(self) -> str:
        """A file name for the script."""
        return script_name(self.plan)
