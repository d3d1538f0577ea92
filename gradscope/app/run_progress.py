"""The toolbar's right end: the device, the iteration, the bar, and how long it still takes."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from .fonts import text_font
from .painted import painted
from .theme import LIGHT, Theme

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

_TRUSTED_AFTER = 5  # iterations before a guess of the time left is worth showing


class _Bar(QWidget):
    """A thin bar of what is done; nothing at all where the whole is not known."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.fraction: float | None = None
        self.theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(190)

    def sizeHint(self) -> QSize:
        return QSize(190, 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(28, 8)

    @painted
    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.fraction is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(0, self.height() / 2 - 3, self.width(), 6)
        painter.setBrush(self.theme.color("bar"))
        painter.drawRoundedRect(whole, 3, 3)
        whole.setWidth(max(6.0, whole.width() * self.fraction))
        painter.setBrush(self.theme.color("accent"))
        painter.drawRoundedRect(whole, 3, 3)
        painter.end()


class RunProgress(QWidget):
    """Told the newest state; says ``iteration 12``, ``epoch 1 of 10, batch 13 of 20`` and the time left."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._iteration = QLabel(self)
        self._iteration.setFont(text_font(13, QFont.Weight.DemiBold))
        self._detail = QLabel(self)
        self._detail.setFont(text_font(12))
        self._bar = _Bar(self)
        self._left = QLabel(self)
        self._left.setFont(text_font(12))
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._iteration)
        words.addWidget(self._detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 4, 0)
        row.setSpacing(12)
        row.addLayout(words)
        row.addWidget(self._bar, 1)
        row.addWidget(self._left)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._clock: tuple[float, float] | None = None  # first fraction seen, and when

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        self._bar.theme = theme
        self._bar.update()
        for label, colour in ((self._iteration, theme.text), (self._detail, theme.muted), (self._left, theme.muted)):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            label.setPalette(palette)

    def set_state(self, state: RunState | None) -> None:
        """Show where the run stands; unknown totals leave the bar out."""
        if state is None or state.iteration < 0:
            self._clock = None
            self._show(_waiting_words(state), "", None, "")
            return
        fraction = fraction_done(state)
        self._show(f"iteration {state.iteration}", loop_words(state), fraction, self._time_left(state, fraction))

    def texts(self) -> tuple[str, str, str]:
        """What is written: iteration, loops, time left."""
        return (self._iteration.text(), self._detail.text(), self._left.text())

    def _show(self, iteration: str, detail: str, fraction: float | None, left: str) -> None:
        self._iteration.setText(iteration)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._left.setText(left)
        if fraction != self._bar.fraction:
            self._bar.fraction = fraction
            self._bar.update()

    def _time_left(self, state: RunState, fraction: float | None) -> str:
        """A guess from the pace of free running; a pause has no pace."""
        if fraction is None or state.life != "running" or state.iteration < _TRUSTED_AFTER:
            self._clock = None
            return ""
        if self._clock is None or fraction < self._clock[0]:
            self._clock = (fraction, monotonic())
            return ""
        gained, seconds = fraction - self._clock[0], monotonic() - self._clock[1]
        if gained <= 0 or seconds < 1:
            return ""
        left = round((1 - fraction) * seconds / gained)
        return f"{left // 60}:{left % 60:02d} left"


def fraction_done(state: RunState) -> float | None:
    """How much of all epochs is over, 0 to 1; None where a total is unknown."""
    progress = state.progress
    if progress is None:
        return None
    within = max(progress.batch - 1, 0) / progress.batches if progress.batches > 0 else 0.0
    if progress.epochs > 0 and progress.epoch > 0:
        return min(1.0, (progress.epoch - 1 + within) / progress.epochs)
    return min(1.0, within) if progress.batches > 0 and progress.epochs <= 0 and progress.epoch <= 0 else None


def loop_words(state: RunState) -> str:
    """``epoch 1 of 10, batch 13 of 20``; a dash stands for what is not known."""
    progress = state.progress
    if progress is None or (progress.epoch < 0 and progress.batch < 0):
        return ""
    parts = []
    for word, count, total in (
        ("epoch", progress.epoch, progress.epochs),
        ("batch", progress.batch, progress.batches),
    ):
        if count > 0:
            parts.append(f"{word} {count} of {total}" if total > 0 else f"{word} {count}")
        else:
            parts.append(f"{word} -")
    return ", ".join(parts)


def _waiting_words(state: RunState | None) -> str:
    if state is None or state.life == "idle":
        return "no run"
    if state.life == "connecting":
        return "starting Python, importing torch…"
    if state.life == "ended":
        return "ended before its first forward"
    return "before the first forward"
