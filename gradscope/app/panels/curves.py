"""Losses and one-number leaves as curves, side by side: what training brings about, iteration by iteration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from gradscope.app.panels.curves_data import CurvesData
from gradscope.app.panels.curves_plot import CurvesPlot
from gradscope.app.panels.text_label import TextLabel

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState

EMPTY = (
    "Nothing to show yet. Each iteration that ends adds a point to every loss, to the terms that a loss was summed up"
    " from, and to leaves that are one number."
)


class CurvesPanel(QWidget):
    """Told by ``set_state``; tells ``iterationRequested``."""

    iterationRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = CurvesData()
        self.losses, self.leaves = CurvesPlot("Losses"), CurvesPlot("Learned numbers")
        self.losses.setToolTip("What backward() was called on, and what was added into it")
        self.leaves.setToolTip("Leaves of one element, as each update left them")
        for plot in (self.losses, self.leaves):
            plot.iterationRequested.connect(self.iterationRequested)
        self.log = QCheckBox("logarithmic")
        self.log.setToolTip("Each line upwards is so many times more: so very small and very large can both be seen")
        self.log.clicked.connect(self._chosen)
        self._words = TextLabel(12, "muted")
        self._words.setWordWrap(True)
        self._words.setText(EMPTY)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        plots = QWidget()
        row = QHBoxLayout(plots)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(16)
        row.addWidget(self.losses, 5)
        row.addWidget(self.leaves, 4)
        above = QVBoxLayout(self.losses)
        above.setContentsMargins(66, 2, 0, 0)
        above.addWidget(self.log, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 0, 2)
        self._stack = QStackedLayout()
        column.addLayout(self._stack)  # before it holds anything: it shows what it is given, as a window if need be
        self._stack.addWidget(self._words)
        self._stack.addWidget(plots)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.setStyleSheet(
            f"CurvesPanel, CurvesPanel > QWidget {{ background: {theme.window}; }}"
            f"QCheckBox {{ color: {theme.muted}; font-size: 12px; }}"
        )
        self._words.set_theme(theme)
        for plot in (self.losses, self.leaves):
            plot.set_theme(theme)

    def set_state(self, state: RunState) -> None:
        """Take in what is new; the cursor goes to the state's iteration."""
        data = self.data
        if data.update(state):
            losses, leaves = data.losses(), data.leaves()
            growing = state.life in ("connecting", "running", "pausing", "paused")
            self.losses.set_curves(losses, data.first, data.newest, growing)
            self.leaves.set_curves(leaves, data.first, data.newest, growing)
            self.leaves.setVisible(bool(leaves))
            self.log.setChecked(self.losses.scale.log)
            self._stack.setCurrentIndex(int(bool(losses or leaves)))
        for plot in (self.losses, self.leaves):
            plot.set_cursor(state.iteration)

    def text(self) -> str:
        """What is written in place of the plots; "" where they are."""
        return self._words.text() if self._stack.currentIndex() == 0 else ""

    def _chosen(self, on: bool) -> None:
        self.losses.set_log(on)
        self.log.setChecked(self.losses.scale.log)
