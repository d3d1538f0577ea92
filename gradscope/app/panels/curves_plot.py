"""One plot of several numbers over the iterations: curves, what each is called and comes to, and the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradscope.app.fonts import mono_font, text_font
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT
from gradscope.graph.formats import format_element, format_number
from gradscope.palette import CLASSES

from .curves_data import Scale, can_log, scale_of, wants_log
from .timeline_axis import Axis
from .timeline_picture import points_of

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

    from gradscope.app.theme import Theme

    from .curves_data import Curve

LEFT, TOP, BOTTOM, GAP = 46, 26, 22, 12
ROW, SWATCH, BETWEEN = 17, 22, 8
SHARE = 0.6  # of the width that the names take at most
MARKS_FROM = 9.0  # an iteration at least so wide has its point marked
SHORTEST, GROWTH = 12.0, 1.5  # iterations in view at first, and so many times more where they no longer fit
_MARKS = ("circle", "square", "diamond", "triangle")


class CurvesPlot(QWidget):
    """Told by ``set_curves`` and ``set_cursor``; a click tells ``iterationRequested``."""

    iterationRequested = Signal(int)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._font, self._small = text_font(12), mono_font(11)
        self._title = title
        self._curves: list[Curve] = []
        self._first, self._newest, self._growing = 0, -1, False
        self._wish: bool | None = None  # log or not, as the user chose
        self._cursor = self._hover = -1
        self.scale = Scale(0.0, 1.0)
        self.setAccessibleName(title)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.update()

    def set_curves(self, curves: list[Curve], first: int, newest: int, growing: bool) -> None:
        """Show these, of iterations ``first`` to ``newest``; ``growing``: there will be more."""
        self._curves, self._first, self._newest, self._growing = curves, first, newest, growing
        self._rescale()
        told = [f"{curve.name} {format_element(curve.last)}" for curve in curves]
        self.setAccessibleDescription(", ".join(told))

    def set_log(self, wish: bool | None) -> None:
        """A logarithmic scale, or not; None leaves it to the numbers."""
        self._wish = wish
        self._rescale()

    def set_cursor(self, iteration: int) -> None:
        """Mark the iteration that is looked at."""
        self._cursor = iteration
        self.update()

    def sizeHint(self) -> QSize:
        """As in the bottom dock."""
        return QSize(360, 180)

    def minimumSizeHint(self) -> QSize:
        """A curve and a name."""
        return QSize(170, 90)

    def plane(self) -> QRectF:
        """Where the curves are drawn, in pixels."""
        right = GAP + self._names_width()
        return QRectF(LEFT, TOP, max(20.0, self.width() - LEFT - right), max(10.0, self.height() - TOP - BOTTOM))

    def axis(self) -> Axis:
        """Iterations in view, and where they stand."""
        count, span = float(max(self._newest + 1 - self._first, 1)), SHORTEST
        while span < count:
            span = span * GROWTH if self._growing else count
        plane = self.plane()
        return Axis(float(self._first), self._first + span, plane.left(), plane.width())

    def point_at(self, curve: Curve, iteration: int) -> QPointF:
        """Where one number is drawn; it may lie outside the plane."""
        value = curve.at(iteration)
        assert value is not None
        plane, scale = self.plane(), self.scale
        share = (float(scale.of(np.array([value]))[0]) - scale.low) / (scale.high - scale.low)
        return QPointF(self.axis().x(iteration + 0.5), plane.bottom() - share * plane.height())

    def colour_of(self, curve: Curve) -> QColor:
        """A sum beside its terms is muted; all others take the colours of classes in turn."""
        counted = [other for other in self._curves if not self._is_sum(other)]
        if self._is_sum(curve):
            return self._theme.color("muted")
        return QColor(CLASSES[counted.index(curve) % len(CLASSES)])

    def _is_sum(self, curve: Curve) -> bool:
        roots = [other for other in self._curves if other.kind == "root"]
        return curve.kind == "root" and len(roots) == 1 < len(self._curves)

    def _rescale(self) -> None:
        log = can_log(self._curves) if self._wish else self._wish is None and wants_log(self._curves)
        self.scale = scale_of(self._curves, log)
        self.update()

    def _names_width(self) -> float:
        metrics = QFontMetricsF(self._font)
        widest = max((metrics.horizontalAdvance(curve.name) for curve in self._curves), default=0.0)
        return float(min(SWATCH + widest + BETWEEN + self._value_width(), (self.width() - LEFT) * SHARE))

    def _value_width(self) -> float:
        metrics = QFontMetricsF(self._small)
        return max((metrics.horizontalAdvance(format_element(curve.last)) for curve in self._curves), default=0.0) + 6

    # -- the mouse and the keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the iteration under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._ask(self._iteration_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The names tell the numbers of the iteration under the mouse."""
        over = self.plane().contains(event.position())
        hover = self._iteration_at(event.position().x()) if over else -1
        if hover != self._hover:
            self._hover = hover
            self.update()

    def leaveEvent(self, event: object) -> None:
        """Back to the newest numbers."""
        del event
        self._hover = -1
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right ask for the neighbouring iteration."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or self._newest < 0:
            super().keyPressEvent(event)
            return
        self._ask(min(max(self._cursor + step, self._first), self._newest))

    def _iteration_at(self, x: float) -> int:
        return int(min(max(self.axis().iteration(x), self._first), self._newest)) if self._newest >= 0 else -1

    def _ask(self, iteration: int) -> None:
        if iteration >= 0:
            self.iterationRequested.emit(iteration)

    # -- drawing

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Title, scale, curves, names, cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        painter.setPen(self._theme.color("text"))
        painter.drawText(QRectF(8, 3, self.width(), 18), Qt.AlignmentFlag.AlignVCenter, self._title)
        plane, axis = self.plane(), self.axis()
        self._paint_grid(painter, plane, axis)
        painter.save()
        painter.setClipRect(plane.adjusted(0, -2, 0, 2))
        for number, curve in enumerate(self._curves):
            self._paint_curve(painter, curve, number, plane, axis)
        painter.restore()
        self._paint_cursor(painter, plane, axis)
        self._paint_names(painter, plane)
        painter.end()

    def _paint_grid(self, painter: QPainter, plane: QRectF, axis: Axis) -> None:
        painter.setFont(self._small)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for place, value in self.scale.ticks(max(2, int(plane.height() // 34))):
            y = plane.bottom() - (place - self.scale.low) / (self.scale.high - self.scale.low) * plane.height()
            painter.setPen(self._theme.color("border"))
            painter.drawLine(QPointF(plane.left(), y), QPointF(plane.right(), y))
            painter.setPen(self._theme.color("muted"))
            painter.drawText(QRectF(0, y - 8, LEFT - 6, 16), right, _tick(value, self.scale.log))
        for tick in axis.ticks():
            x = axis.x(tick + 0.5)
            if x <= plane.right():
                below = QRectF(x - 30, plane.bottom() + 3, 60, BOTTOM - 6)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{tick}")
        painter.setPen(self._theme.color("border"))
        painter.drawLine(plane.bottomLeft(), plane.bottomRight())

    def _paint_curve(self, painter: QPainter, curve: Curve, number: int, plane: QRectF, axis: Axis) -> None:
        colour, scale = self.colour_of(curve), self.scale
        iterations, values = curve.iterations, curve.values
        heights = np.where(np.isfinite(values), scale.of(values), np.nan)
        inner = plane.height() / (scale.high - scale.low)
        pen = QPen(colour, 1.2 if self._is_sum(curve) else 2.0)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self._is_sum(curve) or number > len(CLASSES):
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for part in points_of(iterations, heights, axis, *axis.bins(iterations)):
            line = [QPointF(x, plane.bottom() - (y - scale.low) * inner) for x, y in part]
            for piece in _inside(line, plane):
                painter.drawPolyline(QPolygonF(piece))
            if axis.cell >= MARKS_FROM or len(line) == 1:
                for point in line:
                    inside = plane.top() - 2 <= point.y() <= plane.bottom() + 2
                    _mark(painter, point, number, colour) if inside else _arrow(painter, point, plane, colour)
        for iteration in iterations[~np.isfinite(values)][:1]:  # from where on it is no number
            painter.setPen(QPen(self._theme.color("nonfinite"), 2))
            x = axis.x(float(iteration) + 0.5)
            painter.drawLine(QPointF(x, plane.top()), QPointF(x, plane.bottom()))

    def _paint_cursor(self, painter: QPainter, plane: QRectF, axis: Axis) -> None:
        for iteration, ink in ((self._cursor, "accent"), (self._hover, "faint")):
            x = axis.x(iteration + 0.5)
            if self._first <= iteration and plane.left() <= x <= plane.right():
                painter.setPen(QPen(self._theme.color(ink), 1.2))
                painter.drawLine(QPointF(x, plane.top()), QPointF(x, plane.bottom()))

    def _paint_names(self, painter: QPainter, plane: QRectF) -> None:
        left, top, width = plane.right() + GAP, plane.top(), self._value_width()
        room = self.width() - left - SWATCH - BETWEEN - width
        for number, curve in enumerate(self._curves):
            middle = top + ROW * number + ROW / 2
            if middle > self.height() - 4:
                return
            colour = self.colour_of(curve)
            painter.setPen(QPen(colour, 1.2 if self._is_sum(curve) else 2.0))
            painter.drawLine(QPointF(left, middle), QPointF(left + SWATCH - 6, middle))
            _mark(painter, QPointF(left + SWATCH / 2 - 3, middle), number, colour)
            painter.setFont(self._font)
            painter.setPen(self._theme.color("muted" if self._is_sum(curve) else "text"))
            name = QFontMetricsF(self._font).elidedText(curve.name, Qt.TextElideMode.ElideMiddle, room + 1)
            where = QRectF(left + SWATCH, middle - ROW / 2, room + 2, ROW)
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, name)
            value = curve.at(self._hover) if self._hover >= 0 else curve.last
            painter.setFont(self._small)
            finite = value is None or np.isfinite(value)
            painter.setPen(self._theme.color("muted" if finite else "nonfinite_text"))
            where = QRectF(self.width() - width, middle - ROW / 2, width, ROW)
            side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(where, side, "-" if value is None else format_element(value))


def _inside(line: list[QPointF], plane: QRectF) -> list[list[QPointF]]:
    """The pieces of a line without the steps from outside to outside: what swings across the plane would cover it."""
    pieces: list[list[QPointF]] = [[]]
    for before, point in zip([None, *line], line, strict=False):
        crosses = before is None or any(plane.top() <= end.y() <= plane.bottom() for end in (before, point))
        if not crosses:
            pieces.append([])
        pieces[-1].append(point)
    return [piece for piece in pieces if len(piece) > 1]


def _tick(value: float, log: bool) -> str:
    if log and not 1e-2 <= value < 1e4:
        return f"1e{np.log10(value):.3g}"
    return format_element(value) if abs(value) < 1e4 and (abs(value) >= 1e-2 or value == 0) else format_number(value)


def _arrow(painter: QPainter, at: QPointF, plane: QRectF, colour: QColor) -> None:
    """An arrow at the edge that a point lies beyond."""
    up = at.y() < plane.top()
    tip, base = (plane.top() - 1, plane.top() + 5) if up else (plane.bottom() + 1, plane.bottom() - 5)
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(at.x(), tip), QPointF(at.x() + 4, base), QPointF(at.x() - 4, base)]))
    painter.restore()


def _mark(painter: QPainter, at: QPointF, number: int, colour: QColor) -> None:
    """A small shape, so that curves are told apart by more than their colour."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    shape, x, y = _MARKS[number % len(_MARKS)], at.x(), at.y()
    if shape == "circle":
        painter.drawEllipse(at, 2.6, 2.6)
    elif shape == "square":
        painter.drawRect(QRectF(x - 2.4, y - 2.4, 4.8, 4.8))
    elif shape == "diamond":
        corners = ((0.0, -3.4), (3.4, 0.0), (0.0, 3.4), (-3.4, 0.0))
        painter.drawPolygon(QPolygonF([QPointF(x + across, y + down) for across, down in corners]))
    else:
        painter.drawPolygon(QPolygonF([QPointF(x, y - 3.2), QPointF(x + 3.2, y + 2.6), QPointF(x - 3.2, y + 2.6)]))
    painter.restore()
