"""All keys on one sheet, made from the action table and the few keys that graph and panels handle themselves."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from .action_set import shown_keys
from .actions import ACTIONS, MENUS

if TYPE_CHECKING:
    from .theme import Theme

Section: TypeAlias = tuple[str, list[tuple[str, str]]]  # title; keys and what they do
_ELSEWHERE = {
    "On the graph": (
        ("Arrows", "Walk along the edges"),
        ("P", "Outputs of an operation, one by one"),
        ("Enter, double click", "Open or close a call"),
        ("Wheel, + and -", "Zoom"),
        ("Drag", "Move the graph"),
        ("F", "Fit the selection"),
        ("0", "Actual size"),
        ("Home", "Fit the graph"),
        ("Menu, Shift+F10", "What can be done with the selection"),
        ("Esc", "Leave the focus; select nothing"),
    ),
    "On the colour scale": (
        ("Left, Right", "Move its range"),
        ("Up, Down", "Make it wider, narrower"),
        ("Home", "The range that fits"),
        ("Esc", "Back to the graph"),
    ),
    "In the panels": (
        ("Arrows", "Rows of a list, cells of a tensor"),
        ("Enter", "Open, look at, go to the line"),
        ("Ctrl+C", "Copy the tensor, variable or value"),
        ("Delete", "Remove the breakpoint"),
        ("Left, Right, Home, End", "Iterations on the timeline"),
        ("+, - and 0", "Zoom the timeline"),
        ("Enter, Shift+Enter", "Next and previous hit of a search"),
        ("Esc", "Leave a search"),
    ),
}
_COLUMNS = 3


def sheet_sections() -> list[Section]:
    """Title and (keys, what they do) of each section."""
    sections = [
        (menu, [(shown_keys(row), row.text.rstrip("…")) for row in ACTIONS if row.menu == menu and row.keys])
        for menu in MENUS
    ]
    elsewhere = [(title, list(rows)) for title, rows in _ELSEWHERE.items()]
    return [(title, rows) for title, rows in (*sections, *elsewhere) if rows]


class ShortcutSheet(QDialog):
    """Columns of sections; it scrolls where the screen is smaller than the sheet."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        content = QWidget(self)
        row = QHBoxLayout(content)
        row.setContentsMargins(28, 12, 28, 12)
        row.setSpacing(36)
        for sections in _balanced(sheet_sections()):
            label = QLabel("".join(_section(title, rows, theme) for title, rows in sections), self)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            row.addWidget(label)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 12, 12)
        layout.addWidget(scroll)
        layout.addWidget(buttons)
        wanted, room = content.sizeHint() + QSize(40, 90), self.screen().availableSize() * 0.94
        self.resize(wanted.boundedTo(room))


def _balanced(sections: list[Section]) -> list[list[Section]]:
    """The sections in columns of about equal length, in their order."""
    total = sum(len(rows) + 2 for _, rows in sections)
    columns: list[list[Section]] = [[] for _ in range(_COLUMNS)]
    done = 0
    for title, rows in sections:
        middle = done + (len(rows) + 2) / 2
        columns[min(_COLUMNS - 1, int(middle * _COLUMNS / total))].append((title, rows))
        done += len(rows) + 2
    return columns


def _section(title: str, rows: list[tuple[str, str]], theme: Theme) -> str:
    lines = "".join(
        f"<tr><td style='padding: 3px 18px 3px 0; font-family: JetBrains Mono'>{escape(keys)}</td>"
        f"<td style='padding: 3px 0; color: {theme.muted}'>{escape(words)}</td></tr>"
        for keys, words in rows
    )
    return f"<h3>{escape(title)}</h3><table>{lines}</table>"
