"""Read-only source with line numbers, the running line lit, and the lines that made nodes marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QTextCursor, QTextFormat
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from gradscope.app.painted import painted
from gradscope.app.panels.source_colours import SourceHighlighter
from gradscope.app.panels.text_label import font

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent

    from gradscope.app.theme import Theme

DOT = 5  # px, radius of a breakpoint's dot
BAR = 4  # px of the running line's bar at the left edge


class SourceEditor(QPlainTextEdit):
    """Tells the line under the mouse (-1 when left), the line that was clicked, and the one to stop at, from 1."""

    lineHovered = Signal(int)
    lineActivated = Signal(int)
    breakRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._running = -1
        self._marked: frozenset[int] = frozenset()
        self._stops: frozenset[int] = frozenset()
        self._hovered = -1
        self._pressed = -1
        self._highlighter = SourceHighlighter(self.document())
        self._gutter = _Gutter(self)
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(0)
        letters = font(12, mono=True)
        letters.setFeature(QFont.Tag("calt"), 0)  # "==" stays two signs, as it was typed
        self.setFont(letters)
        self.setTabStopDistance(4 * self.fontMetrics().horizontalAdvance(" "))
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Source of the training script")
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._follow)
        self._make_room()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.setStyleSheet(f"QPlainTextEdit {{ background: {theme.window}; color: {theme.text}; }}")
        self._highlighter.set_theme(theme)
        self._light()

    def set_text(self, text: str) -> None:
        """Show another file's text."""
        self._highlighter.read(text)
        self._running, self._marked = -1, frozenset()
        self.setPlainText(text)
        self._light()

    def set_running(self, line: int) -> None:
        """Light the line that training stands in and bring it into view; -1 for none."""
        moved = line != self._running
        self._running = line
        self._light()
        if moved and line > 0:
            self.show_line(line)

    def set_marked(self, lines: Iterable[int]) -> None:
        """Mark these lines."""
        self._marked = frozenset(lines)
        self._light()

    def set_stops(self, lines: Iterable[int]) -> None:
        """These lines have a breakpoint."""
        self._stops = frozenset(lines)
        self._gutter.update()

    @property
    def stops(self) -> frozenset[int]:
        """The lines that have a breakpoint."""
        return self._stops

    def show_line(self, line: int) -> None:
        """Scroll as little as brings a line, and a little around it, into view."""
        block = self.document().findBlockByNumber(line - 1)
        if not block.isValid():
            return
        first = self.firstVisibleBlock().blockNumber()
        seen = max(1, self.viewport().height() // max(self.fontMetrics().lineSpacing(), 1))
        if not first + 2 <= block.blockNumber() <= first + seen - 4:
            self.verticalScrollBar().setValue(max(0, block.blockNumber() - seen // 3))

    def line_at(self, point: QPoint) -> int:
        """The line at a point of the viewport, from 1; -1 below the text."""
        block = self.cursorForPosition(point).block()
        area = self.blockBoundingGeometry(block).translated(self.contentOffset())
        return block.blockNumber() + 1 if area.top() <= point.y() <= area.bottom() else -1

    def lit_lines(self) -> tuple[int, frozenset[int]]:
        """The running line, and the marked ones."""
        return self._running, self._marked

    def gutter_width(self) -> int:
        """Room for the bar and the longest line number."""
        digits = max(3, len(str(max(1, self.blockCount()))))
        return BAR + 2 * DOT + 14 + self.fontMetrics().horizontalAdvance("9") * digits + 12

    def paint_gutter(self, painter: QPainter) -> None:
        """Numbers of the visible lines, and the bar at the running one."""
        if self._theme is None:
            return
        painter.setFont(font(11, mono=True))
        block = self.firstVisibleBlock()
        area = self.blockBoundingGeometry(block).translated(self.contentOffset())
        while block.isValid() and area.top() <= self.viewport().height():
            line = block.blockNumber() + 1
            row = QRectF(0, area.top(), self._gutter.width(), area.height())
            if (ground := self._ground(line)) is not None:
                painter.fillRect(row, ground)
            if line == self._running:
                painter.fillRect(QRectF(0, row.top(), BAR, row.height()), self._theme.color("halo"))
            if line in self._stops:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color("cut"))
                painter.drawEllipse(QPointF(BAR + DOT + 5, row.center().y()), DOT, DOT)
            lit = line == self._running or line in self._marked
            painter.setPen(self._theme.color("text" if lit else "faint"))
            alignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(row.adjusted(0, 0, -12, 0), alignment, str(line))
            block = block.next()
            area = self.blockBoundingGeometry(block).translated(self.contentOffset())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The gutter is as high as the text."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self._gutter.setGeometry(QRect(area.left(), area.top(), self.gutter_width(), area.height()))
        self.show_line(self._running)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the line under the mouse."""
        super().mouseMoveEvent(event)
        self._hover(self.line_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """No line is under the mouse."""
        super().leaveEvent(event)
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click began, to tell it from a selection."""
        super().mousePressEvent(event)
        self._pressed = self.line_at(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click that selected nothing chooses its line."""
        super().mouseReleaseEvent(event)
        line = self.line_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and line == self._pressed > 0:
            self._choose(line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses the cursor's line, B sets a breakpoint on it or takes it away."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.textCursor().blockNumber() + 1)
        elif event.key() == Qt.Key.Key_B and not event.modifiers():
            self.breakRequested.emit(self.textCursor().blockNumber() + 1)
        else:
            super().keyPressEvent(event)

    def _choose(self, line: int) -> None:
        if not self.textCursor().hasSelection():
            self.lineActivated.emit(line)

    def _hover(self, line: int) -> None:
        if line != self._hovered:
            self._hovered = line
            self.lineHovered.emit(line)

    def _ground(self, line: int) -> QColor | None:
        if self._theme is None or (line != self._running and line not in self._marked):
            return None
        return self._theme.color("halo_soft" if line == self._running else "source_line")

    def _light(self) -> None:
        """Full-width grounds for the running and the marked lines."""
        lit: list[QTextEdit.ExtraSelection] = []
        for line in sorted(self._marked | {self._running}):
            block, ground = self.document().findBlockByNumber(line - 1), self._ground(line)
            if not block.isValid() or ground is None:
                continue
            selection = QTextEdit.ExtraSelection()
            selection.format.setBackground(ground)
            selection.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            selection.cursor = QTextCursor(block)
            lit.append(selection)
        self.setExtraSelections(lit)
        self._gutter.update()

    def _make_room(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)

    def _follow(self, area: QRect, scrolled: int) -> None:
        if scrolled:
            self._gutter.scroll(0, scrolled)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())


class _Gutter(QWidget):
    """The strip of line numbers; the editor paints it. A click asks for a breakpoint."""

    def __init__(self, editor: SourceEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Click a line's number to stop before its operations, or no longer (B at the cursor's line)")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A breakpoint on the line of this height, or none."""
        line = self._editor.line_at(QPoint(0, event.position().toPoint().y()))
        if event.button() == Qt.MouseButton.LeftButton and line > 0:
            self._editor.breakRequested.emit(line)

    def sizeHint(self) -> QSize:
        """As wide as the numbers need."""
        return QSize(self._editor.gutter_width(), 0)

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """The editor knows where its lines are."""
        self._editor.paint_gutter(QPainter(self))
