"""Tab goes through the window as the eye does: toolbar, left side, graph, right side, the panels below.

Qt goes in the order in which widgets were made, and also through panels that lie behind a tab, where nobody sees the
focus. So the window asks here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QScrollArea, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

MARGIN = 16  # px around what is scrolled into sight
_TAB = Qt.FocusPolicy.TabFocus.value


def stops(window: QWidget, groups: Sequence[QWidget]) -> list[QWidget]:
    """All widgets of a window that Tab comes to, group by group; what is in none of them comes last."""
    found: list[list[QWidget]] = [[] for _ in range(len(groups) + 1)]
    rank = {group: index for index, group in enumerate(groups)}
    at = window.nextInFocusChain()
    while at is not None and at is not window:
        if takes_keys(at) and at.window() is window and in_sight(at):
            found[_rank(at, rank)].append(at)
        at = at.nextInFocusChain()
    return [stop for group in found for stop in group]


def enter(widget: QWidget, reason: Qt.FocusReason) -> None:
    """Give it the keyboard, and scroll it into sight."""
    widget.setFocus(reason)
    at = widget.parentWidget()
    while at is not None:
        if isinstance(at, QScrollArea):
            at.ensureWidgetVisible(widget, MARGIN, MARGIN)
        at = at.parentWidget()


def takes_keys(widget: QWidget) -> bool:
    """Whether Tab may stop there."""
    return bool(widget.focusPolicy().value & _TAB) and widget.isVisible() and widget.isEnabled()


def in_sight(widget: QWidget) -> bool:
    """Whether it does not lie behind a tab: Qt moves what does out of the window."""
    at: QWidget | None = widget
    while at is not None and not isinstance(at, QDockWidget):
        at = at.parentWidget()
    return at is None or at.isWindow() or at.geometry().right() > 0


def _rank(widget: QWidget, rank: dict[QWidget, int]) -> int:
    at: QWidget | None = widget
    while at is not None and at not in rank:
        at = at.parentWidget()
    return len(rank) if at is None else rank[at]
