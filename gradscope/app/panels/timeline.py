"""The timeline: loss, gradient norms by module and events over all iterations; a click goes to one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradscope.app.fonts import mono_font, text_font
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT, Theme

from .run_words import number
from .timeline_axis import Axis, whole_span
from .timeline_data import TimelineData
from .timeline_picture import Picture, build_picture

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

LABELS, RIGHT, TOP = 110, 26, 10
AXIS, EVENTS, LEAST_LOSS = 22, 24, 34
WIDEST_ROW, NARROWEST_ROW, READABLE = 24, 3, 13
MANY, LATER = 2000, 100  # from so many iterations on a running script redraws every so many milliseconds only
EMPTY = "Nothing to show yet"
EMPTY_DETAIL = "Each iteration that ends adds a point to the loss and a column of gradient norms, one row a module."
_INK = {"change": "accent", "warning": "halo_text", "nonfinite": "nonfinite", "hand": "cut"}


class TimelinePanel(QWidget):
    """Wheel zooms, Shift+wheel moves, a double click shows all; left and right ask for the neighbouring iteration."""

    iterationRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._font, self._small = text_font(12), mono_font(11)
        self.data = TimelineData()
        self.cursor_iteration = -1
        self._axis = Axis()
        self._follows = True
        self._growing = False
        self.picture: Picture | None = None
        self._sheet: QPixmap | None = None
        self._hover = -1
        self._later = QTimer(self, singleShot=True, interval=LATER)
        self._later.timeout.connect(self._renew)
        self.setAccessibleName("Timeline of iterations")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self._renew()

    def set_state(self, state: RunState) -> None:
        """Take in what is new; the cursor goes to the state's iteration."""
        self._growing = state.life in ("connecting", "running", "pausing", "paused")
        changed = self.data.update(state)
        if state.iteration != self.cursor_iteration:
            self.cursor_iteration = state.iteration
            self.update()
        if changed:
            often = state.life == "running" and len(self.data) > MANY
            (self._renew_soon if often else self._renew)()
            loss = f", loss {number(float(self.data.losses[-1]))}" if len(self.data) else ""
            self.setAccessibleDescription(f"{len(self.data)} iterations{loss}")

    def set_cursor(self, iteration: int) -> None:
        """Put the cursor on an iteration that is looked at, apart from where the run is."""
        self.cursor_iteration = iteration
        self.update()

    def show_all(self) -> None:
        """Every iteration in view, also those to come."""
        self._follows = True
        self._renew()

    def zoom_by(self, factor: float, x: float | None = None) -> None:
        """So many times closer, around a pixel or the cursor."""
        if not len(self.data):
            return
        self._follows = factor < 1 and self._axis.high - self._axis.low >= self._whole()[1] - self._whole()[0] - 1e-9
        middle = self._axis.x(self.cursor_iteration + 0.5) if x is None else x
        self._axis = self._axis.zoomed(factor, middle, *self._whole())
        self._renew()

    def axis(self) -> Axis:
        """The span in view and where it is drawn, in pixels of this widget."""
        return self._axis

    def iteration_at(self, x: float) -> int:
        """The known iteration nearest to a pixel; -1 if none is known."""
        numbers = self.data.iterations
        if not len(numbers):
            return -1
        last = max(int(numbers[-1]), self.data.live_iteration)
        return int(min(max(self._axis.iteration(x), float(numbers[0])), last))

    def sizeHint(self) -> QSize:
        """As in the bottom dock of a wide window."""
        return QSize(800, 200)

    def minimumSizeHint(self) -> QSize:
        """Loss, a few thin rows and the axis."""
        return QSize(260, 110)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture is made for one size."""
        super().resizeEvent(event)
        self._renew()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the iteration under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._ask(self.iteration_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the cursor, or tell what stands under the mouse."""
        iteration = self.iteration_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._ask(iteration)
        if iteration != self._hover:
            self._hover = iteration
            self.setToolTip(self.words_of(iteration))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything."""
        del event
        self.show_all()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the mouse; sideways or with Shift move along."""
        delta = event.angleDelta()
        sideways = delta.x() or (delta.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways and len(self.data):
            self._follows = False
            moved = self._axis.low - sideways / 120 * (self._axis.high - self._axis.low) / 10
            self._axis = self._axis.at(moved, *self._whole())
            self._renew()
        elif delta.y():
            self.zoom_by(1.25 ** (delta.y() / 120), event.position().x())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home and End ask for iterations; plus, minus and 0 zoom."""
        numbers = self.data.iterations
        key = event.key()
        if not len(numbers):
            super().keyPressEvent(event)
            return
        first, last = int(numbers[0]), max(int(numbers[-1]), self.data.live_iteration)
        targets = {
            Qt.Key.Key_Left: max(first, self.cursor_iteration - 1),
            Qt.Key.Key_Right: min(last, self.cursor_iteration + 1),
            Qt.Key.Key_Home: first,
            Qt.Key.Key_End: last,
        }
        if key in targets:
            self._ask(targets[Qt.Key(key)])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1.5)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / 1.5)
        elif key == Qt.Key.Key_0:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def words_of(self, iteration: int) -> str:
        """All figures of one iteration, a line each."""
        lines = [f"iteration {iteration}"] if iteration >= 0 else []
        rows = (self.data.iterations == iteration).nonzero()[0]
        if len(rows):
            loss, norms = float(self.data.losses[rows[0]]), self.data.norms[:, rows[0]].tolist()
        elif iteration >= 0 and iteration == self.data.live_iteration:
            loss, norms = self.data.live_loss, self.data.live_norms.tolist()
        else:
            return "\n".join(lines)
        lines += [f"loss {number(loss)}"] if loss == loss else []
        lines += [f"{name}  {norm:.3g}" for name, norm in zip(self.data.rows, norms, strict=True) if norm == norm]
        return "\n".join([*lines, *(event.text for event in self.data.events if event.iteration == iteration)])

    def _ask(self, iteration: int) -> None:
        if iteration >= 0:
            self.iterationRequested.emit(iteration)

    def _whole(self) -> tuple[float, float]:
        numbers = self.data.iterations
        first = float(numbers[0]) if len(numbers) else 0.0
        last = max(float(numbers[-1]) if len(numbers) else 0.0, float(self.data.live_iteration))
        return whole_span(first, last + 1 - first, self._growing)

    def _renew(self) -> None:
        if self._follows:
            low, high = self._whole()
            self._axis = Axis(low, high)
        self._axis = replace(self._axis, left=float(LABELS), width=float(max(10, self.width() - LABELS - RIGHT)))
        self._sheet = None
        self.update()

    def _renew_soon(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def _row_height(self) -> int:
        rows = len(self.data.rows)
        room = self.height() - TOP - AXIS - self._events_height() - LEAST_LOSS - 6
        return max(NARROWEST_ROW, min(WIDEST_ROW, room // rows)) if rows else WIDEST_ROW

    def _events_height(self) -> int:
        """In a low dock the rows need the room more."""
        needed = TOP + AXIS + EVENTS + LEAST_LOSS + 6 + READABLE * min(len(self.data.rows), 8)
        return EVENTS if self.height() >= needed else 0

    def _bands(self) -> tuple[QRectF, QRectF, QRectF]:
        """Loss, strips and events."""
        strips = self._row_height() * len(self.data.rows)
        loss = max(LEAST_LOSS, self.height() - TOP - AXIS - self._events_height() - strips - 6)
        x, width = self._axis.left, self._axis.width
        first = QRectF(x, TOP, width, loss)
        second = QRectF(x, first.bottom() + 6, width, strips)
        return first, second, QRectF(x, second.bottom(), width, self._events_height())

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """The picture, which only changes with data, span, size and theme; the cursor over it."""
        if self._sheet is None or self._sheet.devicePixelRatio() != self.devicePixelRatio():
            self._sheet = self._drawn()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._sheet)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_cursor(painter, self._bands()[2].bottom())
        painter.end()

    def _drawn(self) -> QPixmap:
        sheet = QPixmap(self.size() * self.devicePixelRatio())
        sheet.setDevicePixelRatio(self.devicePixelRatio())
        sheet.fill(self._theme.color("window"))
        painter = QPainter(sheet)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not len(self.data) and self.data.live_iteration < 0:
            self._paint_empty(painter)
        else:
            loss, strips, events = self._bands()
            self.picture = build_picture(self.data, self._axis, loss.top(), loss.height(), self._theme)
            self._paint_strips(painter, self.picture, strips)
            self._paint_loss(painter, self.picture, loss)
            self._paint_events(painter, self.picture, events)
            self._paint_axis(painter)
        painter.end()
        return sheet

    def _paint_empty(self, painter: QPainter) -> None:
        area = QRectF(self.rect()).adjusted(20, 10, -20, -10)
        painter.setFont(self._font)
        painter.setPen(self._theme.color("muted"))
        wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(area, int(wrap), f"{EMPTY}\n{EMPTY_DETAIL}")

    def _label(self, painter: QPainter, text: str, top: float, height: float) -> None:
        painter.setFont(self._font)
        painter.setPen(self._theme.color("muted"))
        shown = QFontMetrics(self._font).elidedText(text, Qt.TextElideMode.ElideLeft, LABELS - 26)
        where = QRectF(18, top, LABELS - 24, height)
        painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)

    def _paint_loss(self, painter: QPainter, picture: Picture, band: QRectF) -> None:
        self._label(painter, "loss", band.top(), band.height())
        painter.setFont(self._small)
        right = QRectF(0, band.top() - 3, LABELS - 8, band.height() + 6)
        if band.height() >= 44 and picture.high > picture.low:
            side = Qt.AlignmentFlag.AlignRight
            painter.drawText(right, int(side | Qt.AlignmentFlag.AlignTop), number(picture.high))
            painter.drawText(right, int(side | Qt.AlignmentFlag.AlignBottom), number(picture.low))
        painter.save()
        painter.setClipRect(band.adjusted(0, -4, 0, 4))
        pen = QPen(self._theme.color("root"), 1.8)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for line in picture.curve:
            if line.size() > 1:
                painter.drawPolyline(line)
            else:
                painter.drawEllipse(line.at(0), 1.5, 1.5)
        painter.setPen(QPen(self._theme.color("nonfinite"), 2))
        for x in picture.breaks:
            painter.drawLine(QPointF(x, band.top()), QPointF(x, band.bottom()))
        painter.restore()

    def _paint_strips(self, painter: QPainter, picture: Picture, band: QRectF) -> None:
        pitch = self._row_height()
        height = pitch - (6 if pitch >= 18 else 2 if pitch >= 10 else 1)
        every = -(-READABLE // pitch)  # rows lower than a line of text: a name for every other one, or every third
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for row, name in enumerate(self.data.rows):
            top = band.top() + row * pitch + (pitch - height) / 2
            if row % every == 0:
                self._label(painter, name, top + height / 2 - 8, 16)
            if not picture.strips.isNull():
                target = QRectF(band.left(), round(top), picture.strips.width(), height)
                painter.drawImage(target, picture.strips, QRectF(0, row, picture.strips.width(), 1))

    def _paint_events(self, painter: QPainter, picture: Picture, band: QRectF) -> None:
        if not band.height():
            return
        self._label(painter, "events", band.top(), band.height())
        metrics = QFontMetrics(self._font)
        ends = [x for x, _ in picture.dots[1:]] + [band.right()]
        for (x, event), end in zip(picture.dots, ends, strict=False):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color(_INK[event.kind]))
            painter.drawEllipse(QPointF(x, band.center().y()), 4, 4)
            if metrics.horizontalAdvance(event.text) < end - x - 18:
                painter.setPen(self._theme.color("muted"))
                room = QRectF(x + 9, band.top(), end - x, band.height())
                painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), event.text)

    def _paint_axis(self, painter: QPainter) -> None:
        painter.setFont(self._small)
        painter.setPen(self._theme.color("muted"))
        for tick in self._axis.ticks():
            x = self._axis.x(tick + 0.5)
            if x <= self._axis.left + self._axis.width - 10:
                room = QRectF(x - 40, self.height() - AXIS, 80, AXIS - 4)
                painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), f"{tick}")

    def _paint_cursor(self, painter: QPainter, bottom: float) -> None:
        x = self._axis.x(self.cursor_iteration + 0.5)
        known = len(self.data) or self.data.live_iteration >= 0
        if (
            self.cursor_iteration < 0
            or not known
            or not self._axis.left - 1 <= x <= self._axis.left + self._axis.width + 1
        ):
            return
        colour = self._theme.color("accent")
        painter.setPen(QPen(colour, 1.6))
        painter.drawLine(QPointF(x, 4), QPointF(x, bottom - 4))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(x - 6, 0), QPointF(x + 6, 0), QPointF(x, 8)]))
