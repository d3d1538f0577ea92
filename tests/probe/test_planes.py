"""Each number told of a tensor is the tensor's own, at the index that the window will name."""

from __future__ import annotations

import pytest
import torch

from gradscope.graph.tensor import TensorView
from gradscope.graph.tensor_looks import free_dimensions, looks
from gradscope.probe.planes import TILES, plane
from gradscope.wire.messages import TensorTold

SHAPES = [(3, 9, 8), (9, 8, 3), (4, 3, 5, 6), (5, 4, 6, 3), (2, 4, 5, 6, 3), (2, 4, 3, 5, 6), (2, 3, 4, 5, 6), (2,) * 6]


def view_of(tensor: torch.Tensor, **asked: object) -> TensorView:
    return TensorView.from_message(TensorTold(1, **plane(tensor, **asked)))  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_in_every_look_each_cell_is_the_element_of_its_index(shape):
    tensor = torch.randn(shape, dtype=torch.float64)
    for look in looks(shape):
        free = free_dimensions(look.axes, len(shape))
        view = view_of(tensor, axes=look.axes, plane=tuple(shape[dimension] - 1 for dimension in free), rows=4)
        assert view.axes == look.axes
        tiles, rows, columns, channels = view.cells.shape
        assert rows <= 4
        assert (channels == 3) == (look.axes[3] >= 0)
        for cell in [(0, 0, 0, 0), (tiles - 1, rows - 1, columns - 1, channels - 1), (tiles // 2, rows // 2, 1, 0)]:
            tile, row, column, channel = cell
            assert view.cells[cell] == tensor[view.index(row, column, tile, channel)].item(), (look, cell)


def test_no_more_is_told_than_was_asked_for():
    view = view_of(torch.randn(200, 60, 90), axes=(0, 1, 2, -1), most=20_000)
    assert len(view.cells) == TILES
    assert view.tiles_left_out == 200 - TILES
    assert 5_000 < view.cells.size <= 20_000
    assert view.thinned
    summary = view.summary
    assert summary is not None
    assert summary.count == 200 * 60 * 90  # the figures are of all elements


def test_all_of_it_is_told_to_who_wants_all():
    tensor = torch.randn(80, 30, 70)
    view = view_of(tensor, axes=(0, 1, 2, -1), rows=1 << 24, columns=1 << 24, most=1 << 24, tiles=1 << 24)
    assert torch.from_numpy(view.cells[..., 0].copy()).equal(tensor.double())
    assert not view.thinned


@pytest.mark.parametrize("axes", [(0, 1), (9, 0, 1, -1), (0, 0, 1, -1), (-1, 0, -1, 1), (1, 2, 3, 4, 5)])
def test_an_order_that_makes_no_sense_tells_the_first_plane(axes):
    tensor = torch.arange(24.0).view(2, 3, 4)
    view = view_of(tensor, axes=axes)
    assert view.values.tolist() == tensor[0].tolist()


@pytest.mark.parametrize("shape", [(0, 3, 4, 5), (2, 3, 0, 5), (2, 0, 4, 5)])
def test_a_sheet_of_nothing_is_empty(shape):
    view = view_of(torch.empty(shape), axes=(1, 2, 3, -1))
    assert view.available
    assert view.cells.size == 0
