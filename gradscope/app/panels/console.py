"""The console: what the script writes, as a terminal would show it, with search, copy and wrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QGuiApplication,
    QKeySequence,
    QShortcut,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from gradscope.app.fonts import mono_font, text_font
from gradscope.app.terminal import LIMIT, TerminalBuffer
from gradscope.app.theme import LIGHT, Theme

from . import look
from .ansi import STDERR, STDOUT, text_format

if TYPE_CHECKING:
    from gradscope.app.terminal import Line, Style

EMPTY = "What the script prints appears here."
FLUSH_AFTER = 30  # milliseconds, so that a flood of prints is laid out a few times a second
AT_ONCE = 65_536  # characters laid out at a time


class ConsolePanel(QWidget):
    """Follows the end of the output until someone scrolls up; following starts again at the bottom."""

    def __init__(self, parent: QWidget | None = None, limit: int = LIMIT) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._buffer = TerminalBuffer(limit)
        self._shown = 1
        self._pending: list[str] = []
        self._stream = "stdout"
        self._formats: dict[Style, QTextCharFormat] = {}
        self.view = QPlainTextEdit(self)
        self.view.setReadOnly(True)
        self.view.setUndoRedoEnabled(False)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setFont(mono_font(12))
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setPlaceholderText(EMPTY)
        self.view.setAccessibleName("Output of the script")
        self.view.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("Find in output")
        self.search.setAccessibleName("Find in output")
        self.search.setToolTip("Enter finds the next one, Shift+Enter the one before")
        self.search.setFont(text_font(12))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(240)
        self.result = QLabel(self)
        self.result.setFont(text_font(11))
        self.end = self._tool("To the end", "Scroll to the newest line and follow it")
        self.wrap = self._tool("Wrap", "Break long lines at the edge")
        self.wrap.setCheckable(True)
        self.copy = self._tool("Copy", "Copy the selection, or everything")
        self.clear_button = self._tool("Clear", "Forget what was written so far")
        self._timer = QTimer(self, singleShot=True, interval=FLUSH_AFTER)
        self._arrange()
        self._connect()
        self.set_theme(LIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on, also of what stands there."""
        self._theme = theme
        self._formats.clear()
        self.setStyleSheet(
            f"ConsolePanel {{ background: {theme.window}; }} QLabel {{ color: {theme.muted}; }}"
            f"QPlainTextEdit {{ background: {theme.window}; color: {theme.text};"
            f" selection-background-color: {theme.accent}; selection-color: {theme.accent_text}; }}"
            + look.fields(theme)
            + look.buttons(theme)
        )
        self.flush()
        self._rewrite(0, self.view.blockCount())

    def append(self, stream: str, text: str) -> None:
        """More output of "stdout" or "stderr", in the order in which it came."""
        if stream != self._stream:
            self._pending.append(STDERR if stream == "stderr" else STDOUT)
            self._stream = stream
        self._pending.append(text)
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Show at once all that was appended."""
        self._timer.stop()
        self._take("".join(self._pending))
        self._pending.clear()

    def _flush_some(self) -> None:
        """Show a part of a flood, so that the window stays quick, and come back for the rest."""
        text = "".join(self._pending)
        self._pending[:] = [text[AT_ONCE:]] if len(text) > AT_ONCE else []
        self._take(text[:AT_ONCE])
        if self._pending:
            self._timer.start()

    def _take(self, text: str) -> None:
        if text:
            change = self._buffer.feed(text)
            self._update(change.removed, change.first)

    def clear(self) -> None:
        """Forget every line."""
        self.flush()
        self._buffer.clear()
        self.view.clear()
        self._shown = 1

    def text(self) -> str:
        """Everything that stands there, without colours."""
        self.flush()
        return self._buffer.text()

    def follows(self) -> bool:
        """Whether the view stands at the end."""
        bar = self.view.verticalScrollBar()
        return bar.value() >= bar.maximum()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _tool(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setFont(text_font(12))
        button.setMinimumWidth(52)
        return button

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 12, 4)
        row.setSpacing(6)
        row.addWidget(self.search)
        row.addWidget(self.result)
        row.addStretch(1)
        for button in (self.end, self.wrap, self.copy, self.clear_button):
            row.addWidget(button)
        self.end.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        self.view.setViewportMargins(10, 0, 6, 0)
        self.setFocusProxy(self.view)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._flush_some)
        self.search.returnPressed.connect(self._find)
        self.search.textChanged.connect(lambda _: self.result.clear())
        back = QShortcut(QKeySequence("Shift+Return"), self.search, lambda: self._find(backward=True))
        back.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.wrap.toggled.connect(self._set_wrap)
        self.copy.clicked.connect(self._copy)
        self.clear_button.clicked.connect(self.clear)
        self.end.clicked.connect(self._to_end)
        self.view.verticalScrollBar().valueChanged.connect(self._show_end_button)

    def _update(self, removed: int, first: int) -> None:
        bar = self.view.verticalScrollBar()
        follow, place = self.follows(), bar.value()
        document = self.view.document()
        if removed:
            cursor = QTextCursor(document)
            gone = min(removed, self._shown)
            cursor.movePosition(QTextCursor.MoveOperation.NextBlock, QTextCursor.MoveMode.KeepAnchor, gone)
            if gone == self._shown:
                cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            self._shown = max(1, self._shown - removed)
        self._rewrite(min(first, self._shown - 1), self._shown)
        if follow:
            self._to_end()
        elif removed:
            bar.setValue(max(0, place - removed))
        self._show_end_button()

    def _rewrite(self, first: int, shown: int) -> None:
        """Replace the blocks from ``first`` on by the buffer's lines."""
        document = self.view.document()
        cursor = QTextCursor(document.findBlockByNumber(min(first, shown - 1)))
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        for number, line in enumerate(self._buffer.lines[first:]):
            if number:
                cursor.insertText("\n", QTextCharFormat())
            self._write(cursor, line)
        cursor.endEditBlock()
        self._shown = len(self._buffer.lines)

    def _write(self, cursor: QTextCursor, line: Line) -> None:
        for text, style in line:
            if style not in self._formats:
                self._formats[style] = text_format(style, self._theme)
            cursor.insertText(text, self._formats[style])

    def _find(self, backward: bool = False) -> None:
        self.flush()
        query = self.search.text()
        if not query:
            return
        flags = QTextDocument.FindFlag.FindBackward if backward else QTextDocument.FindFlag(0)
        if not self.view.find(query, flags):
            edge = QTextCursor.MoveOperation.End if backward else QTextCursor.MoveOperation.Start
            before = self.view.textCursor()
            self.view.moveCursor(edge)
            if not self.view.find(query, flags):
                self.view.setTextCursor(before)
                self.result.setText("not found")
                return
        line = self.view.textCursor().blockNumber() + 1
        self.result.setText(f"line {line} of {self.view.blockCount()}")

    def _copy(self) -> None:
        cursor = self.view.textCursor()
        chosen = cursor.selection().toPlainText() if cursor.hasSelection() else self.text()
        QGuiApplication.clipboard().setText(chosen)

    def _set_wrap(self, wrapped: bool) -> None:
        modes = QPlainTextEdit.LineWrapMode
        self.view.setLineWrapMode(modes.WidgetWidth if wrapped else modes.NoWrap)

    def _to_end(self) -> None:
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.maximum())
        self._show_end_button()

    def _show_end_button(self) -> None:
        self.end.setVisible(not self.follows())
