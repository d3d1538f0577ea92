"""The stack of the selected node: a small button beside its source line, and a menu of the calls it was made in."""

from __future__ import annotations

from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from gradscope.app.panels.text_label import font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.app.theme import Theme
    from gradscope.graph.stacks import StackLine


class StackButton(QToolButton):
    """Lists the calls from the script to the line itself; ``sourceRequested`` tells the one that was chosen."""

    sourceRequested = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("stack ▾")
        self.setFont(font(12))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("The calls around this line")
        self.setToolTip("The calls that led to this line, from the script on")
        self._menu = QMenu(self)
        self.setMenu(self._menu)

    def set_theme(self, theme: Theme) -> None:
        """Muted at rest, accented under the mouse or with focus."""
        self.setStyleSheet(
            f"QToolButton {{ border: none; background: transparent; padding: 0; color: {theme.muted}; }}"
            f"QToolButton:hover, QToolButton:focus {{ color: {theme.accent}; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    def set_stack(self, lines: Sequence[StackLine]) -> None:
        """Offer these frames, given innermost first; a stack of one line is only the line itself."""
        self.setVisible(len(lines) > 1)
        self._menu.clear()
        for line in reversed(lines):
            action = self._menu.addAction(_words(line).replace("&", "&&"))
            action.setToolTip(f"{line.file}, line {line.line}")
            action.triggered.connect(partial(self.sourceRequested.emit, line.file, line.line))

    def offered(self) -> list[str]:
        """The lines in the menu, the script's first."""
        return [action.text().replace("&&", "&") for action in self._menu.actions()]


def _words(line: StackLine) -> str:
    where = f" in {line.function}" if line.function and line.function != "<module>" else ""
    return f"{PurePath(line.file).name}:{line.line}{where}\t{line.expression}"
