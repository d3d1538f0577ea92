"""The five steps of training in a row, lit as the script moves through them; a click asks to run to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gradscope.app.fonts import text_font
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT, Theme

from .labels import ElidedLabel
from .phase_button import PhaseButton, Progress
from .run_words import PHASES, cleared_words, coincides, count_words, loss_of, number, pause_words

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

LINE = 44
WHAT = {
    "create": "The script is building its model; no tracked operation has run.",
    "data": "From the end of an iteration to its first tracked operation: the next batch is fetched.",
    "forward": "Operations run and autograd writes down its graph.",
    "loss": "One number that says how wrong the output is: the root of the graph.",
    "backward": "The engine walks the graph from the root to the leaves and brings each its gradient.",
    "update": "The optimizer changes the parameters by their gradients.",
}


class PhaseStrip(QWidget):
    """data, forward, loss, backward, update, and at the right where exactly the script is held."""

    phaseRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setAccessibleName("Phases of training")
        self.setFixedHeight(40)
        self.setAutoFillBackground(False)
        self.creating = PhaseButton("create", self)
        self.buttons = [self.creating, *(PhaseButton(phase, self) for phase in PHASES)]
        self.cleared = ElidedLabel()
        self.cleared.setFont(text_font(12))
        self.badge = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.badge.setFont(text_font(12, QFont.Weight.DemiBold))
        self.badge.setAccessibleName("Where training is paused")
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 0, 12, 0)
        row.setSpacing(0)
        for button in self.buttons:
            button.clicked.connect(lambda _=False, phase=button.phase: self.phaseRequested.emit(phase))
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
            if button is not self.buttons[-1]:
                row.addSpacing(0 if button is self.creating else LINE)
        self.creating.setEnabled(False)
        self.creating.hide()
        row.addStretch(1)
        row.addSpacing(12)
        row.addWidget(self.cleared)
        row.addSpacing(12)
        row.addWidget(self.badge)
        self.set_theme(LIGHT)
        self._tell_tips("idle", -1)

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        for button in self.buttons:
            button.set_theme(theme)
        self._colour()
        self.update()

    def set_state(self, state: RunState) -> None:
        """Light the phases up to where the run is."""
        self.creating.setVisible(state.phase == "create" and state.life not in ("idle", "ended"))
        self.creating.set_progress("current" if self.creating.isVisibleTo(self) else "done")
        here = _place(state)
        both = coincides(state)
        loss = loss_of(state)
        for index, phase in enumerate(PHASES):
            progress: Progress = "done" if index < here else "current" if index == here else "next"
            if both and phase in ("loss", "backward"):
                progress = "current"
            figure = count_words(state) if phase == "backward" else ""
            if phase == "loss" and loss is not None and progress != "next":
                figure = number(loss)
            self.buttons[index + 1].set_progress(progress, figure)
        self._tell_tips(state.life, here)
        cleared = cleared_words(state)
        self.cleared.setText(f"gradients {cleared}" if cleared else "")
        self.cleared.setVisible(bool(cleared))
        self.cleared.setToolTip(
            "Gradients of an earlier iteration are still there: this backward adds to them."
            if cleared == "not cleared"
            else "The script cleared its gradients; this backward starts from none."
        )
        words = pause_words(state)
        self.badge.setText(words)
        self.badge.setVisible(bool(words))
        self._colour()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move between the phases."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        usable = [button for button in self.buttons if button.isEnabled() and button.isVisibleTo(self)]
        focused = next((index for index, button in enumerate(usable) if button.hasFocus()), -1)
        if step is None or focused < 0:
            super().keyPressEvent(event)
            return
        usable[(focused + step) % len(usable)].setFocus(Qt.FocusReason.TabFocusReason)

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Background, the lines between the phases, the lower edge."""
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("border"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() // 2
        for left, right in zip(self.buttons[1:], self.buttons[2:], strict=False):
            passed = left.progress == "done" and right.progress != "next"
            painter.setPen(QPen(theme.color("done" if passed else "border"), 2))
            painter.drawLine(left.geometry().right() + 1, middle, right.geometry().left() - 1, middle)
        painter.end()

    def _colour(self) -> None:
        theme = self._theme
        self.badge.set_ink(theme.color("halo_text"), theme.color("halo_soft"))
        unclear = self.cleared.text().endswith("not cleared")
        self.cleared.set_ink(theme.color("halo_text" if unclear else "muted"))

    def _tell_tips(self, life: str, here: int) -> None:
        live = life in ("running", "pausing", "paused")
        self.creating.setToolTip(WHAT["create"])
        for index, button in enumerate(self.buttons[1:]):
            button.setEnabled(live)
            if not live:
                ask = "Nothing runs that could be run to it."
            elif index <= here:
                ask = "Click: run to it in the next iteration."
            else:
                ask = "Click: run to it."
            button.setToolTip(f"{WHAT[button.phase]}\n{ask}")


def _place(state: RunState) -> int:
    """Index of the current phase; before the first -1, after the last 5."""
    if state.life in ("idle", "connecting") or state.phase == "create":
        return -1
    over = state.pause is not None and state.pause.point in ("end", "script_end")
    if over or (state.life == "ended" and state.exit_code == 0):
        return len(PHASES)
    return PHASES.index(state.phase)
