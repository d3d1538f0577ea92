"""The keyboard goes from panel to panel: to one by its own key, or around all that are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gradscope.app.actions import PANELS
from gradscope.app.focus_order import in_sight, takes_keys

from .feature import Feature

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class PanelsFeature(Feature):
    """Puts the focus where a panel's first control is, on the row or cell that it had before."""

    name = "panels"

    def go(self, place: int) -> None:
        """Bring one of ``actions.PANELS`` to the front and put the keyboard there."""
        name = PANELS[place][0]
        if name != "graph":
            self.desk.window.raise_panel(name)
        _focus(self._widget(name))

    def next(self) -> None:
        """To the next panel that is seen."""
        self._around(1)

    def previous(self) -> None:
        """To the one before."""
        self._around(-1)

    def _around(self, step: int) -> None:
        seen = [name for name, _, _ in PANELS if self._seen(name)]
        here = next((at for at, name in enumerate(seen) if _holds(self._widget(name), QApplication.focusWidget())), -1)
        if not seen:
            return
        for turn in range(1, len(seen) + 1):  # a panel may have nothing that takes the keyboard
            at = here + step * turn if here >= 0 or step > 0 else len(seen) - turn
            if _focus(self._widget(seen[at % len(seen)])):
                return

    def _widget(self, name: str) -> QWidget:
        return self.desk.pane.canvas if name == "graph" else self.desk.window.docks[name]

    def _seen(self, name: str) -> bool:
        widget = self._widget(name)
        return widget.isVisible() and in_sight(widget)


def _holds(panel: QWidget, focused: QWidget | None) -> bool:
    return focused is not None and (panel is focused or panel.isAncestorOf(focused))


def _focus(panel: QWidget) -> bool:
    """The widget of a panel that had the focus last, else its first one; False if there is none."""
    last = panel.focusWidget()
    if last is not None and takes_keys(last) and _holds(panel, last):
        last.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True
    if takes_keys(panel):
        panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True
    at = panel.nextInFocusChain()
    while at is not None and at is not panel:
        if panel.isAncestorOf(at) and takes_keys(at):
            at.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return True
        at = at.nextInFocusChain()
    return False
