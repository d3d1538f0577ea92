"""The doctor at work on a run as it goes, or on one that was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.doctor.registry import examine, explain
from gradscope.doctor.report import Kept, Report
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m

if TYPE_CHECKING:
    from pathlib import Path

_TELLING = (m.PassEnded, m.IterationEnded)


class Examiner:
    """Hears what a session hears; ``report`` is what was found so far."""

    def __init__(self) -> None:
        self.report = Report()

    def hear(self, state: RunState, message: object) -> None:
        """A new state and what led to it."""
        if isinstance(message, _TELLING):
            self.report = self.report.with_findings(examine(state), state.iteration)
        elif isinstance(message, m.ExceptionRaised) and state.fault is not None and not state.fault.told.caught:
            self.report = self.report.with_findings([explain(state.fault.told, state)], message.iteration)


def examine_recording(path: Path) -> list[Kept]:
    """What a recorded run gives reason to say.

    Raises:
        SessionError: it cannot be read.
    """
    from .recording import Recording

    examiner, state = Examiner(), RunState()
    recording = Recording.open(path)
    try:
        for message in recording.messages():
            state = reduce(state, message)
            examiner.hear(state, message)
    finally:
        recording.close()
    return examiner.report.ordered()
