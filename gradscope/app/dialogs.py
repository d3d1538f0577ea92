"""The window's questions and errors: what happened, what it touched, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .fonts import mono_font, text_font

if TYPE_CHECKING:
    from collections.abc import Callable

Leaving = Literal["leave", "stop", "cancel"]
OPENABLE = "Scripts, recordings and tables (*.py *.gscope *.csv *.npy);;All files (*)"


def show_error(parent: QWidget, title: str, error: object) -> QMessageBox:
    """A message that does not stop the window; an error that knows what, where and a remedy says all three."""
    box = QMessageBox(QMessageBox.Icon.Warning, "GradScope", title, QMessageBox.StandardButton.Ok, parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    what, where, remedy = (str(getattr(error, name, "")) for name in ("what", "where", "remedy"))
    if what:
        box.setText(f"{what}.")
        box.setInformativeText(f"{where}\n\n{remedy[:1].upper()}{remedy[1:]}.")
    else:
        box.setInformativeText(str(error) or type(error).__name__)
    box.open()
    return box


def show_crash(parent: QWidget | None, summary: str, details: str, log: str) -> QMessageBox:
    """Something of GradScope itself failed; the training is not touched."""
    box = QMessageBox(QMessageBox.Icon.Critical, "GradScope", "GradScope made a mistake.", parent=parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setInformativeText(
        f"{summary}\n\nThe window goes on and the training was not touched. If something looks wrong, restart"
        f" GradScope. The log has the details:\n{log}"
    )
    box.setDetailedText(details)
    box.open()
    return box


def ask_leaving(parent: QWidget, name: str) -> Leaving:
    """What becomes of a live script when its window goes."""
    box = QMessageBox(QMessageBox.Icon.Question, "GradScope", f"{name} is still training.", parent=parent)
    box.setInformativeText("It can run on alone to its end, with all its output, or be stopped now.")
    leave = box.addButton("Let it run on", QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton("Stop it", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(leave)
    box.setEscapeButton(cancel)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    if clicked is leave:
        return "leave"
    return "stop" if clicked is stop else "cancel"


def ask_file(parent: QWidget, folder: str) -> str:
    """A script or recording to open; "" if none was chosen."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open a script, recording or table", folder, OPENABLE)
    return name


class CommandDialog(QDialog):
    """A training command, its folder and its interpreter."""

    def __init__(self, parent: QWidget, accept: Callable[[str, str, str], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Run a command")
        self.setMinimumWidth(560)
        self._accept = accept
        self.command = _field("train.py --lr 0.1   or   -m package.train   or   torchrun train.py", self)
        self.folder = _field("the folder that GradScope was started in", self)
        self.python = _field("$VIRTUAL_ENV's, else the one that runs GradScope", self)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(10)
        for label, field in (("Command", self.command), ("Folder", self.folder), ("Python", self.python)):
            form.addRow(label, field)
        note = QLabel("The script is held before its first forward. Nothing in it needs to be changed.", self)
        note.setFont(text_font(12))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self._run = QPushButton("Run", self)
        buttons.addButton(self._run, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addWidget(note)
        layout.addWidget(buttons)
        self._run.setEnabled(False)
        self.command.textChanged.connect(lambda text: self._run.setEnabled(bool(text.strip())))

    def _accepted(self) -> None:
        texts = (self.command.text().strip(), self.folder.text().strip(), self.python.text().strip())
        self.accept()
        self._accept(*texts)


class TextDialog(QDialog):
    """A longer text to read."""

    def __init__(self, parent: QWidget, title: str, text: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(640, 420)
        view = QPlainTextEdit(text, self)
        view.setReadOnly(True)
        view.setFont(mono_font())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(view)
        layout.addWidget(buttons)


def _field(hint: str, parent: QWidget) -> QLineEdit:
    field = QLineEdit(parent)
    field.setPlaceholderText(hint)
    field.setFont(mono_font())
    return field
