"""The two palettes. Every colour of the window stands here, by what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtGui import QColor, QPalette

ThemeName = Literal["light", "dark"]
ThemeChoice = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``; ``color("leaf")`` gives the QColor."""

    name: ThemeName
    window: str  # menu bar, toolbar, inspector
    panel: str  # strip, outline, status bar
    canvas: str
    raised: str  # buttons, fields
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_text: str
    accent_soft: str  # selected row, badge
    box: str  # open call
    box_border: str
    edge: str
    leaf: str
    leaf_fill: str
    intermediate: str
    intermediate_fill: str
    root: str
    root_fill: str
    input: str
    input_fill: str
    untracked: str
    halo: str  # where training is paused
    halo_soft: str
    halo_text: str
    cut: str
    nonfinite: str
    done: str  # a phase that is over
    bar: str  # the empty part of a bar
    source_line: str
    negative: str
    positive: str

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


LIGHT = Theme(
    name="light",
    window="#ffffff",
    panel="#f6f7f9",
    canvas="#fbfcfd",
    raised="#ffffff",
    border="#dfe3e8",
    text="#161b22",
    muted="#5b6572",
    faint="#a3abb5",
    accent="#2f6bed",
    accent_text="#ffffff",
    accent_soft="#eaf1fe",
    box="#f2f5f9",
    box_border="#d3dae3",
    edge="#9aa4b0",
    leaf="#1f9d57",
    leaf_fill="#e7f6ee",
    intermediate="#2f6bed",
    intermediate_fill="#eaf1fe",
    root="#d9480f",
    root_fill="#fdeee6",
    input="#7d8691",
    input_fill="#f1f3f5",
    untracked="#7d8691",
    halo="#f5a524",
    halo_soft="#fdf1dc",
    halo_text="#b25f00",
    cut="#c2255c",
    nonfinite="#e6399b",
    done="#1f9d57",
    bar="#dfe3e8",
    source_line="#eaf1fe",
    negative="#2166ac",
    positive="#b2182b",
)

DARK = Theme(
    name="dark",
    window="#1b2027",
    panel="#14181d",
    canvas="#171b21",
    raised="#20262d",
    border="#2b323b",
    text="#e6eaf0",
    muted="#9aa5b3",
    faint="#5d6875",
    accent="#5b8def",
    accent_text="#ffffff",
    accent_soft="#182338",
    box="#1c222a",
    box_border="#333c47",
    edge="#6b7683",
    leaf="#3ecf86",
    leaf_fill="#15291f",
    intermediate="#6ea0ff",
    intermediate_fill="#182338",
    root="#ff8a50",
    root_fill="#33201a",
    input="#8f99a6",
    input_fill="#20262d",
    untracked="#8f99a6",
    halo="#f5b942",
    halo_soft="#3a2f19",
    halo_text="#f5b942",
    cut="#ff5d8f",
    nonfinite="#ff4fb0",
    done="#3ecf86",
    bar="#2b323b",
    source_line="#182338",
    negative="#5b9bd5",
    positive="#e5656f",
)

THEMES: dict[ThemeName, Theme] = {"light": LIGHT, "dark": DARK}
