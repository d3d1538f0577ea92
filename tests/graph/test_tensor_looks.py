"""What a tensor is shown as, unasked and on offer, goes by its shape."""

from __future__ import annotations

import pytest

from gradscope.graph.tensor_looks import LONG, Cut, first_cut, looks, usual


@pytest.mark.parametrize(
    ("shape", "picture", "name"),
    [
        ((5, 7), True, ""),
        ((6, 20, 30), True, "One plane"),
        ((3, 32, 32), True, "RGB, channels first"),
        ((3, 32, 32), False, "One plane"),  # a gradient is no picture
        ((256, 256, 3), True, "RGB, channels last"),
        ((3, 5, 5), True, "One plane"),  # the weight of a convolution
        ((32, 128, 128, 3), True, "RGB, channels last"),
        ((16, 3, 32, 32), True, "RGB, channels first"),
        ((16, 8, 14, 14), True, "Sheet over dim 1"),
        ((16, 1, 14, 14), True, "Sheet over dim 0"),
        ((8, 3, 3, 3), True, "Sheet over dim 1"),
        ((10, 16, 64, 64, 3), True, "RGB, channels last"),
        ((2, 4, 3, 64, 64), True, "RGB, channels first"),
        ((2, 3, 4, 64, 64), True, "RGB, channels first"),
        ((2, 5, 4, 6, 6), False, "Sheet over dim 2"),
    ],
)
def test_what_is_shown_unasked(shape: tuple[int, ...], picture: bool, name: str) -> None:
    look = usual(shape, picture)
    assert (look.name if look is not None else "") == name


def test_clips_have_one_slider_over_time() -> None:
    for shape, axes in (((10, 16, 64, 64, 3), (0, 2, 3, 4)), ((2, 4, 3, 64, 64), (0, 3, 4, 2))):
        assert first_cut(shape, True, {}) == Cut(axes, (0,))


def test_a_square_of_three_offers_both_orders_of_channels() -> None:
    names = [look.name for look in looks((3, 64, 3))]
    assert names == ["One plane", "Sheet over dim 0", "RGB, channels first", "RGB, channels last"]


def test_the_look_chosen_last_comes_first_for_tensors_of_its_rank() -> None:
    liked = {4: "One plane"}
    assert first_cut((16, 3, 32, 32), True, liked) == Cut((-1, 2, 3, -1), (0, 0))
    assert first_cut((3, 32, 32), True, liked).axes == (-1, 1, 2, 0)
    assert first_cut((16, 1, 8, 8), True, {4: "RGB, channels first"}).axes == (0, 2, 3, -1)  # it has no such look


def test_a_vector_is_asked_for_in_more_detail_than_a_plane() -> None:
    assert first_cut((4000,), True, {}).side == LONG
    assert first_cut((4000, 2), True, {}).side < LONG
