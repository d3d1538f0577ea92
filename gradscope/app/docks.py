"""The panels around the canvas, one row each: where they stand at first.

A new panel is one row here; what fills it comes from the window, or from a feature of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget, QMainWindow

_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


@dataclass(frozen=True, slots=True)
class DockRow:
    """``tab_of``, ``below`` and ``beside`` name an earlier row that it shares a place with."""

    name: str
    title: str
    area: Qt.DockWidgetArea
    tab_of: str = ""
    below: str = ""
    beside: str = ""
    shown: bool = True  # at first


DOCKS = (
    DockRow("outline", "Outline", _LEFT),
    DockRow("training", "Training", _LEFT, below="outline"),
    DockRow("lesson", "Lesson", _RIGHT, shown=False),
    DockRow("inspector", "Inspector", _RIGHT, below="lesson"),
    DockRow("learned", "Learned", _RIGHT, below="inspector", shown=False),
    DockRow("timeline", "Timeline", _BOTTOM),
    DockRow("curves", "Curves", _BOTTOM, tab_of="timeline"),
    DockRow("problems", "Problems", _BOTTOM, tab_of="curves"),
    DockRow("breakpoints", "Breakpoints", _BOTTOM, tab_of="problems"),
    DockRow("variables", "Variables", _BOTTOM, tab_of="breakpoints"),
    DockRow("changes", "Changes", _BOTTOM, tab_of="variables"),
    DockRow("update", "Update", _BOTTOM, tab_of="changes"),
    DockRow("console", "Console", _BOTTOM, tab_of="variables"),
    DockRow("source", "Source", _BOTTOM, beside="timeline"),
)


def arrange(window: QMainWindow, docks: dict[str, QDockWidget]) -> None:
    """All panels to where they stand at first."""
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    for row in DOCKS:
        dock = docks[row.name]
        if row.below:
            window.splitDockWidget(docks[row.below], dock, Qt.Orientation.Vertical)
        elif row.beside:
            window.splitDockWidget(docks[row.beside], dock, Qt.Orientation.Horizontal)
        else:
            window.addDockWidget(row.area, dock)
        dock.setVisible(row.shown)
    for row in DOCKS:
        if row.tab_of:
            window.tabifyDockWidget(docks[row.tab_of], docks[row.name])
    docks["timeline"].raise_()
