"""A flow from left to right, at every size: the same rules as downwards."""

from __future__ import annotations

import numpy as np
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.visible import ItemKind
from gradscope.layout.engine import MOST_ITEMS, layout
from gradscope.layout.sizes import HEADER_HEIGHT, item_sizes
from tests.layout import judge
from tests.layout.graphs import gpt, lstm, resnet


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
