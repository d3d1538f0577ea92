"""Back and forward through the places that were visited: what was selected, what was open, and where the view stood."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.graph.fold import FoldState

    from .focus import FocusController, Narrowing
    from .graph_view import GraphViewController, Where
    from .selection import SelectionController

MOST_PLACES = 100
WALK_SECONDS = 0.5  # steps on the canvas that follow this soon are one walk, and one place


@dataclass(frozen=True, slots=True)
class Place:
    """A view of one graph."""

    fingerprint: str
    node: int
    call: int
    fold: FoldState
    trail: tuple[Narrowing, ...]
    camera: Where


class PlacesController(QObject):
    """A list of places and where in it the user is. Places of other graphs are passed over, not forgotten."""

    changed = Signal()

    def __init__(
        self,
        view: GraphViewController,
        canvas: GraphCanvas,
        selection: SelectionController,
        focus: FocusController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._canvas, self._selection, self._focus = view, canvas, selection, focus
        self._places: list[Place] = []
        self._at = -1
        self._walked = 0.0
        self._walking = False
        self.clock = time.monotonic
        selection.visiting.connect(self._leave)
        selection.visited.connect(self._arrive)
        focus.changing.connect(lambda: self._leave(False))
        focus.changed.connect(self._arrive)

    @property
    def can_go_back(self) -> bool:
        """There is an earlier place in this graph."""
        return self._next(-1) >= 0

    @property
    def can_go_forward(self) -> bool:
        """The user went back, and there is a later place in this graph."""
        return self._next(1) >= 0

    def clear(self) -> None:
        """No run, no places."""
        self._places.clear()
        self._at = -1
        self.changed.emit()

    def back(self) -> None:
        """To the place before."""
        self._go(-1)

    def forward(self) -> None:
        """To the place that was left by going back."""
        self._go(1)

    def _leave(self, walking: bool) -> None:
        """Write down how the place that is about to be left looks now."""
        now = self.clock()
        self._walking = walking and now - self._walked < WALK_SECONDS
        self._walked = now if walking else 0.0
        if not self._walking:
            self._note()

    def _arrive(self) -> None:
        here = self._here()
        if here is None:
            return
        known = self._places[self._at] if self._at >= 0 else None
        if known is not None and (self._walking or replace(known, camera=here.camera) == here):
            self._places[self._at] = here
        else:
            del self._places[self._at + 1 :]
            self._places.append(here)
            del self._places[:-MOST_PLACES]
            self._at = len(self._places) - 1
        self._walking = False
        self.changed.emit()

    def _note(self) -> None:
        here = self._here()
        if here is None:
            return
        if self._at >= 0 and self._places[self._at].fingerprint == here.fingerprint:
            self._places[self._at] = here
        else:
            self._at += 1
            self._places.insert(self._at, here)

    def _here(self) -> Place | None:
        graph, fold = self._view.graph, self._view.fold
        if graph is None or fold is None or graph.partial:
            return None
        camera = self._canvas.camera
        where = (camera.cx, camera.cy, camera.zoom)
        return Place(graph.fingerprint, self._selection.node, self._view.aim, fold, self._focus.trail, where)

    def _next(self, step: int) -> int:
        graph = self._view.graph
        if graph is None or self._at < 0:
            return -1
        numbers = range(self._at + step, len(self._places) if step > 0 else -1, step)
        return next((n for n in numbers if self._places[n].fingerprint == graph.fingerprint), -1)

    def _go(self, step: int) -> None:
        number, fold = self._next(step), self._view.fold
        if number < 0 or fold is None:
            return
        self._note()
        self._at = number
        place = self._places[number]
        self._focus.restore(place.trail)
        self._selection.put(place.node)
        self._view.aim_at(place.call)
        self._view.refold(place.fold.showing_as(fold), camera=place.camera)
        if place.call >= 0:
            self._canvas.select_call(place.call)
        self.changed.emit()
