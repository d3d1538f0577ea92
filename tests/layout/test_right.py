"""A flow from left to right, at every size: the same rules as downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.visible import ItemKind
from gradscope.layout.engine import MOST_ITEMS, layout
from gradscope.layout.sizes import HEADER_HEIGHT, item_sizes
from tests.layout import judge
from tests.layout.graphs import gpt, lstm, resnet

if TYPE_CHECKING:
    from gradscope.layout.engine import Direction


@pytest.mark.parametrize(("graph", "large"), [(gpt(2), False), (gpt(60), True), (resnet(60), True), (lstm(80), True)])
def test_a_picture_that_goes_to_the_right_is_whole(graph, large: bool) -> None:
    visible = visible_graph(graph, initial(graph).all_open())
    assert (len(visible) > MOST_ITEMS) is large
    sizes = item_sizes(graph, visible)
    made = layout(sizes, visible.source, visible.target, visible.parent, "right")
    cards = visible.kinds != ItemKind.OPEN_CALL
    assert np.allclose(made.rects[cards, 3], sizes[cards, 1]), "cards stay upright"
    assert not judge.overlapping(made, visible.parent)
    assert not judge.escaping(made, visible.parent, HEADER_HEIGHT)
    assert not judge.detached(made, visible.source, visible.target)
    assert not judge.slanted(made)
    middles = made.rects[:, 0] + made.rects[:, 2] / 2
    assert (middles[visible.target] >= middles[visible.source] - 1).mean() > 0.95
    assert made.bounds[2] > made.bounds[3]


@pytest.mark.parametrize("direction", ["down", "right"])
def test_the_trunk_of_a_large_picture_is_straight_and_parameters_stand_beside_it(direction: Direction) -> None:
    graph = gpt(40)
    visible = visible_graph(graph, initial(graph).all_open())
    arrays = (item_sizes(graph, visible), visible.source, visible.target, visible.parent)
    made = layout(*arrays, direction)
    across = direction == "right"
    way = judge.trunk(visible)
    assert len(judge.bent(made, way, across)) < 0.15 * len(way)
    assert not judge.trespassing(made, *arrays[1:])
    middles = made.rects[:, int(not across)] + made.rects[:, 3 - int(across)] / 2
    weights = [item for item in range(len(visible)) if graph.text(int(visible.node[item]), "title").endswith("weight")]
    operations = {int(source): int(target) for source, target in zip(visible.source, visible.target, strict=True)}
    normed = [item for item in weights if visible.kinds[operations[item]] == ItemKind.NODE]
    assert len(normed) > 40
    apart = np.array([middles[operations[item]] - middles[item] for item in normed])
    assert (np.abs(apart) < 1).all() if across else (apart > 0).all()
