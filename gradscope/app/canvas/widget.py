"""The half of the canvas that listens: what is under the pointer, clicks, keys, tooltips, and what they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QCursor,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip

from gradscope.app.painted import painted
from gradscope.graph.visible import ItemKind
from gradscope.layout.sizes import HEADER_HEIGHT

from . import describe, walk
from .camera import READABLE_ZOOM
from .gestures import Pan, wheeled
from .paint_ports import next_port, place_of, port_at
from .stage import Stage

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QWidget

    from gradscope.app.theme import Theme

    from .marks import Marks
    from .scene import Scene, Target
    from .walk import Direction

_TOOLTIP_DELAY = 300  # milliseconds
_ZOOM_STEP = 1.25
_TRIANGLE = 22.0  # scene pixels at the left of a call's header that take a single click
_ARROWS: dict[int, Direction] = {
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
}
_PLAIN_KEYS = (Qt.Key.Key_F, Qt.Key.Key_0, Qt.Key.Key_Home, Qt.Key.Key_P)


class GraphCanvas(Stage):
    """The graph on screen. ``node`` and ``call`` in signals are -1 where none is meant."""

    nodeSelected = Signal(int)
    nodeActivated = Signal(int)
    callToggleRequested = Signal(int)
    callSelected = Signal(int)
    nodeHovered = Signal(int)
    contextMenuRequested = Signal(int, int, QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._pan: Pan | None = None
        self._port = -1  # the line whose port is pointed at
        self._tooltip_timer = QTimer(self, singleShot=True, interval=_TOOLTIP_DELAY)
        self._tooltip_timer.timeout.connect(self._show_tooltip)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Autograd graph")
        self.setAccessibleDescription("Nothing is selected")

    def select(self, node: int) -> None:
        """Select a node; -1 selects nothing."""
        self._set_selected(("node", node) if node >= 0 else None)

    def select_call(self, call: int) -> None:
        """Select a call; -1 selects nothing."""
        self._set_selected(("call", call) if call >= 0 else None)

    def set_scene(self, scene: Scene | None, anchor_item: Target | None = None, animate: bool = True) -> None:
        """Show another scene; the selection stays with what it named."""
        super().set_scene(scene, anchor_item, animate)
        self._port = self._chosen_port = -1
        self._describe_selection()

    def set_marks(self, marks: Marks | None) -> None:
        """Show other figures."""
        super().set_marks(marks)
        self._describe_selection()

    def node_at(self, position: QPoint) -> int:
        """The node whose card is under a pixel, -1 if none."""
        item = self._item_at(QPointF(position))
        return int(self._scene.visible.node[item]) if self._scene is not None and item >= 0 else -1

    def call_at(self, position: QPoint) -> int:
        """The call whose closed card or open header is under a pixel, -1 if none."""
        item = self._item_at(QPointF(position))
        return int(self._scene.visible.call[item]) if self._scene is not None and item >= 0 else -1

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, pan with Shift."""
        self._move(wheeled(self._camera, event), gesture=True)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin what may become a drag."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._tooltip_timer.stop()
            self._pan = Pan(event.position(), self._camera)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the scene, or point at an item."""
        if self._pan is None:
            self._point_at(event.position())
            return
        camera = self._pan.move(event.position())
        if camera is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._move(camera, gesture=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, or take the click."""
        pan, self._pan = self._pan, None
        self.unsetCursor()
        if pan is None or pan.moving or event.button() != Qt.MouseButton.LeftButton:
            return
        item = self._item_at(event.position())
        if self._on_triangle(item, event.position()):
            self._toggle(item)
        else:
            self._choose(item)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or close a call, activate a node, or fit all."""
        if event.button() != Qt.MouseButton.LeftButton or self._scene is None:
            return
        item = self._item_at(event.position())
        if item < 0:
            self.fit()
        elif self._scene.visible.node[item] >= 0:
            self.nodeActivated.emit(int(self._scene.visible.node[item]))
        elif not self._on_triangle(item, event.position()):  # there the first click has done it
            self._toggle(item)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Point at nothing."""
        self._hover(-1)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what is under the pointer, or, from the keyboard, of the selection."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._ask_for_menu()
            return
        item = self._item_at(QPointF(event.pos()))
        if item >= 0:
            self._choose(item)
        self._tell_menu(item, event.globalPos())

    def _ask_for_menu(self) -> None:
        """The menu of the selection, at the selection."""
        middle = self._rect_of(self._selected).center() if self._selected else self.rect().center()
        self._tell_menu(self._selected_item(), self.mapToGlobal(middle))

    def _tell_menu(self, item: int, position: QPoint) -> None:
        visible = self._scene.visible if self._scene is not None else None
        node = int(visible.node[item]) if visible is not None and item >= 0 else -1
        call = int(visible.call[item]) if visible is not None and item >= 0 else -1
        self.contextMenuRequested.emit(node, call, position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk with the arrows, open with Enter, outputs with P, zoom with + - 0, fit with F, Home and Ctrl+0."""
        key, control = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key in _ARROWS and self._scene is not None:
            self._walk(_ARROWS[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._activate_selection()
        elif key == Qt.Key.Key_P and not control:
            self._choose_port(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif key == Qt.Key.Key_F and not control:
            self.fit_selection()
        elif key == Qt.Key.Key_Escape:
            self._choose(-1)
        elif key == Qt.Key.Key_F10 and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._ask_for_menu()  # for keyboards without a menu key; Qt does this on one platform only
        elif not self._zoom_key(key, control):
            super().keyPressEvent(event)

    def _zoom_key(self, key: int, control: bool) -> bool:
        """Whether a key changes the zoom, which is then done."""
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(_ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _ZOOM_STEP)
        elif key == Qt.Key.Key_Home or (key == Qt.Key.Key_0 and control):
            self.fit()
        elif key == Qt.Key.Key_0:
            self.zoom_by(1 / self._camera.zoom)
        else:
            return False
        return True

    @painted
    def event(self, event: QEvent) -> bool:
        """Keys of the canvas come before shortcuts of the window while it has the focus."""
        if event.type() == event.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if plain and (event.key() in _ARROWS or event.key() in _PLAIN_KEYS):
                event.accept()
                return True
        return bool(super().event(event))

    def _item_at(self, position: QPointF) -> int:
        """The card, or the open call whose header, is under a pixel; the inside of an open call counts as empty."""
        if self._scene is None or not len(self._scene):
            return -1
        x, y = self._camera.to_scene(position.x(), position.y())
        item = self._scene.item_at(x, y)
        if item >= 0 and self._scene.visible.kinds[item] == ItemKind.OPEN_CALL:
            header = max(HEADER_HEIGHT, 14 / self._camera.zoom)
            return item if y <= self._scene.rects[item, 1] + header else -1
        return item

    def _on_triangle(self, item: int, position: QPointF) -> bool:
        if self._scene is None or item < 0 or self._scene.visible.node[item] >= 0:
            return False
        x, y = self._camera.to_scene(position.x(), position.y())
        left, top = self._scene.rects[item, :2].tolist()
        return x <= left + _TRIANGLE + 4 and y <= top + HEADER_HEIGHT and self._camera.zoom * HEADER_HEIGHT > 13

    def _toggle(self, item: int) -> None:
        if self._scene is not None:
            self.callToggleRequested.emit(int(self._scene.visible.call[item]))

    def _choose(self, item: int) -> None:
        if self._scene is None or item < 0:
            self._set_selected(None)
            self.nodeSelected.emit(-1)
            return
        kind, row = target = self._scene.target_of(item)
        self._set_selected(target)
        (self.nodeSelected if kind == "node" else self.callSelected).emit(row)

    def _walk(self, direction: Direction) -> None:
        if self._scene is None:
            return
        item = walk.neighbour(self._scene, self._selected_item(), direction)
        if self._chosen_port >= 0 and walk.is_forward(self._scene, direction):
            item = int(self._scene.visible.target[self._chosen_port])
        if item < 0:
            return
        self._choose(item)
        x, y, width, height = self._scene.rects[item].tolist()
        self._place(self._camera.showing((x, y, width, height), self._insets))

    def _activate_selection(self) -> None:
        item = self._selected_item()
        if self._scene is None or item < 0:
            return
        if self._scene.visible.node[item] < 0:
            self._toggle(item)
        else:
            self.nodeActivated.emit(int(self._scene.visible.node[item]))

    def _choose_port(self, step: int) -> None:
        """The next of the selected card's outputs, told beside it; after the last one none."""
        item = self._selected_item()
        if self._scene is None or item < 0:
            return
        self._chosen_port = next_port(self._scene, item, self._chosen_port, step)
        self._describe_selection()
        self.update()
        QToolTip.hideText()
        if self._chosen_port >= 0:
            place = place_of(self._scene, self._camera, self._chosen_port).toPoint()
            text = describe.port_tooltip(self._scene, self.marks, self._chosen_port)
            QToolTip.showText(self.mapToGlobal(place), text, self)

    def _point_at(self, position: QPointF) -> None:
        port = -1
        if self._scene is not None and len(self._scene) and self._camera.zoom >= READABLE_ZOOM:
            port = port_at(self._scene, self._camera, position.x(), position.y())
        self._hover(self._item_at(position), port)

    def _hover(self, item: int, port: int = -1) -> None:
        if (item, port) == (self._hovered, self._port):
            return
        self._hovered, self._port = item, port
        QToolTip.hideText()
        self._tooltip_timer.stop()
        if item >= 0 or port >= 0:
            self._tooltip_timer.start()
        self.nodeHovered.emit(int(self._scene.visible.node[item]) if self._scene is not None and item >= 0 else -1)
        self.update()

    def _show_tooltip(self) -> None:
        if self._scene is None or self._pan is not None:
            return
        if self._port >= 0:
            QToolTip.showText(QCursor.pos(), describe.port_tooltip(self._scene, self.marks, self._port), self)
        elif 0 <= self._hovered < len(self._scene):
            text = describe.tooltip_of(self._scene, self.marks, self._hovered)
            QToolTip.showText(QCursor.pos(), text, self)

    def _set_selected(self, target: Target | None) -> None:
        if target != self._selected:
            self._selected, self._chosen_port = target, -1
            self.update()
            self._describe_selection()

    def _describe_selection(self) -> None:
        item = self._selected_item()
        words = describe.spoken(self._scene, self.marks, item) if self._scene is not None and item >= 0 else ""
        if self._scene is not None and self._chosen_port >= 0:
            words = describe.spoken_port(self._scene, self.marks, self._chosen_port)
        words = words or "Nothing is selected"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
