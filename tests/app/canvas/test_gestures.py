"""What mouse and keyboard do: pointing, dragging, zooming, opening, walking."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip

from gradscope.app.canvas.widget import GraphCanvas
from gradscope.app.theme import LIGHT
from gradscope.graph import fold
from tests.app.canvas.scenes import canvas_with, line_state, scene_of, spiral

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def canvas(qtbot) -> GraphCanvas:
    return canvas_with(qtbot, *spiral(), zoom=0.9)


def wheel(
    canvas: GraphCanvas,
    at: QPoint,
    notches: float,
    modifiers=Qt.KeyboardModifier.NoModifier,
    pixels: QPoint | None = None,
) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        pixels or QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_node_at_and_node_rect_agree(canvas) -> None:
    for node in range(13):
        rect = canvas.node_rect(node)
        assert not rect.isEmpty()
        assert canvas.node_at(rect.center()) == node
    assert canvas.node_at(QPoint(3, 3)) == -1
    assert sorted(canvas.visible_nodes()) == list(range(13))


def test_the_wheel_zooms_at_the_pointer(canvas) -> None:
    at = canvas.node_rect(4).center()
    before = canvas.camera
    wheel(canvas, at, 2)
    assert canvas.camera.zoom > before.zoom * 1.3
    assert canvas.camera.to_scene(at.x(), at.y()) == pytest.approx(before.to_scene(at.x(), at.y()))
    assert canvas.node_at(at) == 4
    wheel(canvas, at, -2, Qt.KeyboardModifier.ControlModifier)
    assert canvas.camera.zoom == pytest.approx(before.zoom)


def test_shift_and_wheel_pan(canvas) -> None:
    before = canvas.camera
    place = canvas.node_rect(8).topLeft()
    wheel(canvas, QPoint(200, 200), 1, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.camera.zoom == before.zoom
    assert canvas.node_rect(8).topLeft() - place == QPoint(60, 0)
    wheel(canvas, QPoint(200, 200), 1, Qt.KeyboardModifier.ShiftModifier, QPoint(10, -20))  # a touchpad
    assert canvas.node_rect(8).topLeft() - place == QPoint(70, -20)


def test_a_drag_moves_the_scene_and_selects_nothing(qtbot, canvas) -> None:
    rect = canvas.node_rect(8)
    with qtbot.assertNotEmitted(canvas.nodeSelected):
        qtbot.mousePress(canvas, LEFT, pos=QPoint(40, 300))
        qtbot.mouseMove(canvas, QPoint(90, 330))
        assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
        qtbot.mouseRelease(canvas, LEFT, pos=QPoint(90, 330))
    assert canvas.node_rect(8).topLeft() - rect.topLeft() == QPoint(50, 30)
    assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_drag_that_comes_back_to_where_it_began_is_still_a_drag(qtbot, canvas) -> None:
    rect = canvas.node_rect(8)
    at = rect.center()
    with qtbot.assertNotEmitted(canvas.nodeSelected):
        qtbot.mousePress(canvas, LEFT, pos=at)
        qtbot.mouseMove(canvas, at + QPoint(60, 0))
        qtbot.mouseMove(canvas, at + QPoint(1, 1))
        qtbot.mouseRelease(canvas, LEFT, pos=at + QPoint(1, 1))
    assert canvas.node_rect(8).topLeft() - rect.topLeft() == QPoint(1, 1)


def test_a_click_selects_and_a_click_beside_deselects(qtbot, canvas) -> None:
    with qtbot.waitSignal(canvas.nodeSelected) as told:
        qtbot.mouseClick(canvas, LEFT, pos=canvas.node_rect(8).center())
    assert told.args == [8]
    assert "logits" in canvas.accessibleDescription()
    with qtbot.waitSignal(canvas.nodeSelected) as told:
        qtbot.mouseClick(canvas, LEFT, pos=QPoint(5, 700))
    assert told.args == [-1]
    header = QPoint(canvas.call_rect(1).center().x() + 60, canvas.call_rect(1).top() + 8)
    with qtbot.waitSignal(canvas.callSelected) as told, qtbot.assertNotEmitted(canvas.nodeSelected):
        qtbot.mouseClick(canvas, LEFT, pos=header)
    assert told.args == [1]
    inside = canvas.call_rect(1).bottomLeft() + QPoint(3, -3)
    assert canvas.call_at(inside) == canvas.node_at(inside) == -1, "only its header is the module"


def test_a_double_click_on_a_header_or_a_closed_card_asks_to_toggle_the_call(qtbot, canvas) -> None:
    header = QPoint(canvas.call_rect(1).center().x() + 60, canvas.call_rect(1).top() + 8)
    assert canvas.call_at(header) == 1
    with qtbot.waitSignal(canvas.callToggleRequested) as told:
        qtbot.mouseDClick(canvas, LEFT, pos=header)
    assert told.args == [1]
    graph = canvas.scene.graph
    canvas.set_scene(scene_of(graph, fold.initial(graph).closed(3)))
    with qtbot.waitSignal(canvas.callToggleRequested) as told:
        qtbot.mouseDClick(canvas, LEFT, pos=canvas.call_rect(3).center())
    assert told.args == [3]


def test_one_click_on_the_triangle_toggles(qtbot, canvas) -> None:
    corner = canvas.call_rect(1).topLeft() + QPoint(12, 12)
    with qtbot.waitSignal(canvas.callToggleRequested) as told:
        qtbot.mouseClick(canvas, LEFT, pos=corner)
    assert told.args == [1]
    second = QMouseEvent(
        QEvent.Type.MouseButtonDblClick, QPointF(corner), canvas.mapToGlobal(QPointF(corner)), LEFT, LEFT,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    with qtbot.assertNotEmitted(canvas.callToggleRequested):  # the first click of two has done it
        QApplication.sendEvent(canvas, second)


def test_a_double_click_on_a_node_activates_it_and_on_empty_space_fits(qtbot, canvas) -> None:
    with qtbot.waitSignal(canvas.nodeActivated) as told:
        qtbot.mouseDClick(canvas, LEFT, pos=canvas.node_rect(8).center())
    assert told.args == [8]
    canvas.set_view(0, 0, 2.5)
    qtbot.mouseDClick(canvas, LEFT, pos=QPoint(2, 2))
    assert len(canvas.visible_nodes()) == 13


def test_arrows_walk_along_edges_and_bring_the_node_into_view(qtbot, canvas) -> None:
    canvas.setFocus()
    canvas.select(8)
    seen = []
    canvas.nodeSelected.connect(seen.append)
    for _ in range(2):
        qtbot.keyClick(canvas, Qt.Key.Key_Down)
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    assert seen == [9, 10, 9]
    canvas.set_view(0, -5000, 1)
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    assert canvas.rect().contains(canvas.node_rect(10))


@pytest.mark.parametrize(("key", "sign"), [(Qt.Key.Key_Right, 1), (Qt.Key.Key_Left, -1)])
def test_arrows_across_the_flow_lead_to_the_nearest_card_beside(qtbot, canvas, key: Qt.Key, sign: int) -> None:
    canvas.setFocus()
    rects, moved = {node: canvas.node_rect(node) for node in range(13)}, 0
    for node, here in rects.items():
        canvas.select(node)
        seen: list[int] = []
        canvas.nodeSelected.connect(seen.append)
        qtbot.keyClick(canvas, key)
        canvas.nodeSelected.disconnect(seen.append)
        beside = {
            other: (rect.center().x() - here.center().x()) * sign
            for other, rect in rects.items()
            if rect.top() < here.bottom() and rect.bottom() > here.top()
        }
        wanted = sorted((distance, other) for other, distance in beside.items() if distance > 0)
        assert seen == ([wanted[0][1]] if wanted else [])
        moved += bool(wanted)
    assert moved > 2


def test_arrows_keep_to_the_path_of_the_gradient_and_begin_at_the_top(qtbot, canvas) -> None:
    canvas.setFocus()
    seen: list[int] = []
    canvas.nodeSelected.connect(seen.append)
    canvas.select(10)  # log_softmax and the target y lead to the loss
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    assert seen == [9]
    canvas.select(-1)
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    assert canvas.node_rect(seen[-1]).top() == min(canvas.node_rect(node).top() for node in range(13))
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert seen[-1] == -1
    canvas.select(8)
    with qtbot.waitSignal(canvas.nodeActivated) as told:
        qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert told.args == [8]


def test_keys_of_the_canvas_come_before_shortcuts_of_the_window(canvas) -> None:
    def taken(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifier)
        event.setAccepted(False)
        QApplication.sendEvent(canvas, event)
        return event.isAccepted()

    assert taken(Qt.Key.Key_Down)
    assert taken(Qt.Key.Key_F)
    assert not taken(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert not taken(Qt.Key.Key_F10)


def test_enter_toggles_the_selected_call(qtbot, canvas) -> None:
    canvas.select_call(1)
    with qtbot.waitSignal(canvas.callToggleRequested) as told:
        qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert told.args == [1]


def test_keys_zoom_and_fit(qtbot, canvas) -> None:
    zoom = canvas.camera.zoom
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    near = canvas.camera.zoom
    assert near > zoom
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.camera.zoom == pytest.approx(zoom)
    canvas.set_view(0, 0, 3)
    qtbot.keyClick(canvas, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert len(canvas.visible_nodes()) == 13
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert canvas.camera.zoom == pytest.approx(1.0)
    canvas.select(8)
    qtbot.keyClick(canvas, Qt.Key.Key_F)
    assert (canvas.node_rect(8).center() - canvas.rect().center()).manhattanLength() < 4
    canvas.set_view(0, 0, 3)
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert len(canvas.visible_nodes()) == 13


def test_hovering_tells_the_node_and_shows_its_essentials(qtbot, canvas) -> None:
    with qtbot.waitSignal(canvas.nodeHovered) as told:
        qtbot.mouseMove(canvas, canvas.node_rect(4).center())
    assert told.args == [4]
    qtbot.waitUntil(lambda: "ReluBackward0" in QToolTip.text())
    assert "64, 16" in QToolTip.text()
    QToolTip.hideText()
    with qtbot.waitSignal(canvas.nodeHovered) as told:
        QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert told.args == [-1]


def test_the_context_menu_is_asked_for_with_what_is_under_the_pointer(qtbot, canvas) -> None:
    at = canvas.node_rect(4).center()
    with qtbot.waitSignal(canvas.contextMenuRequested) as told:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, canvas.mapToGlobal(at))
        QApplication.sendEvent(canvas, event)
    assert told.args == [4, -1, canvas.mapToGlobal(at)]
    assert "relu" in canvas.accessibleDescription(), "it is of what it was opened on"
    canvas.select(8)
    with qtbot.waitSignal(canvas.contextMenuRequested) as told:
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(2, 2), canvas.mapToGlobal(QPoint(2, 2)))
        QApplication.sendEvent(canvas, event)
    assert told.args == [8, -1, canvas.mapToGlobal(canvas.node_rect(8).center())]


def test_opening_a_call_keeps_its_header_where_it_is(canvas) -> None:
    graph = canvas.scene.graph
    folding = fold.initial(graph).closed(3)
    canvas.set_scene(scene_of(graph, folding))
    before = canvas.call_rect(3).topLeft()
    canvas.set_scene(scene_of(graph, folding.opened(3)), ("call", 3))
    assert (canvas.call_rect(3).topLeft() - before).manhattanLength() <= 2
    assert canvas.node_rect(8) != canvas.call_rect(3)


def test_an_animated_opening_ends_with_the_items_in_place(qtbot, canvas) -> None:
    graph = canvas.scene.graph
    folding = fold.initial(graph).closed(3)
    canvas.set_scene(scene_of(graph, folding))
    canvas.set_animated(True)
    canvas.set_scene(scene_of(graph, folding.opened(3)), ("call", 3))
    during = canvas.grab().toImage()
    qtbot.waitUntil(lambda: canvas._movement.share is None)
    after = canvas.grab().toImage()
    assert during != after
    canvas.set_animated(False)
    canvas.set_scene(canvas.scene)
    assert canvas.grab().toImage() == after


def test_the_gradient_travels_once_a_step_and_comes_to_rest(qtbot) -> None:
    state, scene = spiral()
    canvas = canvas_with(qtbot, state, scene)
    resting = canvas.grab().toImage()
    canvas.set_animated(True)
    marks = canvas.marks
    canvas.set_marks(None)
    canvas.set_marks(marks)
    assert canvas.grab().toImage() != resting
    qtbot.waitUntil(lambda: canvas._travel.share is None)
    assert canvas.grab().toImage() == resting


def test_the_first_scene_is_fitted_and_follows_the_size_until_the_viewer_moves(qtbot) -> None:
    state = line_state()
    canvas = GraphCanvas(LIGHT)
    qtbot.addWidget(canvas)
    canvas.resize(800, 600)
    canvas.show()
    canvas.set_scene(scene_of(state.graph))
    assert canvas.camera.zoom <= 1.0
    assert len(canvas.visible_nodes()) == 4
    canvas.resize(400, 500)
    assert all(canvas.rect().contains(canvas.node_rect(node)) for node in range(4))
    canvas.zoom_by(2)
    kept = canvas.camera.zoom
    canvas.set_scene(scene_of(state.graph))
    assert canvas.camera.zoom == kept


def test_a_screen_reader_finds_name_and_selection(canvas) -> None:
    canvas.select(3)
    interface = QAccessible.queryAccessibleInterface(canvas)
    assert interface.text(QAccessible.Text.Name) == "Autograd graph"
    description = interface.text(QAccessible.Text.Description)
    assert "AddmmBackward0" in description
    assert "about to run" in description
