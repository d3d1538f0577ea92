"""The two palettes as Qt takes them; the colours themselves stand in ``gradscope.palette``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from PySide6.QtGui import QColor, QPalette

from gradscope import palette as colours
from gradscope.palette import Palette, ThemeName

ThemeChoice = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Theme(Palette):
    """Colours as ``#rrggbb``; ``color("leaf")`` gives the QColor."""

    def color(self, name: str) -> QColor:
        """The colour of a field, by its name."""
        return QColor(getattr(self, name))

    def palette(self) -> QPalette:
        """The same colours for Qt's own widgets (Fusion style)."""
        palette = QPalette()
        roles = {
            QPalette.ColorRole.Window: self.window,
            QPalette.ColorRole.WindowText: self.text,
            QPalette.ColorRole.Base: self.window,
            QPalette.ColorRole.AlternateBase: self.panel,
            QPalette.ColorRole.Text: self.text,
            QPalette.ColorRole.PlaceholderText: self.muted,
            QPalette.ColorRole.Button: self.raised,
            QPalette.ColorRole.ButtonText: self.text,
            QPalette.ColorRole.BrightText: self.nonfinite,
            QPalette.ColorRole.ToolTipBase: self.raised,
            QPalette.ColorRole.ToolTipText: self.text,
            QPalette.ColorRole.Highlight: self.accent,
            QPalette.ColorRole.HighlightedText: self.accent_text,
            QPalette.ColorRole.Link: self.accent,
            QPalette.ColorRole.Light: self.raised,
            QPalette.ColorRole.Midlight: self.border,
            QPalette.ColorRole.Mid: self.border,
            QPalette.ColorRole.Dark: self.border,
            QPalette.ColorRole.Shadow: self.border,
        }
        for role, value in roles.items():
            palette.setColor(role, QColor(value))
        disabled = QColor(self.faint)
        for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, disabled)
        return palette


LIGHT = Theme(**asdict(colours.LIGHT))
DARK = Theme(**asdict(colours.DARK))
THEMES: dict[ThemeName, Theme] = {"light": LIGHT, "dark": DARK}

__all__ = ["DARK", "LIGHT", "THEMES", "Theme", "ThemeChoice", "ThemeName"]
