"""From a run state to a scene without a window: which calls are open, where everything stands, what it says."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from gradscope.graph.fold import breadcrumb, initial, visible_graph
from gradscope.graph.fold_moves import to_depth
from gradscope.graph.formats import format_element
from gradscope.graph.marks import build_marks
from gradscope.graph.words import pass_of
from gradscope.layout.engine import LayoutRequest, answer
from gradscope.layout.first_sight import first_sight
from gradscope.layout.scene import build_scene
from gradscope.layout.sizes import item_sizes

if TYPE_CHECKING:
    from gradscope.graph.fold import FoldState
    from gradscope.graph.heat import HeatMode
    from gradscope.graph.marks import Marks
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.layout.scene import Scene

ROOM = (1600.0, 1000.0)  # what a folded graph is to fit, about a screen


def fold_to(graph: GraphSnapshot, depth: int | None) -> FoldState:
    """Calls open down to a depth below what is drawn without a box (0: all closed); None: as far as it can be read."""
    if depth is None:
        return first_sight(graph, ROOM)
    return to_depth(graph, initial(graph), depth)


def picture_of(
    state: RunState, graph: GraphSnapshot, fold: FoldState, heat: HeatMode = "gradient"
) -> tuple[Scene, Marks]:
    """What is drawn, and the figures on it."""
    visible = visible_graph(graph, fold)
    request = LayoutRequest(item_sizes(graph, visible), visible.source, visible.target, visible.parent, room=ROOM)
    return build_scene(graph, visible, answer(request)), build_marks(state, graph, visible, heat)


def heading(state: RunState, graph: GraphSnapshot, fold: FoldState | None) -> tuple[str, str]:
    """The script's name, and where in the run this is: ``iteration 12 · loss = 0.687`` and the breadcrumb."""
    title = PurePath(state.hello.script).name if state.hello is not None and state.hello.script else "autograd graph"
    current = pass_of(state, graph)
    iteration = current.iteration if current is not None else state.iteration
    parts = [f"iteration {iteration}"] if iteration >= 0 else []
    if current is not None and current.loss is not None:
        parts.append(f"{current.root or 'loss'} = {format_element(current.loss)}")
    crumbs = breadcrumb(graph, fold) if fold is not None else ()
    if crumbs:
        parts.append(" › ".join(crumbs))  # noqa: RUF001 - the sign of the breadcrumb
    return title, " · ".join(parts)
