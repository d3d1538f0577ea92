"""Terminal styles as text formats in the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QTextCharFormat

if TYPE_CHECKING:
    from gradscope.app.terminal import Style
    from gradscope.app.theme import Theme

# stderr is told apart by a foreground that no script asks for; its own colours stay stronger.
_STDERR_COLOUR = "#010203"
STDERR = "\x1b[38;2;1;2;3m"
STDOUT = "\x1b[39m"

_LIGHT = {
    "black": "#161b22",
    "red": "#c4252b",
    "green": "#1a7f45",
    "yellow": "#8f6400",
    "blue": "#2359c4",
    "magenta": "#a3269a",
    "cyan": "#0b7285",
    "white": "#5b6572",
}
_DARK = {
    "black": "#6b7683",
    "red": "#ff7b72",
    "green": "#56d68f",
    "yellow": "#e3b341",
    "blue": "#7aa8ff",
    "magenta": "#e08be0",
    "cyan": "#5fd0e0",
    "white": "#d5dbe3",
}


def ansi_color(name: str, theme: Theme) -> QColor:
    """A colour of a terminal ("red", "bright red", "#rrggbb"), readable on the theme's background."""
    if name == _STDERR_COLOUR:
        return theme.color("halo_text")
    if name.startswith("#"):
        return QColor(name)
    colours = _DARK if theme.name == "dark" else _LIGHT
    base = QColor(colours[name.removeprefix("bright ")])
    if not name.startswith("bright "):
        return base
    return base.lighter(115) if theme.name == "dark" else base.darker(115)


def text_format(style: Style, theme: Theme) -> QTextCharFormat:
    """How a run of this style looks."""
    made = QTextCharFormat()
    ink = ansi_color(style.foreground, theme) if style.foreground else theme.color("text")
    paper = ansi_color(style.background, theme) if style.background else None
    if style.inverse:
        ink, paper = paper or theme.color("window"), ink
    if style.faint:
        ink.setAlphaF(0.65)
    made.setForeground(ink)
    if paper is not None:
        made.setBackground(paper)
    if style.bold:
        made.setFontWeight(QFont.Weight.Bold)
    made.setFontItalic(style.italic)
    made.setFontUnderline(style.underline)
    return made
