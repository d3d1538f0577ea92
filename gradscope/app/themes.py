"""System, light or dark: which palette holds now, also when the desktop changes its mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from .theme import THEMES, Theme, ThemeChoice

if TYPE_CHECKING:
    from .settings import Settings


class ThemeKeeper(QObject):
    """Tells the theme to use. A desktop that does not say which it wants counts as light."""

    changed = Signal(object)  # Theme

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._choice = settings.theme
        self._hints = QGuiApplication.styleHints()
        self._hints.colorSchemeChanged.connect(self._system_changed)

    @property
    def choice(self) -> ThemeChoice:
        """What the user chose."""
        return self._choice

    @property
    def theme(self) -> Theme:
        """The palette that follows from it."""
        if self._choice == "system":
            return THEMES["dark" if self._hints.colorScheme() == Qt.ColorScheme.Dark else "light"]
        return THEMES[self._choice]

    def choose(self, choice: ThemeChoice, *, remember: bool = True) -> None:
        """Use a theme from now on; ``remember`` also for the next start."""
        self._choice = choice
        if remember:
            self._settings.theme = choice
        self.changed.emit(self.theme)

    def _system_changed(self) -> None:
        if self._choice == "system":
            self.changed.emit(self.theme)
