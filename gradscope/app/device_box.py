"""The toolbar's device: what the training runs on, and a menu of the others that its Python has."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from .theme import LIGHT, Theme

if TYPE_CHECKING:
    from collections.abc import Sequence


class DeviceBox(QWidget):
    """Tells the device that was chosen; a choice takes effect at a restart."""

    deviceRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._button = QToolButton(self)
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._button.setAccessibleName("Device")
        self._button.setToolTip("Where the tensors live. Another choice restarts the script.")
        self._menu = QMenu(self._button)
        self._button.setMenu(self._menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 6, 0)
        row.addWidget(self._button)
        self.set_theme(LIGHT)
        self.set_devices("", ())

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        self._button.setStyleSheet(
            f"QToolButton {{ background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 6px; padding: 5px 12px; font-weight: 600; }"
            f"QToolButton:hover, QToolButton:focus {{ border-color: {theme.accent}; }}"
            "QToolButton::menu-indicator { image: none; }"
        )

    def set_devices(self, device: str, devices: Sequence[str]) -> None:
        """Show the device in use and offer the others; "" is unknown."""
        self._button.setText(f"Device  {device or '-'}  ▾")
        self._button.setEnabled(bool(devices))
        self._menu.clear()
        for name in devices:
            action = self._menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(name == device)
            action.triggered.connect(partial(self.deviceRequested.emit, name))

    def offered(self) -> list[str]:
        """The devices in the menu."""
        return [action.text() for action in self._menu.actions()]
