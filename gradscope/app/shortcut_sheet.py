"""All keys on one sheet, made from the action table and the few keys that the canvas handles itself."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from .action_set import shown_keys
from .actions import ACTIONS, MENUS

if TYPE_CHECKING:
    from .theme import Theme

_CANVAS = (
    ("Arrows", "Walk along the edges of the graph"),
    ("Enter, double click", "Open or close a call"),
    ("Wheel", "Zoom at the pointer"),
    ("Drag", "Move the graph"),
    ("F", "Fit the selection"),
    ("0", "Actual size"),
    ("Esc", "Leave the focus; select nothing"),
)


def sheet_sections() -> list[tuple[str, list[tuple[str, str]]]]:
    """Title and (keys, what they do) of each section."""
    sections = [
        (menu, [(shown_keys(row), row.text.rstrip("…")) for row in ACTIONS if row.menu == menu and row.keys])
        for menu in MENUS
    ]
    return [(title, rows) for title, rows in (*sections, ("On the graph", list(_CANVAS))) if rows]


class ShortcutSheet(QDialog):
    """Two columns of sections."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keyboard shortcuts")
        sections = sorted(sheet_sections(), key=lambda section: section[0] not in ("Run", "On the graph"))
        columns: tuple[list[str], list[str]] = ([], [])
        lengths = [0, 0]
        for title, rows in sections:
            shorter = 0 if lengths[0] <= lengths[1] else 1
            columns[shorter].append(_section(title, rows, theme))
            lengths[shorter] += len(rows) + 2
        row = QHBoxLayout()
        row.setSpacing(40)
        for parts in columns:
            label = QLabel("".join(parts), self)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            row.addWidget(label)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 20, 28, 20)
        layout.addLayout(row)
        layout.addWidget(buttons)


def _section(title: str, rows: list[tuple[str, str]], theme: Theme) -> str:
    lines = "".join(
        f"<tr><td style='padding: 3px 18px 3px 0; font-family: JetBrains Mono'>{escape(keys)}</td>"
        f"<td style='padding: 3px 0; color: {theme.muted}'>{escape(words)}</td></tr>"
        for keys, words in rows
    )
    return f"<h3>{escape(title)}</h3><table>{lines}</table>"
