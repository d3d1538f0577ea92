"""What the colours of heat mean in numbers; its ends can be dragged, so that a narrower range is told apart better."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QPen

from gradscope.app.painted import painted
from gradscope.graph.heat import LEAST_SPAN
from gradscope.graph.heat_figures import HEAT

from .heat import BUCKETS
from .legend import PLATE_HEIGHT, PLATE_TEXT, Plate

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QWidget

    from gradscope.app.theme import Theme

    from .marks import Marks

_BAR = QRectF(14, 24, 182, 8)
_REACH = 12.0  # pixels around an end in which it is taken
_STEP = 0.25  # decades that a range snaps to
_FARTHEST = 40.0  # decades from 1 that an end can be dragged to
_TIP = "Drag an end of the bar to change the range, or the bar to move it. Double click for the range that fits"


class HeatLegend(Plate):
    """Caption, colour bar, its ends as numbers, and the colour of NaN and Inf."""

    leaveRequested = Signal()
    rangeRequested = Signal(object)  # (low, high) in decades, or None for the range that fits

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._marks: Marks | None = None
        self._caption, self._ends = HEAT["gradient"].caption, ""
        self._grip = ""
        self._grabbed: tuple[float, tuple[float, float]] = (0.0, (0.0, 0.0))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, on=False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setToolTip(_TIP)
        self.setAccessibleName("Heat legend")

    @property
    def caption(self) -> str:
        """What the scale measures."""
        return self._caption

    @property
    def ends(self) -> str:
        """The numbers at the scale's ends."""
        return self._ends

    def set_marks(self, marks: Marks | None) -> None:
        """Take caption and numbers from what is shown."""
        if marks is not None:
            self._marks = marks
            self._caption = marks.caption
            self._ends = " … ".join(marks.ends) if marks.scale.known else "no number yet"
        measure = marks.measure if marks is not None else ""
        self.setToolTip(f"<p>{escape(measure)}.</p><p>{_TIP}</p>" if measure else _TIP)
        self.setAccessibleDescription(". ".join(text for text in (f"{self._caption}: {self._ends}", measure) if text))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for bar and numbers."""
        return QSize(292, PLATE_HEIGHT)

    def handle(self, end: str) -> QPoint:
        """Where an end of the bar, "low" or "high", is taken hold of."""
        return QPointF(_BAR.left() if end == "low" else _BAR.right(), _BAR.center().y()).toPoint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take an end or the bar."""
        self._grip = self._grip_at(event.position())
        if self._marks is not None and self._grip:
            scale = self._marks.scale
            self._grabbed = (event.position().x(), (scale.low, scale.high))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what was taken: an end outwards makes the range wider."""
        if not self._grip:
            near = self._grip_at(event.position())
            self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)
            return
        begin, (low, high) = self._grabbed
        moved = (event.position().x() - begin) / _BAR.width() * (high - low)
        if self._grip == "low":
            self._ask(min(low - moved, high - LEAST_SPAN), high)
        elif self._grip == "high":
            self._ask(low, max(high - moved, low + LEAST_SPAN))
        else:
            self._ask(low - moved, high - moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = ""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The range that fits the figures."""
        self._grip = ""
        self.rangeRequested.emit(None)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the range, up and down make it wider and narrower, Home fits it, Esc leaves it."""
        if event.key() == Qt.Key.Key_Escape:
            self.leaveRequested.emit()
            return
        if self._marks is None:
            return
        low, high = self._marks.scale.low, self._marks.scale.high
        moves = {
            Qt.Key.Key_Left: (-_STEP, -_STEP),
            Qt.Key.Key_Right: (_STEP, _STEP),
            Qt.Key.Key_Up: (-_STEP, _STEP),
            Qt.Key.Key_Down: (_STEP, -_STEP),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is not None and high - low + move[1] - move[0] >= LEAST_SPAN:
            self._ask(low + move[0], high + move[1])
        elif event.key() == Qt.Key.Key_Home:
            self.rangeRequested.emit(None)
        elif move is None:
            super().keyPressEvent(event)

    @painted
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Two rows: caption and ends, bar and the colour of the non-finite."""
        painter = self._begin()
        styles, marks = self._styles, self._marks
        chosen = marks is not None and marks.choice.limits is not None
        if self.hasFocus():
            painter.setPen(QPen(styles.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        ends = styles.accent if chosen else styles.muted
        wide = self._texts.width(self._ends, "number", PLATE_TEXT)
        room = self.width() - 14 - 12 - wide - 8
        self._texts.draw(painter, self._caption, (14, 13, room), ("small", PLATE_TEXT, styles.muted))
        place = (self.width() - 12 - wide, 13, wide + 2)
        self._texts.draw(painter, self._ends, place, ("number", PLATE_TEXT, ends))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(painter.RenderHint.Antialiasing, False)
        colors = styles.heat_of(marks) if marks is not None else styles.heat
        step = _BAR.width() / BUCKETS
        for bucket in range(BUCKETS):
            painter.fillRect(QRectF(_BAR.left() + bucket * step, _BAR.top(), step + 1, _BAR.height()), colors[bucket])
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        for x in (_BAR.left(), _BAR.right()):
            painter.setPen(QPen(ends, 1.2))
            painter.setBrush(styles.theme.color("raised"))
            painter.drawRoundedRect(QRectF(x - 2.5, _BAR.top() - 2.5, 5, _BAR.height() + 5), 2, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(styles.heat[-1])
        painter.drawRoundedRect(QRectF(_BAR.right() + 15, 23, 9, 9), 2, 2)
        where = (_BAR.right() + 30, 28, 60)
        self._texts.draw(painter, "NaN / Inf", where, ("small", PLATE_TEXT, styles.muted))
        painter.end()

    def _grip_at(self, position: QPointF) -> str:
        if self._marks is None or not self._marks.scale.known or abs(position.y() - _BAR.center().y()) > _REACH:
            return ""
        for end, x in (("low", _BAR.left()), ("high", _BAR.right())):
            if abs(position.x() - x) <= _REACH:
                return end
        return "bar" if _BAR.left() < position.x() < _BAR.right() else ""

    def _ask(self, low: float, high: float) -> None:
        low, high = (round(end / _STEP) * _STEP for end in (low, high))
        if self._marks is None or (low, high) == (self._marks.scale.low, self._marks.scale.high):
            return
        if low >= -_FARTHEST and high <= _FARTHEST and high - low >= LEAST_SPAN:
            self.rangeRequested.emit((low, high))
