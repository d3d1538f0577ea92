"""The held Python stack: a frame's line in the source, its tensors in the table, each of them in its own window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.tensor_window import TensorWindow
    from gradscope.graph.state import RunState


class FramesFeature(Feature):
    """Which frame is chosen lasts as long as the pause does."""

    name = "frames"
    answers = ("TensorTold",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._live: RunState | None = None
        self._window: TensorWindow | None = None
        self._asked = self._depth = 0
        self._name = ""
        desk.window.variables.frameRequested.connect(self._choose)
        desk.window.variables.tensorRequested.connect(self._open)

    @property
    def window(self) -> TensorWindow | None:
        """The tensor that was opened last."""
        return self._window

    def set_live(self, state: RunState) -> None:
        self._live = state

    def answered(self, message: Any) -> None:
        from gradscope.graph.tensor import TensorView

        if self._window is not None and message.request == self._asked:
            self._window.set_tensor(TensorView.from_message(message))

    def clear(self) -> None:
        self._live = None
        window, self._window = self._window, None
        if window is not None:
            window.destroyed.disconnect(self._gone)
            window.close()

    def _choose(self, depth: int) -> None:
        live, session = self._live, self.desk.run.session
        if live is None or live.pause is None or session is None or not 0 <= depth < len(live.pause.frames):
            return
        from gradscope.wire.messages import RequestVariables

        session.order(RequestVariables(depth))
        frame = live.pause.frames[depth]
        self.desk.source.go_to_source(frame.file, frame.line)

    def _open(self, name: str) -> None:
        live, session = self._live, self.desk.run.session
        if live is None or live.life != "paused" or session is None:
            return
        from gradscope.app.tensor_window import TensorWindow

        self.clear()
        self._live = live
        self._name, self._depth = name, live.variables.depth if live.variables is not None else 0
        self._window = TensorWindow(self.desk.window, self.desk.window.theme, name)
        self._window.destroyed.connect(self._gone)
        self._window.planeRequested.connect(self._ask)
        self._window.show()
        self._ask(())

    def _ask(self, plane: object) -> None:
        session = self.desk.run.session
        if session is None:
            return
        from gradscope.wire.messages import RequestTensor

        indices = tuple(plane) if isinstance(plane, (tuple, list)) else ()
        name, depth = self._name, self._depth
        self._asked = session.ask(lambda n: RequestTensor(n, "variable", name=name, plane=indices, frame=depth))

    def _gone(self) -> None:
        self._window = None
