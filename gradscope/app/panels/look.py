"""Style sheets of fields and buttons in the panels, made from the theme's colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gradscope.app.theme import Theme


def fields(theme: Theme) -> str:
    """Line edits and combo boxes: a flat fill, a thin border, blue while they have the focus."""
    return f"""
    QLineEdit, QComboBox {{
        background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.border}; border-radius: 5px;
        padding: 3px 8px; selection-background-color: {theme.accent}; selection-color: {theme.accent_text};
    }}
    QLineEdit:focus, QComboBox:focus {{ border: 1px solid {theme.accent}; }}
    QLineEdit[readOnly="true"], QLineEdit:disabled, QComboBox:disabled {{ color: {theme.muted}; }}
    QLineEdit[changed="true"], QComboBox[changed="true"] {{ border: 1px solid {theme.halo}; }}
    QComboBox::drop-down {{ border: none; width: 20px; }}
    QComboBox QAbstractItemView {{
        background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border}; outline: none;
        selection-background-color: {theme.accent_soft}; selection-color: {theme.text};
    }}
    """


def sliders(theme: Theme) -> str:
    """A thin line with a round handle, blue up to it."""
    return f"""
    QSlider::groove:horizontal {{ background: {theme.border}; height: 4px; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {theme.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{
        background: {theme.raised}; border: 2px solid {theme.accent}; width: 9px; height: 9px; margin: -5px 0;
        border-radius: 6px;
    }}
    QSlider::handle:horizontal:focus {{ background: {theme.accent}; }}
    """


def text_areas(theme: Theme) -> str:
    """Fields of several lines, as the single ones look."""
    return f"""
    QPlainTextEdit {{
        background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.border}; border-radius: 5px;
    }}
    QPlainTextEdit:focus {{ border: 1px solid {theme.accent}; }}
    QPlainTextEdit[changed="true"] {{ border: 1px solid {theme.halo}; }}
    """


def buttons(theme: Theme) -> str:
    """Push and tool buttons; one with the property ``next`` is the accented next step."""
    return f"""
    QPushButton, QToolButton {{
        background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border}; border-radius: 5px;
        padding: 4px 1px;
    }}
    QPushButton:hover, QToolButton:hover {{ background: {theme.accent_soft}; }}
    QPushButton:pressed, QToolButton:pressed {{ border-color: {theme.accent}; }}
    QPushButton:focus, QToolButton:focus {{ border: 1px solid {theme.accent}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {theme.faint}; background: {theme.panel}; }}
    QPushButton[next="true"], QToolButton:checked {{
        background: {theme.accent}; color: {theme.accent_text}; border-color: {theme.accent};
    }}
    """


def mark(widget: QWidget, name: str, value: bool) -> None:
    """Set a property that the style sheet looks at ("next", "changed")."""
    if bool(widget.property(name)) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def scrolled(page: QWidget, name: str) -> QScrollArea:
    """A page that asks for no height of its own: a low window has none to spare. ``name`` is for the screen reader."""
    scroll = QScrollArea()
    scroll.setAccessibleName(name)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(page)
    return scroll
