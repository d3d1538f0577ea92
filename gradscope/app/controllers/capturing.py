"""How a run is captured: in light or in detail while it runs freely, and which exceptions hold the script."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from gradscope.wire.messages import HoldExceptions, SetLevel

from .feature import Feature

if TYPE_CHECKING:
    from gradscope.session.launch import LaunchSpec
    from gradscope.wire.faults import Holding

    from .feature import Desk


class CapturingFeature(Feature):
    """Switches of the Run menu. What holds is remembered for every run; a level is this run's own."""

    name = "capturing"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        desk.run.holding = lambda: desk.settings.holding
        self._show_holding()
        self._show_level("light")

    def launched(self, spec: LaunchSpec) -> None:
        self._show_level(spec.level)

    def clear(self) -> None:
        self._show_level("light")

    def toggle_uncaught(self) -> None:
        """Hold the script at exceptions that nothing in it will catch, or at none."""
        self._hold("" if self.desk.settings.holding else "uncaught")

    def toggle_raised(self) -> None:
        """Hold it at those that it catches as well, or only at the others."""
        self._hold("uncaught" if self.desk.settings.holding == "raised" else "raised")

    def light(self) -> None:
        """Capture figures only, at nearly no cost."""
        self._capture("light")

    def detail(self) -> None:
        """Capture everything in every iteration."""
        self._capture("detail")

    def _hold(self, holding: Holding) -> None:
        self.desk.settings.holding = holding
        self._show_holding()
        if self.desk.run.live and self.desk.run.session is not None:
            self.desk.run.session.order(HoldExceptions(holding))

    def _capture(self, level: Literal["light", "detail"]) -> None:
        run = self.desk.run
        self._show_level(level)
        if run.spec is not None:
            run.spec = replace(run.spec, level=level)
        if run.live and run.session is not None:
            run.session.order(SetLevel(level))

    def _show_holding(self) -> None:
        holding, actions = self.desk.settings.holding, self.desk.window.actions_
        actions.set_checked("run.hold_uncaught", holding != "")
        actions.set_checked("run.hold_raised", holding == "raised")

    def _show_level(self, level: str) -> None:
        actions = self.desk.window.actions_
        actions.set_checked("run.level_light", level == "light")
        actions.set_checked("run.level_detail", level == "detail")
