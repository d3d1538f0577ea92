"""Parameters beside the way of what flows: left and right of it, above their operation, in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.layout.engine import layout
from gradscope.layout.sizes import item_sizes
from tests.layout import graphs, judge

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.visible import VisibleGraph
    from gradscope.layout.engine import Direction
    from gradscope.layout.geometry import Layout


def _row(layers: int) -> GraphSnapshot:
    b = graphs.Builder()
    root = b.call("", "MLP", -1)
    x = b.input("x")
    for index in range(layers):
        x = b.op("Relu", root, b.linear(f"fc{index}", root, x))
    b.loss(x)
    return b.snapshot()


def _seen(graph: GraphSnapshot, direction: Direction = "down", **more: Any) -> tuple[VisibleGraph, Layout]:
    visible = visible_graph(graph, initial(graph).all_open())
    sizes = item_sizes(graph, visible)
    return visible, layout(sizes, visible.source, visible.target, visible.parent, direction, **more)


def _item(graph: GraphSnapshot, visible: VisibleGraph, title: str) -> int:
    titles = [graph.text(int(node), "title") if node >= 0 else "" for node in visible.node]
    return titles.index(title)


def test_what_flows_on_goes_down_between_weight_and_bias() -> None:
    graph = _row(1)
    visible, made = _seen(graph)
    weight, bias, linear = (_item(graph, visible, title) for title in ("fc0.weight", "fc0.bias", "addmm"))
    middle = made.rects[linear, 0] + made.rects[linear, 2] / 2
    assert made.rects[weight, 0] + made.rects[weight, 2] < middle < made.rects[bias, 0]
    assert made.rects[weight, 1] == made.rects[bias, 1] < made.rects[linear, 1]
    x = np.flatnonzero(visible.target == linear)
    ends = {int(visible.source[edge]): made.points[made.start[edge + 1] - 1] for edge in x}
    assert ends[_item(graph, visible, "x")].tolist() == [middle, made.rects[linear, 1]]


@pytest.mark.parametrize("direction", ["down", "right"])
def test_a_row_of_layers_stands_in_one_straight_line(direction: Direction) -> None:
    visible, made = _seen(_row(6), direction)
    way = judge.trunk(visible)
    assert len(way) >= 12
    assert judge.bent(made, way, direction == "right") == []


def test_lines_that_run_right_have_their_parameters_above_and_below() -> None:
    graph = _row(2)
    visible, made = _seen(graph, "right")
    weight, bias, linear = (_item(graph, visible, title) for title in ("fc0.weight", "fc0.bias", "addmm"))
    assert made.rects[weight, 1] < made.rects[linear, 1] < made.rects[bias, 1]
    centres = made.rects[[weight, linear, bias], 0] + made.rects[[weight, linear, bias], 2] / 2
    assert np.ptp(centres) <= 1


def test_a_long_row_that_runs_right_is_set_in_rows() -> None:
    visible, made = _seen(_row(8), "right", room=(990.0, 519.0))
    assert made.bounds[2] < 2200
    assert judge.overlapping(made, visible.parent) == []
    assert judge.detached(made, visible.source, visible.target) == []
    assert judge.trespassing(made, visible.source, visible.target, visible.parent) == []


def test_a_parameter_that_others_use_too_stays_by_itself() -> None:
    sizes = np.array([[168.0, 56.0], [168.0, 56.0], [168.0, 56.0], [168.0, 56.0], [168.0, 40.0]])
    parents = np.full(5, -1, np.int32)
    sources, targets = np.array([0, 0, 1, 2, 4], np.int32), np.array([1, 2, 3, 3, 1], np.int32)
    made = layout(sizes, sources, targets, parents)
    assert judge.overlapping(made, parents) == []
    assert judge.trespassing(made, sources, targets, parents) == []
    assert judge.rising(made, sources, targets) == []
