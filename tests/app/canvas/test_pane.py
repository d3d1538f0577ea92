"""What stands around the canvas: breadcrumb, heat selector, legends, map."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from gradscope.app.canvas.pane import CanvasPane
from gradscope.app.canvas.text_cache import TextCache
from gradscope.app.theme import DARK, LIGHT
from gradscope.graph.heat_figures import HEAT
from tests.app.canvas.scenes import giant, line_state, marks_of, scene_of, spiral

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pane(qtbot) -> CanvasPane:
    state, scene = spiral()
    pane = CanvasPane(LIGHT)
    qtbot.addWidget(pane)
    pane.resize(1042, 640)
    pane.show()
    pane.canvas.set_animated(False)
    pane.canvas.set_scene(scene)
    pane.canvas.set_marks(marks_of(state, scene))
    return pane


def button(pane: CanvasPane, text: str) -> QPushButton:
    return next(b for b in pane.findChildren(QPushButton) if b.text() == text)


def test_a_heat_mode_is_asked_for_by_its_button(qtbot, pane) -> None:
    assert button(pane, "Gradient").isChecked()
    with qtbot.waitSignal(pane.heatRequested) as told:
        qtbot.mouseClick(button(pane, "Activation"), LEFT)
    assert told.args == ["activation"]
    pane.set_heat("role")
    assert button(pane, "Role").isChecked()


def test_times_are_offered_only_when_there_are_figures_and_say_how_to_get_some(pane) -> None:
    backward, forward = button(pane, "Backward time"), button(pane, "Forward time")
    assert backward.isVisible()
    assert not backward.isEnabled()
    assert "need detail level: step" in backward.toolTip()
    assert not forward.isVisible()
    pane.set_heat_offered(("role", "gradient", "activation", "saved", "change", "backward_time", "forward_time"))
    assert backward.isEnabled()
    assert "need" not in backward.toolTip()
    assert forward.isVisible()
    assert pane.selector.geometry().left() >= 0
    assert pane.selector.geometry().right() < pane.width()


def test_the_breadcrumb_shows_the_path_and_tells_the_place(qtbot, pane) -> None:
    pane.set_breadcrumb(("SpiralNet", "net", "net.0"))
    crumbs = pane.breadcrumb.findChildren(QToolButton)
    assert [crumb.text() for crumb in crumbs] == ["SpiralNet", "net", "net.0"]
    assert all(crumb.isVisible() for crumb in crumbs)
    with qtbot.waitSignal(pane.crumbRequested) as told:
        qtbot.mouseClick(crumbs[1], LEFT)
    assert told.args == [1]
    pane.set_breadcrumb(())
    qtbot.waitUntil(lambda: not pane.breadcrumb.findChildren(QToolButton))


def test_what_is_narrowed_stays_said_where_there_is_no_room(pane) -> None:
    pane.resize(420, 500)
    texts = ("A model of a long name", "and a part of it", "and a part of that")
    pane.set_breadcrumb(texts)
    assert not pane.breadcrumb.isVisible()
    pane.set_breadcrumb(texts, ("path to relu",))
    assert pane.breadcrumb.isVisible()


def test_the_heat_mode_that_is_on_stays_offered(pane) -> None:
    saved = button(pane, HEAT["saved"].button)
    pane.set_heat_offered(("role", "gradient", "saved"))
    pane.set_heat("saved")
    pane.set_heat_offered(("role", "gradient"))
    assert saved.isVisible()
    pane.set_heat("role")
    pane.set_heat_offered(("role", "gradient"))
    assert not saved.isVisible()


def test_the_legend_tells_the_ends_of_the_scale(pane) -> None:
    assert pane.heat_legend.caption == "gradient norm, log scale"
    assert pane.heat_legend.ends == "1e-6 … 1e0"
    state, scene = spiral()
    pane.canvas.set_scene(scene)
    pane.canvas.set_marks(marks_of(state, scene, "activation"))
    assert pane.heat_legend.caption == "activation norm, log scale"
    assert pane.heat_legend.ends == "1e-5 … 1e1"


def test_dragging_an_end_of_the_legend_asks_for_another_range(qtbot, pane) -> None:
    legend, asked = pane.heat_legend, []
    pane.rangeRequested.connect(asked.append)
    start = legend.handle("high")
    end = start - QPoint((start.x() - legend.handle("low").x()) // 3, 0)
    qtbot.mousePress(legend, LEFT, pos=start)
    qtbot.mouseMove(legend, end)
    qtbot.mouseRelease(legend, LEFT, pos=end)
    low, high = asked[-1]
    assert low == -6
    assert high == pytest.approx(2, abs=0.3), "what stood two decades below the end is the end now"
    qtbot.mouseDClick(legend, LEFT, pos=start)
    assert asked[-1] is None
    qtbot.keyClick(legend, Qt.Key.Key_Down)
    assert asked[-1] == (-5.75, -0.25)


def test_the_map_frames_what_is_in_view_and_moves_it(qtbot, pane) -> None:
    pane.canvas.set_view(pane.canvas.camera.cx, 150, 1.0)
    before, target = pane.minimap.frame_rect(), pane.minimap.rect().center()
    assert 0 < before.height() < pane.minimap.height()
    assert before.center().y() < target.y() - 10
    qtbot.mouseClick(pane.minimap, LEFT, pos=target)
    assert pane.minimap.frame_rect().center().y() == pytest.approx(target.y(), abs=3)
    assert pane.canvas.camera.zoom == 1.0


def test_the_halo_is_on_the_map(pane) -> None:
    image = pane.minimap.grab().toImage()
    halo = LIGHT.color("halo")
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    assert any(
        abs(p.red() - halo.red()) + abs(p.green() - halo.green()) + abs(p.blue() - halo.blue()) < 60 for p in pixels
    )


def test_a_small_pane_keeps_the_canvas_free(pane) -> None:
    pane.resize(560, 400)
    assert not pane.role_legend.isVisible()
    assert pane.heat_legend.isVisible()
    pane.resize(380, 200)
    assert not pane.minimap.isVisible()
    assert not pane.heat_legend.isVisible()


def test_legends_stand_below_a_scene_that_fills_the_canvas_and_beside_one_that_does_not(pane) -> None:
    assert not pane.corners.docked
    assert pane.heat_legend.geometry().bottom() < pane.canvas.geometry().bottom()
    x, y, width, _ = pane.canvas.scene.bounds
    pane.resize(620, 300)
    pane.canvas.fit()
    assert pane.corners.docked
    assert pane.canvas.geometry().bottom() < pane.heat_legend.y()
    assert pane.canvas.camera.height == pane.canvas.height()
    pane.canvas.set_view(x + width / 2, y, 1.0)
    pane.resize(1042, 640)
    assert pane.corners.docked, "who has moved the view is not moved again"
    pane.canvas.fit()
    assert not pane.corners.docked


def test_the_map_is_a_button_where_it_would_lie_over_a_card_and_comes_by_it(qtbot, pane) -> None:
    told: list[bool] = []
    pane.corners.mapShown.connect(told.append)
    pane.canvas.set_scene(giant(300)[1])
    pane.canvas.fit()
    assert not pane.minimap.isVisible()
    qtbot.mouseClick(pane.corners.map_button, LEFT)
    assert pane.minimap.isVisible()
    assert not pane.minimap.geometry().intersects(pane.corners.map_button.geometry())
    assert pane.rect().contains(pane.minimap.geometry())
    qtbot.mouseClick(pane.corners.map_button, LEFT)
    assert not pane.minimap.isVisible()
    pane.canvas.set_scene(spiral()[1])
    pane.canvas.fit()
    assert not pane.minimap.isVisible(), "what a person has chosen stays"
    assert told == [False, True, False]


def test_roles_are_explained_above_the_scale_where_there_is_no_room_beside_it(pane) -> None:
    state = line_state()
    assert state.graph is not None
    pane.resize(700, 700)
    pane.canvas.set_scene(scene_of(state.graph))
    pane.canvas.fit()
    assert pane.role_legend.isVisible()
    assert pane.role_legend.geometry().bottom() < pane.heat_legend.y()


def test_without_a_scene_only_the_words_are_shown(pane) -> None:
    pane.canvas.set_scene(None)
    pane.canvas.set_empty_text("No graph yet", "Press F10.")
    assert not pane.minimap.isVisible()
    assert not pane.heat_legend.isVisible()
    assert not pane.selector.isVisible()


def test_a_theme_reaches_every_part(pane) -> None:
    light = pane.grab().toImage()
    pane.set_theme(DARK)
    dark = pane.grab().toImage()
    for part in (pane.minimap, pane.heat_legend, pane.role_legend, button(pane, "Role")):
        at = part.mapTo(pane, QPoint(1, part.height() // 2))
        assert light.pixelColor(at).lightness() > 200, part
        assert dark.pixelColor(at).lightness() < 90, part


def test_search_hits_are_on_the_map(pane) -> None:
    def accents() -> int:
        image, accent = pane.minimap.grab().toImage(), LIGHT.color("accent")
        found = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
        return sum(pixel == accent for pixel in found)

    before = accents()
    pane.canvas.highlight([11])
    assert accents() >= before + 12
    pane.canvas.highlight([])
    assert accents() == before


@pytest.mark.parametrize("width", [639, 1042, 1400])
def test_a_hint_stands_beside_the_map_and_above_the_legends(monkeypatch, pane, width: int) -> None:
    places = {}
    draw = TextCache.draw

    def told(self, painter, text, place, style, align="left") -> float:
        places[text] = place
        return draw(self, painter, text, place, style, align)

    monkeypatch.setattr(TextCache, "draw", told)
    hint = "The leaves exist. The forward pass will build the rest: press F10"
    pane.resize(width, 415)
    pane.canvas.set_hint(hint)
    pane.canvas.grab()
    left, middle, room = places[hint]
    assert pane.minimap.isVisible()
    assert left + room + 12 < pane.minimap.x()
    assert left > 12
    assert middle + 16 < pane.heat_legend.y()
    assert TextCache().width(hint, "small", 13) <= room + 4, "all of it can be read"
