"""The search bar over the canvas: a field, which hit of how many, the way to the next, and what can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from gradscope.app.fonts import text_font
from gradscope.app.icons import icon
from gradscope.graph.search import EXAMPLES

from . import look

if TYPE_CHECKING:
    from gradscope.app.theme import Theme

WIDTH = 432
_RIGHT, _TOP = 15, 44  # from the sides of the host, under what stands in its first row
_HELP = "\n".join(("All words must be met:", *(f"  {text}   {meaning}" for text, meaning in EXAMPLES)))


class SearchBar(QFrame):
    """Floats at the top right of ``host`` while it is open. It keeps its text when it is closed."""

    queryChanged = Signal(str)
    nextRequested = Signal()
    previousRequested = Signal()
    opened = Signal()
    closed = Signal()

    def __init__(self, host: QWidget, theme: Theme) -> None:
        super().__init__(host)
        self._host = host
        self._top = _TOP
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Find: relu, Linear, 64x*, grad<1e-6, nan, no-grad…")
        self.field.setAccessibleName("Find nodes")
        self.field.setToolTip(_HELP)
        self.field.setFont(text_font(13))
        self.count = QLabel(self)
        self.count.setFont(text_font(12))
        self.note = QLabel(self)
        self.note.setFont(text_font(12))
        self.note.setWordWrap(True)
        self.note.hide()
        self._menu = self._examples()
        self._buttons = {
            "previous": self._button("Previous hit (Shift+F3, Shift+Enter)", self.previousRequested.emit),
            "next": self._button("Next hit (F3, Enter)", self.nextRequested.emit),
            "help": self._button("What can be asked", lambda: None),
            "close": self._button("Close (Esc)", self.close_bar),
        }
        self._buttons["help"].setMenu(self._menu)
        self._buttons["help"].setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._arrange()
        self.field.textChanged.connect(self.queryChanged)
        self._keys()
        self.set_theme(theme)
        self.set_found(None)
        self.hide()
        host.installEventFilter(self)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        row.addSpacing(6)
        row.addWidget(self.count)
        row.addSpacing(4)
        for button in self._buttons.values():
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.note)
        self.setFixedWidth(WIDTH)

    def _button(self, tip: str, pressed: object) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setIconSize(QSize(16, 16))
        button.clicked.connect(pressed)
        return button

    def _keys(self) -> None:
        keys = Qt.Key
        for key, told in (
            (keys.Key_Return, self.nextRequested),
            (keys.Key_Enter, self.nextRequested),
            (Qt.Modifier.SHIFT | keys.Key_Return, self.previousRequested),
            (Qt.Modifier.SHIFT | keys.Key_Enter, self.previousRequested),
        ):
            QShortcut(QKeySequence(key), self.field, told.emit, context=Qt.ShortcutContext.WidgetShortcut)
        leave = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence(keys.Key_Escape), self, self.close_bar, context=leave)

    def _examples(self) -> QMenu:
        menu = QMenu(self)
        for text, meaning in EXAMPLES:
            action = menu.addAction(f"{text}\t{meaning}")
            action.triggered.connect(lambda _=False, word=text: self._add(word))
        return menu

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        self.setStyleSheet(
            f"SearchBar {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: 8px; }}"
            + look.fields(theme)
            + f"QLabel {{ color: {theme.muted}; background: transparent; }}"
            "QToolButton { background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 3px; }"
            f"QToolButton:hover {{ background: {theme.accent_soft}; }}"
            f"QToolButton:focus {{ border-color: {theme.accent}; }}"
            "QToolButton::menu-indicator { image: none; width: 0; }"
        )
        self.note.setStyleSheet(f"color: {theme.cut}; background: transparent;")
        for name, button in self._buttons.items():
            button.setIcon(icon(name, theme))

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return not self.isHidden()

    def open(self) -> None:
        """Show it with the cursor in the field and the text selected."""
        self.show()
        self._place()
        self.opened.emit()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def close_bar(self) -> None:
        """Hide it; the text stays for the next time."""
        if self.is_open:
            self.hide()
            self.closed.emit()

    def text(self) -> str:
        """What is looked for."""
        return self.field.text()

    def set_found(self, total: int | None, number: int = 0) -> None:
        """``3 of 17``, or how many there are while none is selected; None while nothing is looked for."""
        if total is None:
            words = ""
        elif total == 0:
            words = "none"
        elif number:
            words = f"{number:,} of {total:,}"
        else:
            words = f"{total:,} found"
        self.count.setText(words)
        self.count.setVisible(bool(words))
        for name in ("previous", "next"):
            self._buttons[name].setEnabled(bool(total))
        self._say("")

    def set_mistake(self, sentence: str) -> None:
        """What is wrong with what was typed."""
        self.set_found(None)
        self._say(sentence)

    def set_top(self, pixels: int) -> None:
        """Stand lower, under something else."""
        self._top = _TOP + pixels
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _say(self, sentence: str) -> None:
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))
        self._place()

    def _add(self, word: str) -> None:
        text = self.field.text().rstrip()
        self.field.setText(f"{text} {word}".lstrip())
        self.field.setFocus()

    def _place(self) -> None:
        self.setFixedWidth(max(260, min(WIDTH, self._host.width() - 2 * _RIGHT)))
        self.adjustSize()
        self.move(self._host.width() - self.width() - _RIGHT, self._top)
        self.raise_()
