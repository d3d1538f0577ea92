"""How far a graph is opened when it is first seen: as far as its cards can still be read on the canvas there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.fold import initial, visible_graph

from .engine import layout
from .sizes import item_sizes

if TYPE_CHECKING:
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot

LIMITS = (40, 28, 20, 14, 9)  # cards on screen, the most first
READABLE = 0.75  # the zoom from which all rows of a card are shown


def first_sight(graph: GraphSnapshot, room: tuple[float, float]) -> FoldState:
    """The state with most cards that fits ``room`` (width, height in pixels) readably; else the one that fits best."""
    best, best_zoom = None, -1.0
    tried: set[frozenset[int]] = set()
    for limit in LIMITS:
        state = initial(graph, limit)
        if state.open in tried:
            continue
        tried.add(state.open)
        visible = visible_graph(graph, state)
        if len(visible) > 4 * LIMITS[0]:  # a flat graph: nothing to fold, and nothing to wait for
            return state
        made = layout(item_sizes(graph, visible), visible.source, visible.target, visible.parent, room=room)
        _, _, width, height = made.bounds
        zoom = min(room[0] / max(width, 1.0), room[1] / max(height, 1.0))
        if zoom >= READABLE:
            return state
        if zoom > best_zoom:
            best, best_zoom = state, zoom
    return best if best is not None else initial(graph)
