"""The command palette: type a few letters of any action, Enter does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from .actions import ACTIONS
from .fonts import text_font

if TYPE_CHECKING:
    from .action_set import ActionSet
    from .theme import Theme

_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def score(query: str, text: str) -> int:
    """How well ``query`` fits as a subsequence of ``text``; -1 if it does not. Starts of words count most."""
    words, wanted = text.lower(), query.lower().replace(" ", "")
    whole = query.lower().strip()
    total = 100 if words.startswith(whole) else 50 if f" {whole}" in words else 20 if whole in words else 0
    at = -1
    for letter in wanted:
        found = words.find(letter, at + 1)
        if found < 0:
            return -1
        start = found == 0 or not words[found - 1].isalnum()
        total += 8 if start else 4 if found == at + 1 else 1
        at = found
    return total


class PaletteDialog(QDialog):
    """Lists the actions that make sense now, best match first."""

    def __init__(self, actions: ActionSet, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions = actions
        self._field = QLineEdit(self)
        self._field.setPlaceholderText("What do you want to do?")
        self._field.setAccessibleName("Find an action")
        self._field.setFont(text_font(15))
        self._field.installEventFilter(self)
        self._list = QListWidget(self)
        self._list.setUniformItemSizes(True)
        self._list.setAccessibleName("Actions")
        self._none = QLabel("No action of that name can be done now.", self)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        for widget in (self._field, self._list, self._none):
            layout.addWidget(widget)
        self.setStyleSheet(
            f"PaletteDialog {{ background: {theme.raised}; border: 1px solid {theme.border}; }}"
            f"QLineEdit {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 6px; padding: 8px 10px; }"
            f"QListWidget {{ background: {theme.raised}; color: {theme.text}; border: none; outline: none; }}"
            "QListWidget::item { padding: 7px 8px; border-radius: 5px; }"
            f"QListWidget::item:selected {{ background: {theme.accent_soft}; color: {theme.text}; }}"
            f"QLabel {{ color: {theme.muted}; padding: 18px; }}"
        )
        self._field.textChanged.connect(self._fill)
        self._list.itemClicked.connect(lambda _item: self._choose())
        self.resize(QSize(min(620, parent.width() - 40), 420))
        self._fill("")

    def place(self) -> None:
        """Under the toolbar, in the middle of the window."""
        parent = self.parentWidget()
        if parent is not None:
            corner = parent.mapToGlobal(parent.rect().topLeft())
            self.move(corner.x() + (parent.width() - self.width()) // 2, corner.y() + 90)
        self._field.setFocus()

    def shown(self) -> list[str]:
        """Ids of the actions listed, best first."""
        return [self._list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self._list.count())]

    def changeEvent(self, event: QEvent) -> None:
        """A click beside it closes it."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isVisible() and not self.isActiveWindow():
            self.close()

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
            return True
        if event.key() in _MOVES:
            self._list.event(event)
            return True
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        return super().eventFilter(watched, event)

    def _fill(self, query: str) -> None:
        found = []
        for row in ACTIONS:
            action: QAction = self._actions[row.id]
            fit = score(query, f"{row.text} {row.menu}")
            if action.isEnabled() and fit >= 0 and row.id != "tools.palette":
                found.append((-fit if query else 0, row))
        self._list.clear()
        for _, row in sorted(found, key=lambda pair: pair[0]):
            native = QKeySequence.SequenceFormat.NativeText
            keys = QKeySequence(row.keys[0]).toString(native) if row.keys else ""
            item = QListWidgetItem(self._actions[row.id].icon(), f"{row.text}    {keys}".rstrip())
            item.setData(Qt.ItemDataRole.UserRole, row.id)
            item.setToolTip(row.tip)
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.setVisible(bool(found))
        self._none.setVisible(not found)

    def _choose(self) -> None:
        row = self._list.currentRow()
        if row < 0:
            return
        action = self._actions[self.shown()[row]]
        self.close()
        action.trigger()
