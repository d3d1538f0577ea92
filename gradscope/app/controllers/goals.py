"""Runs with a goal: so many iterations, a loss, the end of an epoch; and the same run again, in detail from a point."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from gradscope.wire.breaks import Breakpoint

from .feature import Feature

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

_LOSS = re.compile(r"(?:loss\s*)?(<|>|below|above)?\s*([-+.\deE]+)")
_MOST = 1_000_000


class GoalsFeature(Feature):
    """Asks for the figure where one is needed, and gives the order."""

    name = "goals"
    _count, _loss = 10, "< 0.1"
    _state: RunState | None = None

    def set_live(self, state: RunState) -> None:
        self._state = state

    def clear(self) -> None:
        self._state = None

    def iterations(self) -> None:
        """Run so many iterations."""
        box = self._box("Run iterations", "Run freely to the end of so many iterations:")
        box.setInputMode(QInputDialog.InputMode.IntInput)
        box.setIntRange(1, _MOST)
        box.setIntValue(self._count)
        box.intValueSelected.connect(self._run_iterations)
        box.open()

    def until_loss(self) -> None:
        """Run until the loss is below or above a number."""
        box = self._box("Run until the loss", "Run freely until the loss is, such as < 0.1 or > 10:")
        box.setTextValue(self._loss)
        box.textValueSelected.connect(self._run_until_loss)
        box.open()

    def epoch(self) -> None:
        """Run to the end of the epoch."""
        self.desk.run.run_epoch()

    def again_in_detail(self) -> None:
        """Start the script again, free until the iteration before the one that is shown, then in detail, and stop."""
        run, state, past = self.desk.run, self._state, self.desk.recording.past
        if run.spec is None or state is None:
            return
        iteration = past if past >= 0 else max(state.iteration, 0)
        stop = Breakpoint(0, "phase", name="forward", iteration=iteration, once=True)
        known = (*run.breakpoints(), stop)
        spec = replace(run.spec, level="detail", detail_from=max(0, iteration - 1), pause=False, breakpoints=known)
        run.restart_with(spec, once=True)

    def _run_iterations(self, count: int) -> None:
        self._count = count
        self.desk.run.run_iterations(count)

    def _run_until_loss(self, text: str) -> None:
        found = _LOSS.fullmatch(text.strip())
        try:
            threshold = float(found[2]) if found else None
        except ValueError:
            threshold = None
        if found is None or threshold is None:
            self.desk.window.status.set_message(f"{text!r} says no loss to run to; such as < 0.1 or > 10")
            return
        self._loss = text
        self.desk.run.run_until_loss(found[1] not in (">", "above"), threshold)

    def _box(self, title: str, label: str) -> QInputDialog:
        box = QInputDialog(self.desk.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(title)
        box.setLabelText(label)
        return box
