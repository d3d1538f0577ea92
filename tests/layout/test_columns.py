"""A tall picture in a wide room: set in columns, larger on the screen, and as sound as it was in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.snapshot import GraphSnapshot
from gradscope.layout.engine import layout
from gradscope.layout.first_sight import LIMITS, READABLE, first_sight
from gradscope.layout.glue import CHIP_GAP
from gradscope.layout.sizes import CHIP_HEIGHT, item_sizes
from tests.layout import graphs, judge
from tests.samples import SPIRAL_CALLS, SPIRAL_EDGES, SPIRAL_NODES, graph_message, spiral_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.graph.fold import FoldState
    from gradscope.layout.geometry import Layout

ROOM = (990.0, 519.0)  # the canvas of a window of 1680 x 1020, less what lies over it
TALL = {
    "spiral": lambda: _spiral(),
    "resnet": lambda: graphs.resnet(8),
    "gpt": lambda: graphs.gpt(12),
    "lstm": lambda: graphs.lstm(20),
}


def _spiral() -> GraphSnapshot:
    graph = spiral_state().graph
    assert graph is not None
    return graph


def _arrays(graph: GraphSnapshot, state: FoldState) -> tuple[Any, Any, Any, Any]:
    visible = visible_graph(graph, state)
    return item_sizes(graph, visible), visible.source, visible.target, visible.parent


def _zoom(made: Layout, room: tuple[float, float] = ROOM) -> float:
    _, _, width, height = made.bounds
    return min(1.0, room[0] / width, room[1] / height)


def _crossings(made: Layout, edges: int) -> int:
    """How often upright and level pieces of different routes cross."""
    edge_of = np.repeat(np.arange(edges), np.diff(made.start))
    piece = np.flatnonzero(edge_of[1:] == edge_of[:-1])
    low = np.minimum(made.points[piece], made.points[piece + 1])
    high = np.maximum(made.points[piece], made.points[piece + 1])
    upright, level = np.flatnonzero(low[:, 0] == high[:, 0]), np.flatnonzero(low[:, 1] == high[:, 1])
    x, y = low[upright, 0][:, None], low[level, 1][None, :]
    hit = (low[level, 0] < x) & (high[level, 0] > x)
    hit &= (low[upright, 1][:, None] < y) & (high[upright, 1][:, None] > y)
    hit &= edge_of[piece[upright]][:, None] != edge_of[piece[level]][None, :]
    return int(hit.sum())


@pytest.mark.parametrize("name", TALL)
def test_columns_show_a_tall_graph_larger_and_without_a_fault(name: str) -> None:
    graph = TALL[name]()
    arrays = _arrays(graph, initial(graph))
    single, made = layout(*arrays), layout(*arrays, room=ROOM)
    assert _zoom(made) > 1.1 * _zoom(single)
    sources, targets, parents = arrays[1:]
    assert judge.overlapping(made, parents) == []
    assert judge.detached(made, sources, targets) == []
    assert judge.slanted(made) == []
    assert judge.trespassing(made, sources, targets, parents) == []
    assert _crossings(made, len(sources)) <= _crossings(single, len(sources))


def test_what_fits_stays_in_one_column() -> None:
    graph = graphs.line()
    arrays = _arrays(graph, initial(graph))
    single, made = layout(*arrays), layout(*arrays, room=(2000.0, 2000.0))
    assert (made.rects == single.rects).all()
    assert (made.points == single.points).all()


def test_what_no_column_makes_readable_stays_in_one() -> None:
    graph = graphs.gpt(40)
    arrays = _arrays(graph, initial(graph).all_open())
    assert (layout(*arrays).rects == layout(*arrays, room=ROOM).rects).all()


@pytest.mark.parametrize("name", TALL)
def test_a_graph_is_opened_only_as_far_as_it_can_be_read(name: str) -> None:
    graph = TALL[name]()
    for room in (ROOM, (590.0, 330.0)):
        state = first_sight(graph, room)
        made = layout(*_arrays(graph, state), room=room)
        deeper = [initial(graph, limit, state.gathered) for limit in LIMITS]
        shown = [_zoom(layout(*_arrays(graph, other), room=room), room) for other in deeper]
        assert _zoom(made, room) >= min(READABLE, max(shown)) - 0.01
        assert len(state.open) == max(
            len(other.open) for other, zoom in zip(deeper, shown, strict=True) if zoom >= _zoom(made, room)
        )


def test_a_transpose_hangs_from_its_weight_and_the_bias_stands_beside() -> None:
    graph = _spiral()
    visible = visible_graph(graph, initial(graph))
    made = layout(item_sizes(graph, visible), visible.source, visible.target, visible.parent)
    weight, bias, chip, linear = (made.rects[visible.item_of_node[node]] for node in (0, 1, 2, 3))
    assert chip[3] == CHIP_HEIGHT
    assert chip[1] == weight[1] + weight[3] + CHIP_GAP
    assert weight[0] <= chip[0] <= chip[0] + chip[2] <= weight[0] + weight[2]
    assert bias[1] == weight[1]
    assert linear[1] > chip[1] + chip[3]


def test_leaves_alone_fill_a_wide_room_in_wide_rows() -> None:
    sizes = np.tile((180.0, 56.0), (12, 1))
    nothing = np.zeros(0, np.int32)
    none = np.full(12, -1, np.int32)
    wide, tall = (layout(sizes, nothing, nothing, none, room=room).bounds for room in ((1600.0, 300.0), (400.0, 900.0)))
    assert wide[2] / wide[3] > 3
    assert tall[2] / tall[3] < 1


def test_siblings_keep_their_order_when_the_loss_joins_the_graph() -> None:
    nodes = [*SPIRAL_NODES[:9], SPIRAL_NODES[11]]
    at_loss = GraphSnapshot.from_message(graph_message(nodes, _without(SPIRAL_EDGES), SPIRAL_CALLS))
    orders = []
    for graph in (at_loss, _spiral()):
        arrays = _arrays(graph, initial(graph))
        visible = visible_graph(graph, initial(graph))
        rects = layout(*arrays, room=ROOM).rects[visible.item_of_node[:9]]
        orders.append([bool(rects[a, 0] < rects[b, 0]) for a, b in ((0, 1), (5, 6))])
    assert orders[0] == orders[1]


def _without(edges: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The edges before log_softmax, loss and y exist; x is the tenth node then."""
    kept = [edge for edge in edges if edge[2] < 9]
    return [(9 if edge[0] == 11 else edge[0], *edge[1:]) for edge in kept]
