"""The picture that a layout makes: nothing overlaps, lines keep to themselves, the forward runs downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.layout import engine
from gradscope.layout.engine import layout
from gradscope.layout.fallback import layered
from gradscope.layout.sizes import CHIP_HEIGHT, HEADER_HEIGHT, item_sizes
from tests.layout import graphs, judge
from tests.samples import spiral_state

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.layout.geometry import Layout

GRAPHS = {
    "spiral": lambda: _spiral(),
    "line": graphs.line,
    "resnet of 2": lambda: graphs.resnet(2),
    "resnet of 24": lambda: graphs.resnet(24),
    "gpt of 2": lambda: graphs.gpt(2),
    "gpt of 100": lambda: graphs.gpt(100),
    "lstm of 5": lambda: graphs.lstm(5),
    "lstm of 200": lambda: graphs.lstm(200),
}


def _spiral() -> GraphSnapshot:
    graph = spiral_state().graph
    assert graph is not None
    return graph


def _arrays(graph: GraphSnapshot, everything: bool) -> tuple[Any, Any, Any, Any]:
    state = initial(graph)
    visible = visible_graph(graph, state.all_open() if everything else state)
    return item_sizes(graph, visible), visible.source, visible.target, visible.parent


def _assert_sound(made: Layout, arrays: tuple[Any, Any, Any, Any]) -> None:
    sizes, sources, targets, parents = arrays
    assert made.rects.shape == (len(sizes), 4)
    assert made.start.shape == (len(sources) + 1,)
    assert np.isfinite(made.rects).all()
    assert (made.rects[:, 2:] >= sizes - judge.SLACK).all()
    assert judge.overlapping(made, parents) == []
    assert judge.escaping(made, parents, HEADER_HEIGHT) == []
    assert judge.detached(made, sources, targets) == []
    assert judge.slanted(made) == []
    assert judge.rising(made, sources, targets) == []


@pytest.mark.parametrize("everything", [False, True], ids=["folded", "all open"])
@pytest.mark.parametrize("name", GRAPHS)
def test_a_picture_without_faults(name: str, everything: bool) -> None:
    arrays = _arrays(GRAPHS[name](), everything)
    made = layout(*arrays)
    _assert_sound(made, arrays)
    assert judge.trespassing(made, *arrays[1:]) == []


def test_positions_are_whole_pixels_from_the_origin() -> None:
    for graph in (graphs.resnet(4), graphs.gpt(3), graphs.lstm(3)):
        made = layout(*_arrays(graph, True))
        assert (made.rects == np.round(made.rects)).all()
        assert made.bounds[:2] == (0.0, 0.0)


@pytest.mark.parametrize("everything", [False, True], ids=["folded", "all open"])
def test_the_same_graph_gives_the_same_picture(everything: bool) -> None:
    first, second = (layout(*_arrays(graphs.gpt(6), everything)) for _ in range(2))
    assert (first.rects == second.rects).all()
    assert (first.points == second.points).all()


def test_to_the_right_sources_stand_left_of_their_targets() -> None:
    arrays = _arrays(graphs.resnet(2), True)
    for made in (layout(*arrays, direction="right"), layered(*arrays, direction="right")):
        source, target = made.rects[arrays[1]], made.rects[arrays[2]]
        beyond = source[:, 0] + source[:, 2] > target[:, 0] + judge.SLACK
        fed = np.isin(arrays[1], arrays[2])  # a leaf and its transpose may stand above or below their operation
        beside = (source[:, 1] + source[:, 3] <= target[:, 1]) | (source[:, 1] >= target[:, 1] + target[:, 3])
        assert not (beyond & fed & ~(beside & (arrays[0][arrays[1], 1] <= CHIP_HEIGHT))).any()
        assert not (beyond & ~beside).any()
        assert judge.overlapping(made, arrays[3]) == []
        assert judge.escaping(made, arrays[3], HEADER_HEIGHT) == []


@pytest.mark.parametrize("name", GRAPHS)
def test_the_fallback_is_sound_too(name: str) -> None:
    arrays = _arrays(GRAPHS[name](), True)
    _assert_sound(layered(*arrays), arrays)


def test_what_the_engine_refuses_is_laid_out_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine._LIMITS, "max_nodes", 5)
    arrays = _arrays(graphs.resnet(4), True)
    _assert_sound(layout(*arrays), arrays)


def test_a_cycle_is_laid_out() -> None:
    sizes = np.full((3, 2), 50.0)
    ends = np.array([0, 1, 2], np.int32), np.array([1, 2, 0], np.int32), np.full(3, -1, np.int32)
    for made in (layout(sizes, *ends), layered(sizes, *ends)):
        assert judge.overlapping(made, ends[2]) == []


def test_leaves_without_lines_fill_a_sheet_and_not_a_row() -> None:
    arrays = _arrays(graphs.leaves(60), False)
    made = layout(*arrays)
    assert judge.overlapping(made, arrays[3]) == []
    _, _, width, height = made.bounds
    assert 1.0 < width / height < 3.0


def test_nothing_gives_an_empty_picture() -> None:
    nothing = np.zeros(0, np.int32)
    assert layout(np.zeros((0, 2)), nothing, nothing, nothing).bounds == (0.0, 0.0, 0.0, 0.0)


def test_an_open_box_is_as_wide_as_its_header_needs() -> None:
    sizes = np.array([[400.0, 28.0], [50.0, 20.0]])
    nothing = np.zeros(0, np.int32)
    for make in (layout, layered):
        made = make(sizes, nothing, nothing, np.array([-1, 0], np.int32))
        assert made.rects[0, 2] >= 400.0


def test_boxes_that_begin_with_a_box_keep_their_headers_free() -> None:
    sizes = np.array([[20.0, 28.0]] * 3 + [[100.0, 50.0]] * 2)
    parents = np.array([-1, 0, 1, 2, 0], np.int32)
    made = layout(sizes, np.array([3], np.int32), np.array([4], np.int32), parents)
    assert judge.escaping(made, parents, HEADER_HEIGHT) == []
    assert judge.overlapping(made, parents) == []
    assert made.bounds[:2] == (0.0, 0.0)


@pytest.mark.parametrize("everything", [False, True], ids=["folded", "all open"])
@pytest.mark.parametrize("name", GRAPHS)
def test_lines_keep_off_the_names_and_borders_of_boxes(name: str, everything: bool) -> None:
    arrays = _arrays(GRAPHS[name](), everything)
    made = layout(*arrays)
    few = len(arrays[1]) // 200  # where many lines enter one box side by side, some room runs out
    assert len(judge.hugging(made, arrays[3])) <= few


def test_boxes_are_no_higher_than_what_they_hold_needs() -> None:
    arrays = _arrays(_spiral(), True)
    made = layout(*arrays)
    for box in np.unique(arrays[3][arrays[3] >= 0]):
        bottom = (made.rects[arrays[3] == box, 1] + made.rects[arrays[3] == box, 3]).max()
        assert made.rects[box, 1] + made.rects[box, 3] - bottom <= 30


def test_arrows_have_room_for_their_heads() -> None:
    for graph in (_spiral(), graphs.gpt(3)):
        arrays = _arrays(graph, True)
        made = layout(*arrays)
        last, before = made.points[made.start[1:] - 1], made.points[made.start[1:] - 2]
        assert (np.abs(last - before).sum(axis=1) >= 7).all()
