"""What is wrong, in the window: an exception explained as it is told, and the doctor's rules after each iteration.

The rules run on a thread, one state at a time: while one is looked at, only the newest of those that come meanwhile is
kept. So a fast training is looked at as often as it can be, and the window never waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradscope.app.banner import Banner
from gradscope.app.panels.problems import ProblemsPanel
from gradscope.doctor.registry import examine, explain
from gradscope.doctor.report import Report

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.doctor.findings import Finding
    from gradscope.graph.state import RunState


class ProblemsFeature(Feature):
    """Panel and banner on one side, the states of a run on the other."""

    name = "problems"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._panel = ProblemsPanel(desk.window)
        self._banner = Banner(desk.pane, desk.window.theme, "fault", "Show", "Show the explanation in Problems")
        self.report = Report()
        self._fault: Any = None
        self._explained: Finding | None = None
        self._seen: tuple[object, ...] = ()
        self._busy = False
        self._next: RunState | None = None
        self._run = 0
        panel = self._panel
        panel.lineRequested.connect(desk.source.go_to_source)
        panel.nodeRequested.connect(self._go_to_node)
        panel.restartRequested.connect(lambda: desk.window.actions_["run.restart"].trigger())
        panel.detailRequested.connect(lambda: desk.window.actions_["run.again"].trigger())
        self._banner.pressed.connect(self.show)

    @property
    def panel(self) -> ProblemsPanel:
        return self._panel

    def set_theme(self, theme: Theme) -> None:
        self._panel.set_theme(theme)
        self._banner.set_theme(theme)

    def set_state(self, state: RunState) -> None:
        """Live states and those of a recording come here alike."""
        self._look_at_fault(state)
        seen = (state.history[-1] if len(state.history) else None, state.current_pass)
        passed = state.current_pass is not None and state.current_pass.ended
        if passed and (len(seen) != len(self._seen) or any(a is not b for a, b in zip(seen, self._seen, strict=True))):
            self._seen = seen
            self._examine(state)

    def clear(self) -> None:
        self._run += 1
        self.report, self._fault, self._explained, self._seen, self._next = Report(), None, None, (), None
        self._panel.set_findings([])
        self._banner.say("")

    def show(self) -> None:
        """Bring the panel, with the exception selected if there is one."""
        self.desk.window.raise_panel("problems")
        if self._explained is not None:
            self._panel.select(self._explained.key)

    def banner_text(self) -> str:
        """What the banner says."""
        return self._banner.text()

    # -- an exception

    def _look_at_fault(self, state: RunState) -> None:
        if state.fault is not self._fault:
            self._fault = state.fault
            self._explained = explain(state.fault.told, state) if state.fault is not None else None
            if self._explained is not None and state.fault is not None:
                self._take([self._explained], state.fault.told.iteration)
                self._panel.select(self._explained.key)
                self.desk.window.raise_panel("problems")
                self._go_to_node(self._explained.fingerprint, state.fault.node)
        held = state.pause is not None and state.pause.point == "exception"
        if self._explained is not None and held:
            self._banner.say(self._explained.title, self._explained.sentence)
        elif self._banner.text():
            self._banner.say("")

    # -- a training

    def _examine(self, state: RunState) -> None:
        if self._busy:
            self._next = state
            return
        self._busy, run = True, self._run
        self.desk.background.run(
            lambda: examine(state),
            lambda found: self._examined(run, state.iteration, found),
            lambda error: self._failed(error),
        )

    def _examined(self, run: int, iteration: int, found: list[Finding]) -> None:
        self._busy = False
        if run == self._run:
            self._take(found, iteration)
        following, self._next = self._next, None
        if following is not None:
            self._examine(following)

    def _failed(self, error: BaseException) -> None:
        self._busy, self._next = False, None
        raise error

    def _take(self, found: list[Finding], iteration: int) -> None:
        report = self.report.with_findings(found, iteration)
        if report is not self.report:
            self.report = report
            self._panel.set_findings(report.ordered())

    def _go_to_node(self, fingerprint: str, node: int) -> None:
        shown = self.desk.recording.shown
        graph = shown.graph if shown is not None else None
        if graph is not None and graph.fingerprint == fingerprint and 0 <= node < len(graph):
            self.desk.selection.go_to(node)
