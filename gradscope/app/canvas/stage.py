"""The half of the canvas that shows: a scene, its marks, a camera, and everything drawn; no mouse, no keyboard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from gradscope.app.painted import painted
from gradscope.graph.visible import ItemKind

from .camera import Camera, Insets
from .frame import Overlay, draw_overlay, draw_scene, item_rect
from .framebuffer import FrameBuffer
from .motion import MOST_MOVING, Motion, eased, starting_rects
from .notices import HINT_HEIGHT, draw_empty, draw_hint
from .paint_far import FarGround
from .styles import Styles
from .text_cache import TextCache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradscope.app.theme import Theme
    from gradscope.graph.snapshot import Ints

    from .marks import Marks
    from .scene import Floats2, Scene, Target

LEAST_ROOM = (480, 320)
_SHARP_DELAY = 80  # milliseconds without a further step of a gesture


class Stage(QWidget):
    """Draws a scene from where its camera stands."""

    viewChanged = Signal()
    sceneChanged = Signal()
    marksChanged = Signal()
    hitsChanged = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._styles = Styles(theme)
        self._texts = TextCache()
        self._frame = FrameBuffer()
        self._ground = FarGround()
        self._camera = Camera()
        self._insets = Insets()
        self._scene: Scene | None = None
        self._marks: Marks | None = None
        self._empty = ("", "")
        self._hint = ""
        self._selected: Target | None = None
        self._hovered = -1
        self._chosen_port = -1  # the line that leaves by it; arrow keys follow that one
        self._hits = np.zeros(0, np.intp)
        self._stops: tuple[Target, ...] = ()
        self._begin: Floats2 | None = None
        self._animated = True
        self._follows_fit = True  # until the viewer moves the camera, the scene is fitted into the view
        self._movement, self._travel = Motion(self), Motion(self)
        self._movement.ticked.connect(self._spoil)
        self._movement.finished.connect(self._spoil)
        self._travel.ticked.connect(self.update)
        self._travel.finished.connect(self.update)
        self._sharp_timer = QTimer(self, singleShot=True, interval=_SHARP_DELAY)
        self._sharp_timer.timeout.connect(self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._styles = Styles(theme)
        self._spoil()

    def set_animated(self, animated: bool) -> None:
        """Whether things move; off for reduced motion."""
        self._animated = animated

    def set_insets(self, insets: Insets) -> None:
        """Pixels at the sides that other widgets cover."""
        if insets == self._insets:
            return
        self._insets = insets
        if self._follows_fit:
            self._open_view()
        self.update()

    def set_empty_text(self, title: str, detail: str) -> None:
        """What stands here while there is no scene."""
        self._empty = (title, detail)
        self.update()

    def set_hint(self, text: str) -> None:
        """One line over the scene that names the next step; "" takes it away."""
        self._hint = text
        if self._follows_fit:
            self._open_view()
        self.update()

    def set_scene(self, scene: Scene | None, anchor_item: Target | None = None, animate: bool = True) -> None:
        """Show another scene; ``anchor_item`` keeps its place on the screen and the rest moves there."""
        old, self._scene = self._scene, scene
        self._hovered = -1
        self._movement.stop()
        self._begin = None
        shift = self._take_place(old, scene, anchor_item)
        wanted = animate and self._animated and scene is not None and 0 < len(scene) <= MOST_MOVING
        if wanted and scene is not None and old is not None and len(old):
            self._begin = starting_rects(old, scene, shift)
            self._movement.start()
        self._spoil()
        self.sceneChanged.emit()

    def set_marks(self, marks: Marks | None) -> None:
        """Show other figures; a new step sets the gradient travelling along its edges."""
        old, self._marks = self._marks, marks
        if marks is not None and len(marks.lit) and self._animated and (old is None or old.step != marks.step):
            self._travel.start()
        self._spoil()
        self.marksChanged.emit()

    def highlight(self, nodes: Iterable[int]) -> None:
        """Ring these nodes: search hits, or those of a source line."""
        self._hits = np.fromiter(nodes, np.intp)
        self.update()
        self.hitsChanged.emit()

    def set_stops(self, targets: Iterable[Target]) -> None:
        """Mark the nodes and calls that have a breakpoint."""
        self._stops = tuple(targets)
        self.update()

    @property
    def stops(self) -> tuple[Target, ...]:
        """What is marked."""
        return self._stops

    @property
    def camera(self) -> Camera:
        """Where the viewer stands."""
        return self._camera

    @property
    def scene(self) -> Scene | None:
        """What is shown."""
        return self._scene

    @property
    def marks(self) -> Marks | None:
        """The figures of what is shown; None while there are only those of another scene."""
        if self._marks is None or self._scene is None or self._marks.visible is not self._scene.visible:
            return None
        return self._marks

    @property
    def is_sharp(self) -> bool:
        """Whether the picture was drawn for where the viewer stands; False while a scaled one stands in."""
        return self._frame.matches(self._camera)

    @property
    def hit_items(self) -> Ints:
        """The items where the ringed nodes are seen."""
        if self._scene is None or not len(self._hits):
            return np.zeros(0, np.int32)
        shown = self._scene.visible.item_of_node
        items = np.unique(shown[self._hits[self._hits < len(shown)]])
        return items[items >= 0]

    @property
    def room(self) -> tuple[float, float]:
        """Width and height of what other widgets leave free, never less than a small window's."""
        insets = self._insets
        width, height = self.width() - insets.left - insets.right, self.height() - insets.top - insets.bottom
        return (float(max(LEAST_ROOM[0], width)), float(max(LEAST_ROOM[1], height)))

    @property
    def follows_fit(self) -> bool:
        """Whether the view is still the first one, or all of the scene: the viewer has not moved since."""
        return self._follows_fit

    def first_view(self, size: QSize, insets: Insets) -> Camera:
        """Where the viewer would stand at first in a canvas of that size."""
        camera = replace(self._camera, width=max(1, size.width()), height=max(1, size.height()))
        if self._scene is None:
            return camera
        return camera.opening(self._scene.bounds, self._free(insets), right=self._scene.direction == "right")

    def fit(self) -> None:
        """All of the scene into the view."""
        if self._scene is not None:
            self._follows_fit = True
            self._place(self._camera.fitted(self._scene.bounds, self._free(self._insets)))

    def fit_selection(self) -> None:
        """The selection into the middle, at a size that is good to read; all if nothing is selected."""
        item = self._selected_item()
        if self._scene is None or item < 0:
            self.fit()
            return
        x, y, width, height = self._scene.rects[item].tolist()
        self._move(self._camera.fitted((x - 40, y - 40, width + 80, height + 80), self._insets, most=1.2))

    def zoom_by(self, factor: float) -> None:
        """Nearer or farther around the middle of the view."""
        self._move(self._camera.zoomed(factor, self.width() / 2, self.height() / 2))

    def set_view(self, cx: float, cy: float, zoom: float) -> None:
        """Stand over a scene point."""
        self._move(Camera(cx, cy, zoom, self.width(), self.height()))

    def ensure_visible(self, node: int) -> None:
        """Bring a node into the view with the smallest move."""
        self._show_item(self._scene.item_of(("node", node)) if self._scene is not None else -1)

    def ensure_call_visible(self, call: int) -> None:
        """Bring a call into the view with the smallest move."""
        self._show_item(self._scene.item_of(("call", call)) if self._scene is not None else -1)

    def node_rect(self, node: int) -> QRect:
        """Where a node (or the closed call around it) is drawn, in widget pixels; empty if it is hidden."""
        return self._rect_of(("node", node))

    def call_rect(self, call: int) -> QRect:
        """Where a call is drawn, in widget pixels; empty if it is inside a closed one."""
        return self._rect_of(("call", call))

    def visible_nodes(self) -> list[int]:
        """Nodes with a card of their own in view."""
        if self._scene is None:
            return []
        items = self._scene.items_in(self._camera.scene_rect, self._scene.cards)
        items = items[self._scene.visible.kinds[items] != ItemKind.REFERENCE]
        return sorted({int(node) for node in self._scene.visible.node[items] if node >= 0})

    def sizeHint(self) -> QSize:
        """A good size."""
        return QSize(900, 640)

    @painted
    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame, then what lies over it."""
        scene = self._scene
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._styles.canvas)
        if scene is None or not len(scene):
            draw_empty(painter, self._texts, self._styles, self.rect(), self._empty)
        else:
            self._paint_frame(painter)
            if self._movement.share is None:
                draw_overlay(painter, scene, self.marks, self._camera, self._styles, self._overlay())
            draw_hint(painter, self._texts, self._styles, self.rect(), self._insets, self._shown_hint())
        painter.end()

    @painted
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what was in the middle there, or the whole in view."""
        self._camera = replace(self._camera, width=max(1, event.size().width()), height=max(1, event.size().height()))
        if self._follows_fit:
            self._open_view()
        self.viewChanged.emit()

    def _paint_frame(self, painter: QPainter) -> None:
        if abs(painter.deviceTransform().m11() - self.devicePixelRatioF()) > 0.01:
            self._draw_frame(painter)  # rendered into a larger picture: the kept frame would be coarse there
            return
        stand_in = self._sharp_timer.isActive() and self._frame.slow and not self._frame.stale
        if not stand_in and not self._frame.matches(self._camera):
            self._frame.draw(self._camera, self, self._styles.canvas, self._draw_frame)
        self._frame.blit(painter, self._camera)

    def _shown_hint(self) -> str:
        """The hint; over a scene of leaves alone what the empty canvas would say."""
        if self._hint or self._scene is None or len(self._scene.visible.source):
            return self._hint
        title, detail = (part.rstrip(".") for part in self._empty)
        return f"{title}{'' if title.endswith('…') or not detail else '.'} {detail}".strip()

    def _draw_frame(self, painter: QPainter) -> None:
        scene, share = self._scene, self._movement.share
        if scene is None:
            return
        opacity = 1.0
        if share is not None and self._begin is not None:
            opacity = eased(share)
            scene = scene.with_rects(self._begin + (scene.rects - self._begin) * opacity)
        draw_scene(painter, scene, self.marks, self._camera, self._styles, self._texts, self._ground, opacity)

    def _overlay(self) -> Overlay:
        scene, items = self._scene, self.hit_items
        hits: tuple[int, ...] = ()
        if scene is not None and len(items):
            hits = tuple(scene.items_in(self._camera.scene_rect, items).tolist())
        return Overlay(
            self._hovered,
            self._selected_item(),
            hits,
            None if self._travel.share is None else eased(self._travel.share),
            tuple({item for item in map(scene.item_of, self._stops) if item >= 0}) if scene is not None else (),
            self._chosen_port,
        )

    def _selected_item(self) -> int:
        return self._scene.item_of(self._selected) if self._scene is not None else -1

    def _rect_of(self, target: Target) -> QRect:
        item = self._scene.item_of(target) if self._scene is not None else -1
        if self._scene is None or item < 0:
            return QRect()
        return item_rect(self._scene, item, self._camera).toAlignedRect()

    def _show_item(self, item: int) -> None:
        if self._scene is not None and item >= 0:
            x, y, width, height = self._scene.rects[item].tolist()
            self._place(self._camera.showing((x, y, width, height), self._insets))

    def _take_place(self, old: Scene | None, scene: Scene | None, anchor: Target | None) -> tuple[float, float]:
        """Put the camera where a new scene wants it; returns how far the anchor went in the scene."""
        if scene is None or not len(scene):
            return (0.0, 0.0)
        if old is None or not len(old):
            self._follows_fit = True
        before, after = (old.item_of(anchor) if old is not None else -1), scene.item_of(anchor)
        if old is not None and before >= 0 and after >= 0:
            dx, dy = (scene.rects[after, :2] - old.rects[before, :2]).tolist()
            self._move(self._camera.moved(-dx * self._camera.zoom, -dy * self._camera.zoom))
            return (dx, dy)
        if self._follows_fit:
            self._open_view()
        return (0.0, 0.0)

    def _open_view(self) -> None:
        if self._scene is not None and len(self._scene):
            self._place(self.first_view(self.size(), self._insets))

    def _free(self, insets: Insets) -> Insets:
        """Insets that keep clear of the hint, too."""
        return replace(insets, bottom=insets.bottom + HINT_HEIGHT) if self._shown_hint() else insets

    def _move(self, camera: Camera, gesture: bool = False) -> None:
        """A move that the viewer asked for: from now on a new scene leaves the camera alone.

        During a gesture the last frame may stand in, scaled, until the hand rests.
        """
        self._follows_fit = False
        if gesture:
            self._sharp_timer.start()
        else:
            self._sharp_timer.stop()
        self._place(camera)

    def _place(self, camera: Camera) -> None:
        if camera == self._camera:
            return
        self._camera = camera
        self.update()
        self.viewChanged.emit()

    def _spoil(self) -> None:
        self._frame.spoil()
        self.update()
