"""Where training stands: iteration, epoch and batch, with a bar only where the total is known, and how well it does."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradscope.app.fonts import text_font
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT, Theme

from .run_words import accuracy_words, duration_words, latest_loss, number

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

ROW = 22
UNKNOWN = "-"
TIP = (
    "A dash: the script does not tell. Counts start at 1, iterations at 0.\nAccuracy is the script's own variable of"
    " that name, as it was an iteration ago while it runs;\nelse the share of the last examples that is right, while"
    " Learned is open."
)
NAMES = ("Iteration", "Epoch", "Batch", "Loss", "Accuracy", "Time left")
TIMED = 50  # iterations whose median says how long one takes


class ProgressRows(QWidget):
    """Rows of name, figure and bar; what the script does not tell is a dash."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._font = text_font(12)
        self.rows: list[tuple[str, str, float | None]] = []
        self.setAccessibleName("Progress of training")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._show([(name, UNKNOWN, None) for name in NAMES])

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self.update()

    def set_state(self, state: RunState) -> None:
        """Read the counters of the run."""
        progress = state.progress
        rows: list[tuple[str, str, float | None]] = [
            ("Iteration", str(state.iteration) if state.iteration >= 0 else UNKNOWN, None)
        ]
        epoch, epochs = (progress.epoch, progress.epochs) if progress else (-1, -1)
        batch, batches = (progress.batch, progress.batches) if progress else (-1, -1)
        within = (batch - 1) / batches if batch > 0 and batches > 0 else 0.0
        rows.append(("Epoch", _count(epoch, epochs), _share(epoch - 1 + within, epochs) if epoch > 0 else None))
        rows.append(("Batch", _count(batch, batches), _share(batch, batches) if batch > 0 else None))
        loss = latest_loss(state)
        rows.append(("Loss", UNKNOWN if loss is None else number(loss), None))
        rows.append(("Accuracy", accuracy_words(state) or UNKNOWN, None))
        rows.append(("Time left", time_left(state) or UNKNOWN, None))
        self._show(rows)

    def text(self) -> str:
        """The rows as words."""
        return "\n".join(f"{name} {figure}" for name, figure, _ in self.rows)

    def sizeHint(self) -> QSize:
        """Room for all rows."""
        return QSize(200, len(NAMES) * ROW)

    def minimumSizeHint(self) -> QSize:
        """As the hint, but narrower."""
        return QSize(120, len(NAMES) * ROW)

    def _show(self, rows: list[tuple[str, str, float | None]]) -> None:
        if rows != self.rows:
            self.rows = rows
            self.setAccessibleDescription(self.text())
            self.setToolTip(TIP)
            self.update()

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Name, figure, and a bar at the right."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        metrics = QFontMetrics(self._font)
        figures = max(metrics.horizontalAdvance(figure) for _, figure, _ in self.rows)
        for index, (name, figure, share) in enumerate(self.rows):
            row = QRectF(0, index * ROW, self.width(), ROW)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(theme.color("muted"))
            painter.drawText(row, int(middle | Qt.AlignmentFlag.AlignLeft), name)
            painter.setPen(theme.color("text"))
            painter.drawText(row.adjusted(98, 0, 0, 0), int(middle | Qt.AlignmentFlag.AlignLeft), figure)
            left = 98 + figures + 12
            if share is not None and left < self.width() - 20:
                bar = QRectF(left, row.center().y() - 3, self.width() - left, 6)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("bar"))
                painter.drawRoundedRect(bar, 3, 3)
                painter.setBrush(theme.color("accent"))
                painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(6.0, bar.width() * share), 6), 3, 3)
        painter.end()


def time_left(state: RunState) -> str:
    """``0:42``, with ``of this epoch`` where the number of epochs is unknown; "" if it cannot be told."""
    progress, history = state.progress, state.history
    if progress is None or progress.batch < 0 or progress.batches <= 0 or len(history) < 3:
        return ""
    if state.life not in ("running", "pausing", "paused"):
        return ""
    seconds = median(sum(record.phases.values()) for record in history[-TIMED:])
    batches = max(0, progress.batches - progress.batch + 1)
    if progress.epoch > 0 and progress.epochs > 0:
        batches += max(0, progress.epochs - progress.epoch) * progress.batches
        return duration_words(seconds * batches)
    return f"{duration_words(seconds * batches)} of this epoch"


def _count(value: int, total: int) -> str:
    if value < 0:
        return UNKNOWN
    return f"{value} of {total}" if total > 0 else str(value)


def _share(value: float, total: int) -> float | None:
    return min(1.0, max(0.0, value / total)) if total > 0 else None
