"""How far a graph is opened when it is first seen: as far as its cards can still be read on the canvas there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.repeats import repeats

from .engine import layout
from .sizes import item_sizes

if TYPE_CHECKING:
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot

    from .engine import Direction

LIMITS = (40, 28, 20, 14, 9)  # cards on screen, the most first
READABLE = 0.75  # the zoom from which all rows of a card are shown
MANY = 8  # calls in a row that say more together than one by one


def first_sight(graph: GraphSnapshot, room: tuple[float, float], direction: Direction = "down") -> FoldState:
    """The state with most cards that fits ``room`` (width, height in pixels) readably; else the one that fits best.

    Many calls built alike are one card from the beginning, a few only where the picture cannot be read otherwise.
    """
    runs = repeats(graph).runs
    many = frozenset(head for head, calls in runs.items() if len(calls) >= MANY)
    best, zoom = _most_open(graph, room, direction, many)
    if zoom < READABLE and len(many) < len(runs):
        tighter, nearer = _most_open(graph, room, direction, frozenset(runs))
        best = tighter if nearer > zoom else best
    return best


def _most_open(
    graph: GraphSnapshot, room: tuple[float, float], direction: Direction, gathered: frozenset[int]
) -> tuple[FoldState, float]:
    """The state, and the zoom at which it fits."""
    best, best_zoom = initial(graph, gathered=gathered), -1.0
    tried: set[frozenset[int]] = set()
    for limit in LIMITS:
        state = initial(graph, limit, gathered)
        if state.open in tried:
            continue
        tried.add(state.open)
        visible = visible_graph(graph, state)
        if len(visible) > 4 * LIMITS[0]:  # a flat graph: nothing to fold, and nothing to wait for
            return state, best_zoom
        arrays = (item_sizes(graph, visible), visible.source, visible.target, visible.parent)
        made = layout(*arrays, direction, room)
        _, _, width, height = made.bounds
        zoom = min(room[0] / max(width, 1.0), room[1] / max(height, 1.0))
        if zoom >= READABLE:
            return state, zoom
        if zoom > best_zoom:
            best, best_zoom = state, zoom
    return best, best_zoom
