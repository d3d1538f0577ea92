"""The training panel: device, the four steps, what was launched and with which figures, run and stop, progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gradscope.app.fonts import text_font
from gradscope.app.theme import LIGHT, Theme

from . import look
from .labels import row_label
from .launch_form import LaunchForm, PlainCombo
from .progress_rows import ProgressRows
from .run_words import next_phase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gradscope.app.declared import Argument
    from gradscope.graph.state import RunState

STEPS = {
    "forward": "Run the forward pass, up to its result (F10)",
    "loss": "Run on to the end of the loss (F10)",
    "backward": "Run what is left of backward (F10); F11 runs one node",
    "update": "Run the update, to the end of this iteration (F10)",
}


class TrainingPanel(QWidget):
    """Told by ``set_launch`` and ``set_state``; tells what is wanted by signals and decides nothing."""

    stepRequested = Signal(str)
    runRequested = Signal()
    pauseRequested = Signal()
    stopRequested = Signal()
    restartRequested = Signal(dict)  # the form's values; "device" only if another one was chosen
    deviceRequested = Signal(str)
    rateRequested = Signal(str)  # a learning rate for the run that is under way

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._device = ""
        self._takes_device = False
        self._life = "idle"
        self._rate = self._asked_rate = "-"
        self.title = QLabel("Training", self)
        self.title.setFont(text_font(13, QFont.Weight.DemiBold))
        self.device = PlainCombo("Device")
        self.device_note = QLabel()
        self.device_note.setFont(text_font(11))
        self.device_note.setWordWrap(True)
        self.steps = {name: _button(name.capitalize(), tip) for name, tip in STEPS.items()}
        self.form = LaunchForm()
        self.optimizer, self.rate = _read_only("Optimizer"), _read_only("Learning rate now")
        self.rate.setToolTip(
            "The learning rate now. Write another one and press Enter: it holds from the next update on"
        )
        self.run = _button("Run", "Run freely (F5)")
        self.pause = _button("Pause", "Stop at the next pause point (F6)")
        self.stop = _button("Stop", "End the training process (Shift+F5)")
        self.restart = _button("Restart", "Start it again with the values above (Ctrl+Shift+F5)")
        self.progress = ProgressRows()
        self._arrange()
        self._connect()
        self.set_theme(LIGHT)
        self._show_life()

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        sheet = f"TrainingPanel, QScrollArea, QWidget#body {{ background: {theme.window}; }}"
        sheet += f"QLabel {{ color: {theme.muted}; }}"
        self.setStyleSheet(sheet + look.fields(theme) + look.buttons(theme))
        self.title.setStyleSheet(f"color: {theme.text};")
        self.form.set_theme(theme)
        self.progress.set_theme(theme)

    def set_launch(
        self,
        command_text: str,
        lesson_names: Sequence[str],
        device: str,
        devices: Sequence[str],
        fields: Mapping[str, str],
        takes_device: bool | None = None,
        declared: Mapping[str, Argument] | None = None,
        surroundings: Mapping[str, str] | None = None,
    ) -> None:
        """What was launched. It is a lesson if ``command_text`` is one of ``lesson_names``.

        ``fields`` are the lesson's or script's own arguments by name without dashes ("lr", "epochs", "batch-size") and
        the texts they were started with. ``takes_device``: it is given ``--device`` (if left out: lessons are).
        ``declared`` is all that the script says of its arguments, ``surroundings`` what ``LaunchForm`` knows by it.
        """
        self._takes_device = command_text in lesson_names if takes_device is None else takes_device
        self._device = device
        self.device.fill([*devices] if device in devices or not device else [device, *devices], device)
        self.form.fill(command_text, lesson_names, fields, declared, surroundings)
        self._show_device_note()
        self._show_life()

    def set_state(self, state: RunState) -> None:
        """Accent the next step, enable what makes sense, show figures and progress."""
        self._life = state.life
        last = state.history[-1] if len(state.history) else None
        optimizer = next((record.label for record in state.history[-4:][::-1] if record.label), "")
        self.optimizer.setText(optimizer or "-")
        rate = last.learning_rate if last is not None else None
        self._show_rate(state, rate)
        self.progress.set_state(state)
        following = next_phase(state)
        for name, button in self.steps.items():
            look.mark(button, "next", name == following)
            button.setEnabled(state.life == "paused")
            button.setAccessibleDescription("the next step" if name == following else "")
        self._show_life()

    def put_back_rate(self) -> None:
        """The rate that was asked for last is refused: the one that holds is shown again."""
        if self.rate.text() == self._asked_rate:
            self.rate.setText(self._rate)

    def _arrange(self) -> None:
        steps, orders = QHBoxLayout(), QHBoxLayout()
        for row, buttons in ((steps, list(self.steps.values())), (orders, self._orders())):
            row.setSpacing(5)
            for button in buttons:
                row.addWidget(button, len(button.text()) + 3)
        device_row = QFormLayout()
        device_row.setHorizontalSpacing(10)
        device_row.addRow(row_label("Device"), self.device)
        self.live = QFormLayout()
        self.live.setHorizontalSpacing(10)
        self.live.setVerticalSpacing(4)
        self.live.addRow(row_label("Optimizer"), self.optimizer)
        self.rate_label = row_label("Rate now")
        self.live.addRow(self.rate_label, self.rate)
        body = QWidget()
        body.setObjectName("body")
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 0, 14, 10)
        column.setSpacing(8)
        column.addLayout(device_row)
        column.addLayout(steps)
        column.addWidget(self.form)
        column.addLayout(self.live)
        column.addWidget(self.device_note)
        column.addLayout(orders)
        column.addWidget(self.progress)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setAccessibleName("Training")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 10, 0, 0)
        outer.setSpacing(6)
        self.title.setContentsMargins(14, 0, 14, 0)
        outer.addWidget(self.title)
        outer.addWidget(area, 1)

    def _orders(self) -> list[QPushButton]:
        return [self.run, self.pause, self.stop, self.restart]

    def _connect(self) -> None:
        for name, button in self.steps.items():
            button.clicked.connect(lambda _=False, step=name: self.stepRequested.emit(step))
        self.run.clicked.connect(self.runRequested)
        self.pause.clicked.connect(self.pauseRequested)
        self.stop.clicked.connect(self.stopRequested)
        self.restart.clicked.connect(self._restart)
        self.form.edited.connect(self._show_life)
        self.form.accepted.connect(self._restart)
        self.device.chosen.connect(self._choose_device)
        self.rate.returnPressed.connect(self._ask_rate)

    def _choose_device(self, device: str) -> None:
        self._show_device_note()
        self._show_life()
        self.deviceRequested.emit(device)

    def _restart(self) -> None:
        if self.restart.isEnabled():
            chosen = self.device.currentText()
            self.restartRequested.emit(self.form.values() | ({"device": chosen} if chosen != self._device else {}))

    def _show_rate(self, state: RunState, rate: float | None) -> None:
        """What the optimizer steps with; another one can be written while the script lives."""
        can_change = bool(state.optimizers) and state.life in ("running", "paused")
        told = [option.value for group in state.optimizers[:1] for option in group.options if option.name == "lr"]
        # While training runs the script may change it itself, and the options are told at pauses only.
        running = state.life != "paused" and rate is not None
        text = told[0] if told and not running else f"{rate:g}" if rate is not None else "-"
        if not self.rate.hasFocus() or self.rate.text() == self._rate or state.life not in ("running", "paused"):
            self.rate.setText(text)
        self._rate = text
        self.rate.setReadOnly(not can_change)
        self.rate.style().polish(self.rate)

    def _ask_rate(self) -> None:
        if not self.rate.isReadOnly() and self.rate.text() != self._rate:
            self._asked_rate = self.rate.text()
            self.rateRequested.emit(self._asked_rate)

    def _show_device_note(self) -> None:
        changed = self.device.currentText() != self._device
        look.mark(self.device, "changed", changed)
        how = (
            "given as --device." if self._takes_device else "set as torch's default; a script that names its own wins."
        )
        self.device_note.setText(f"Device: {how} Takes effect at a restart." if changed else f"Device: {how}")
        self.device.setToolTip(self.device_note.text())
        self.device_note.setVisible(self.device.count() > 0)

    def _show_life(self) -> None:
        live = self._life in ("connecting", "running", "pausing", "paused", "lost")
        launched = bool(self.form.values())
        self.run.setEnabled(self._life in ("paused", "ended", "idle") and (live or launched))
        self.pause.setEnabled(self._life == "running")
        self.stop.setEnabled(live)
        self.restart.setEnabled(launched and not self.form.problem())
        changed = self.form.is_changed() or self.device.currentText() != self._device
        look.mark(self.restart, "next", launched and changed)
        self.device.setEnabled(self.device.count() > 0)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setFont(text_font(12, QFont.Weight.DemiBold))
    button.setToolTip(tip)
    button.setMinimumWidth(30)
    button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return button


def _read_only(name: str) -> QLineEdit:
    field = QLineEdit("-")
    field.setReadOnly(True)
    field.setFont(text_font(12))
    field.setAccessibleName(name)
    field.setToolTip(f"{name}, as the script uses it; a dash until its first update")
    return field
