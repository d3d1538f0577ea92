"""The camera: what is under the pointer stays there, and what is fitted is in view."""

from __future__ import annotations

import pytest

from gradscope.app.canvas.camera import MAXIMUM_ZOOM, Camera, Insets

VIEW = Camera(100.0, 50.0, 0.8, 640, 480)


@pytest.mark.parametrize("factor", [0.3, 0.9, 1.2, 3.0])
def test_zooming_keeps_the_point_under_the_pointer(factor: float) -> None:
    before = VIEW.to_scene(123, 77)
    assert VIEW.zoomed(factor, 123, 77).to_scene(123, 77) == pytest.approx(before)


def test_zoom_has_a_limit() -> None:
    assert VIEW.zoomed(1e6, 0, 0).zoom == MAXIMUM_ZOOM


def test_a_fitted_scene_keeps_clear_of_the_insets() -> None:
    camera = VIEW.fitted((10, 20, 3000, 900), Insets(30, 40, 50, 60))
    left, top = camera.to_screen(10, 20)
    right, bottom = camera.to_screen(3010, 920)
    assert (left, right) == pytest.approx((30, 590))
    assert top >= 40
    assert bottom <= 420


def test_a_small_scene_is_not_blown_up() -> None:
    assert VIEW.fitted((0, 0, 50, 50), Insets()).zoom == 1.0


def test_a_tall_scene_opens_at_its_top_at_a_legible_size() -> None:
    camera = VIEW.opening((0, 0, 300, 1500), Insets())
    assert camera.zoom >= 0.55
    assert camera.to_screen(0, 0)[1] == pytest.approx(24)


def test_a_hopeless_scene_opens_whole() -> None:
    assert VIEW.opening((0, 0, 300, 90_000), Insets()).zoom < 0.01


def test_what_is_in_view_is_left_alone_and_what_is_not_is_brought_in() -> None:
    assert VIEW.showing((100, 50, 20, 20), Insets()) is VIEW
    moved = VIEW.showing((5000, 50, 100, 20), Insets())
    assert moved.to_screen(5100, 0)[0] == pytest.approx(640 - 24)
    assert moved.cy == VIEW.cy
    long = VIEW.showing((5000, 50, 5000, 20), Insets())
    assert long.to_screen(5000, 0)[0] == pytest.approx(24), "of what does not fit the beginning is seen"
