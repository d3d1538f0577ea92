"""The tree widget of the outline: rows with a coloured dot, a name and a muted text at the right edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QCursor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTreeView, QWidget

from gradscope.app.fonts import mono_font, text_font
from gradscope.app.painted import painted
from gradscope.app.theme import LIGHT, Theme

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel

ROW = 23
INDENT = 16
DETAIL_ROLE = int(Qt.ItemDataRole.UserRole) + 1  # the muted text at the right
DOT_ROLE = DETAIL_ROLE + 1  # name of a Theme colour, "" for none
NODE_ROLE = DETAIL_ROLE + 2  # node of a row, -1 for calls and groups
CALL_ROLE = DETAIL_ROLE + 3  # call of a row, -1 for others
ROW_SIZE = QSize(0, ROW)


class OutlineView(QTreeView):
    """Draws its rows itself from the model's roles, only those on screen; everything else is QTreeView's."""

    currentMoved = Signal(QModelIndex)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._name_font = text_font(13, QFont.Weight.Medium)
        self._detail_font = mono_font(11)
        self._names, self._details = QFontMetrics(self._name_font), QFontMetrics(self._detail_font)
        self.setAccessibleName("Outline of the graph")
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(INDENT)
        self.setExpandsOnDoubleClick(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self.viewport().update()

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """As QTreeView's; the current row is told by ``currentMoved`` from then on."""
        super().setModel(model)
        if model is not None:
            self.selectionModel().currentChanged.connect(lambda now, _before: self.currentMoved.emit(now))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter activates the current row on every platform."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    @painted
    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows inside the part to paint."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("window"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = self.indexAt(self.viewport().mapFromGlobal(QCursor.pos())) if self.underMouse() else QModelIndex()
        index = self.indexAt(event.rect().topLeft() + self.viewport().rect().topRight() / 2)
        while index.isValid():
            rect = self.visualRect(index)
            if rect.top() > event.rect().bottom():
                break
            self._paint_row(painter, index, rect, hovered == index)
            index = self.indexBelow(index)
        painter.end()

    def _paint_row(self, painter: QPainter, index: QModelIndex, rect: QRect, hovered: bool) -> None:
        theme = self._theme
        whole = QRectF(0, rect.top(), self.viewport().width(), rect.height())
        if self.selectionModel().isSelected(index) or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_soft" if self.selectionModel().isSelected(index) else "panel"))
            painter.drawRoundedRect(whole.adjusted(0, 0, -6, 0), 4, 4)
        if self.hasFocus() and index == self.currentIndex():
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(whole.adjusted(0.5, 0.5, -6.5, -0.5), 4, 4)
        left, middle = float(rect.left()), rect.top() + rect.height() / 2
        dot = index.data(DOT_ROLE)
        if index.model().hasChildren(index):
            self._paint_arrow(painter, left - INDENT / 2 + 2, middle, self.isExpanded(index))
            left += 2
            if dot:
                self._paint_dot(painter, dot, left + 5, middle)
                left += 13
        elif dot:
            self._paint_dot(painter, dot, left - INDENT / 2 + 4, middle)
            left += 3
        self._paint_texts(painter, index, QRectF(left, rect.top(), whole.right() - left - 14, rect.height()))

    def _paint_texts(self, painter: QPainter, index: QModelIndex, room: QRectF) -> None:
        theme = self._theme
        name, detail = str(index.data() or ""), str(index.data(DETAIL_ROLE) or "")
        wanted = self._details.horizontalAdvance(detail)
        spare = room.width() - min(self._names.horizontalAdvance(name), room.width() * 0.55) - 10
        shown = self._details.elidedText(detail, Qt.TextElideMode.ElideLeft, int(max(0.0, spare)))
        if shown and wanted:
            painter.setFont(self._detail_font)
            painter.setPen(theme.color("muted"))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown)
            room = room.adjusted(0, 0, -self._details.horizontalAdvance(shown) - 8, 0)
        painter.setFont(self._name_font)
        painter.setPen(theme.color("text"))
        text = self._names.elidedText(name, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)

    def _paint_dot(self, painter: QPainter, colour: str, x: float, y: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(colour))
        painter.drawEllipse(QPointF(x, y), 3.6, 3.6)

    def _paint_arrow(self, painter: QPainter, x: float, y: float, is_open: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("text"))
        corners = ((-4, -2.5), (4, -2.5), (0, 3.5)) if is_open else ((-2, -4), (4, 0), (-2, 4))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))
