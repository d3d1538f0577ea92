"""Large pictures composed of small ones: as sound as any, equal parts alike, and only what changed laid out anew."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.layout import box as box_module
from gradscope.layout import engine
from gradscope.layout.runs import MOST_CHILDREN
from gradscope.layout.sizes import HEADER_HEIGHT, item_sizes
from tests.layout import graphs, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.visible import VisibleGraph
    from gradscope.layout.geometry import Layout

GRAPHS: dict[str, Callable[[], GraphSnapshot]] = {
    "line": graphs.line,
    "resnet of 16": lambda: graphs.resnet(16),
    "gpt of 12": lambda: graphs.gpt(12),
    "lstm of 200": lambda: graphs.lstm(200),
    "maml": lambda: graphs.maml(4, 5),
    "script": lambda: graphs.script(400),
    "towers": lambda: graphs.towers(13, 12),
}
LARGE: dict[str, Callable[[], GraphSnapshot]] = {
    "gpt of 160": lambda: graphs.gpt(160),
    "script of 5000": lambda: graphs.script(1000),
}


def _seen(graph: GraphSnapshot, state: FoldState | None = None) -> tuple[VisibleGraph, tuple[Any, Any, Any, Any]]:
    visible = visible_graph(graph, state or initial(graph).all_open())
    return visible, (item_sizes(graph, visible), visible.source, visible.target, visible.parent)


def _assert_sound(made: Layout, arrays: tuple[Any, Any, Any, Any]) -> None:
    sizes, sources, targets, parents = arrays
    assert (made.rects[:, 2:] >= sizes - judge.SLACK).all()
    assert (made.rects == np.round(made.rects)).all()
    assert made.bounds[:2] == (0.0, 0.0)
    assert judge.overlapping(made, parents) == []
    assert judge.escaping(made, parents, HEADER_HEIGHT) == []
    assert judge.detached(made, sources, targets) == []
    assert judge.slanted(made) == []
    assert judge.rising(made, sources, targets) == []


@pytest.mark.parametrize("name", GRAPHS)
def test_a_composed_picture_has_no_faults(name: str) -> None:
    _, arrays = _seen(GRAPHS[name]())
    made = engine.composer().compose(*arrays)
    _assert_sound(made, arrays)
    assert judge.trespassing(made, *arrays[1:]) == []


@pytest.mark.parametrize("name", LARGE)
def test_a_large_picture_is_composed_by_itself(name: str) -> None:
    _, arrays = _seen(LARGE[name]())
    remembered = engine.composer()
    made = engine.layout(*arrays, remembered=remembered)
    _assert_sound(made, arrays)
    assert 0 < remembered.engine_calls < 40, "equal boxes are laid out once"


def test_equal_blocks_look_alike() -> None:
    graph = graphs.gpt(40)
    visible, arrays = _seen(graph)
    made = engine.composer().compose(*arrays)
    blocks = [item for item in range(len(visible)) if visible.node[item] < 0 and _type(graph, visible, item) == "Block"]
    sizes = {tuple(made.rects[item, 2:]) for item in blocks[1:]}  # the first has the mask's own card above it
    assert len(blocks) == 40
    assert len(sizes) == 1


def test_lines_into_a_box_pass_its_upper_border_and_no_other() -> None:
    _, arrays = _seen(graphs.resnet(16))
    made = engine.composer().compose(*arrays)
    _, sources, targets, parents = arrays
    entered = 0
    for edge, (source, target) in enumerate(zip(sources.tolist(), targets.tolist(), strict=True)):
        box = int(parents[target])
        if box < 0 or box in _around(source, parents):
            continue
        entered += 1
        route = made.points[made.start[edge] : made.start[edge + 1]]
        top, left, width = made.rects[box, 1], made.rects[box, 0], made.rects[box, 2]
        crossing = (route[:-1, 1] < top) & (route[1:, 1] > top)
        assert crossing.sum() == 1
        assert left < route[:-1, 0][crossing][0] < left + width
    assert entered > 20


def test_the_same_graph_gives_the_same_picture_whatever_was_laid_out_before() -> None:
    graph = graphs.lstm(60)
    _, arrays = _seen(graph)
    used = engine.composer()
    used.compose(*_seen(graphs.gpt(5))[1])
    first, second = engine.composer().compose(*arrays), used.compose(*arrays)
    assert np.array_equal(first.rects, second.rects)
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.start, second.start)


def test_a_wider_card_deep_inside_is_seen_by_all_boxes_around_it() -> None:
    _, (sizes, *ends) = _seen(graphs.resnet(16))
    depth = np.array([len(list(_around(item, ends[2]))) for item in range(len(sizes))])
    used = engine.composer()
    used.compose(sizes, *ends)
    sizes = sizes.copy()
    sizes[int(depth.argmax()), 0] += 400
    first, second = engine.composer().compose(sizes, *ends), used.compose(sizes, *ends)
    assert np.array_equal(first.rects, second.rects)
    assert np.array_equal(first.points, second.points)


def test_after_a_click_only_what_is_around_it_is_laid_out_anew() -> None:
    graph = graphs.gpt(300)
    state = initial(graph).all_open()
    remembered = engine.composer()
    remembered.compose(*_seen(graph, state)[1])
    before = remembered.engine_calls
    call = next(row for row, made in enumerate(graph.calls) if made.module == "h.150.attn")
    _, arrays = _seen(graph, state.closed(call))
    _assert_sound(remembered.compose(*arrays), arrays)
    assert 0 < remembered.engine_calls - before <= 8
    known = remembered.engine_calls
    remembered.compose(*_seen(graph, state)[1])
    assert remembered.engine_calls == known


def test_a_block_among_hundreds_is_closed_without_all_behind_it_being_cut_anew() -> None:
    graph = graphs.gpt(600)
    state = initial(graph).all_open()
    calls = {made.module: row for row, made in enumerate(graph.calls)}
    for block in random.Random(1).sample(range(30, 600), 20):  # no two runs alike
        state = state.closed(calls[f"h.{block}.ln_1"])
    remembered = engine.composer()
    remembered.compose(*_seen(graph, state)[1])
    before = remembered.engine_calls
    remembered.compose(*_seen(graph, state.closed(calls["h.10"]))[1])  # a card more: the reference to the mask
    assert 0 < remembered.engine_calls - before <= 4


def test_what_is_remembered_is_bounded() -> None:
    graph = graphs.gpt(3)
    small = engine.Composer(engine._SPACING, most_kept=2)
    for _ in range(2):
        _, arrays = _seen(graph)
        _assert_sound(small.compose(*arrays), arrays)
    assert len(small._known) == 2


def test_a_long_level_is_cut_and_its_picture_stays_whole() -> None:
    graph = graphs.script(MOST_CHILDREN)
    visible, arrays = _seen(graph)
    assert len(visible) > 4 * MOST_CHILDREN
    made = engine.composer().compose(*arrays)
    assert len(made.rects) == len(visible)
    _assert_sound(made, arrays)


def test_what_the_engine_refuses_is_laid_out_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_module, "MOST_WAYPOINTS", 0)
    _, arrays = _seen(graphs.resnet(6))
    made = engine.composer().compose(*arrays)
    assert judge.overlapping(made, arrays[3]) == []
    assert judge.detached(made, *arrays[1:3]) == []
    assert judge.slanted(made) == []


def test_too_many_lines_through_one_border_are_laid_out_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_module, "MOST_CROSSINGS", 1)
    _, arrays = _seen(graphs.lstm(4))
    made = engine.composer().compose(*arrays)
    assert judge.overlapping(made, arrays[3]) == []
    assert judge.detached(made, *arrays[1:3]) == []


def test_a_cycle_between_boxes_is_composed() -> None:
    sizes = np.array([[50.0, 28.0], [50.0, 28.0], [80.0, 40.0], [80.0, 40.0], [80.0, 40.0]])
    parents = np.array([-1, -1, 0, 0, 1], np.int32)
    sources, targets = np.array([2, 4], np.int32), np.array([4, 3], np.int32)
    made = engine.composer().compose(sizes, sources, targets, parents)
    assert judge.overlapping(made, parents) == []
    assert judge.escaping(made, parents, HEADER_HEIGHT) == []
    assert judge.detached(made, sources, targets) == []


def test_a_row_of_boxes_does_not_drift_to_one_side() -> None:
    widths = []
    for blocks in (5, 25):
        _, arrays = _seen(graphs.towers(1, blocks))
        widths.append(engine.composer().compose(*arrays).bounds[2])
    assert widths[1] < 1.2 * widths[0]


def test_what_many_lines_lead_to_is_entered_at_one_place() -> None:
    graph = graphs.script(600)
    visible, arrays = _seen(graph)
    made = engine.composer().compose(*arrays)
    stack = next(item for item in range(len(visible)) if graph.text(int(visible.node[item]), "title") == "stack")
    lines = np.flatnonzero(visible.target == stack)
    assert len(lines) == 60
    _, counts = np.unique(made.points[made.start[lines + 1] - 1], axis=0, return_counts=True)
    assert counts.max() >= len(lines) - 2  # all but those of its own run


def _type(graph: GraphSnapshot, visible: VisibleGraph, item: int) -> str:
    return graph.calls[int(visible.call[item])].type


def _around(item: int, parents: Any) -> set[int]:
    found = set()
    while (item := int(parents[item])) >= 0:
        found.add(item)
    return found
