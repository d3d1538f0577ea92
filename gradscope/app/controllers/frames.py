"""The held Python stack: a frame's line in the source, and its tensors in the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.graph.state import RunState


class FramesFeature(Feature):
    """Which frame is chosen lasts as long as the pause does."""

    name = "frames"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._live: RunState | None = None
        desk.window.variables.frameRequested.connect(self._choose)

    def set_live(self, state: RunState) -> None:
        self._live = state

    def clear(self) -> None:
        self._live = None

    def _choose(self, depth: int) -> None:
        live, session = self._live, self.desk.run.session
        if live is None or live.pause is None or session is None or not 0 <= depth < len(live.pause.frames):
            return
        from gradscope.wire.messages import RequestVariables

        session.order(RequestVariables(depth))
        frame = live.pause.frames[depth]
        self.desk.source.go_to_source(frame.file, frame.line)
