"""Tensors that were kept in the recording: asked for at a pause, and shown when that iteration is looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.graph.state import RunState
    from gradscope.graph.tensor import TensorView
    from gradscope.graph.tensor_looks import Cut

    from .recording import RecordedRun


class KeptTensorsFeature(Feature):
    """Tells the inspector what there is of the moment shown, and reads it when the inspector asks."""

    name = "kept"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._moment: tuple[int, str] = (-1, "")
        self._places: frozenset[tuple[str, str, int, int]] = frozenset()
        desk.selection.read_kept = self._read

    def set_state(self, state: RunState) -> None:
        recording, graph = self.desk.recording, state.graph
        past = recording.past if recording.past >= 0 else state.iteration if recording.is_file else -1
        moment = (past, graph.fingerprint) if past >= 0 and graph is not None else (-1, "")
        if moment == self._moment:
            return
        self._moment = moment
        self._know(moment, frozenset())
        if past >= 0:
            recording.look(lambda file: file.kept_places(past), lambda places: self._know(moment, places))

    def clear(self) -> None:
        self._moment, self._places = (-1, ""), frozenset()

    def keep(self) -> None:
        """Keep all tensors of the iteration that training is held in."""
        from gradscope.wire.messages import KeepTensors

        session = self.desk.run.session
        if session is not None:
            session.order(KeepTensors())

    def _know(self, moment: tuple[int, str], places: frozenset[tuple[str, str, int, int]]) -> None:
        if moment == self._moment and places != self._places:
            self._places = places
            self.desk.selection.kept_known(lambda kind, node, output: (moment[1], kind, node, output) in places)

    def _read(self, kind: str, node: int, output: int, cut: Cut) -> None:
        place = (self._moment[1], kind, node, output)
        iteration = self._moment[0]
        if place not in self._places:
            return

        def work(file: RecordedRun) -> TensorView | None:
            from gradscope.graph.kept_tensor import view_of

            kept = file.kept_tensor(iteration, place)
            return view_of(kept, cut) if kept is not None else None

        def done(view: TensorView | None) -> None:
            if view is not None and self._moment == (iteration, place[0]):
                self.desk.selection.kept_read(kind, node, view)

        self.desk.recording.look(work, done)
