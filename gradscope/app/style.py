"""What Fusion and a palette cannot say: flat toolbar buttons, underlined tabs, thin lines. The one style sheet."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from gradscope.resources import resource

if TYPE_CHECKING:
    from .theme import Theme

_SHEET = Template("""
QMainWindow::separator { background: $border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 5px 7px; }

QMenuBar { background: $window; color: $text; padding: 2px 6px; border-bottom: 1px solid $border; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: 5px; }
QMenuBar::item:selected { background: $accent_soft; }
QMenu { background: $raised; color: $text; border: 1px solid $border; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 10px; border-radius: 5px; }
QMenu::icon { padding-left: 6px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }

QToolBar { background: $window; border: none; border-bottom: 1px solid $border; spacing: 2px; padding: 5px 8px; }
QToolBar#phases { background: $panel; padding: 0; spacing: 0; }
QToolBar::separator { background: $border; width: 1px; margin: 7px 6px; }
QToolBar QToolButton { background: transparent; color: $text; border: 1px solid transparent; border-radius: 6px;
  padding: 6px 6px; font-weight: 500; }
QToolBar QToolButton:hover { background: $panel; border-color: $border; }
QToolBar QToolButton:pressed { background: $accent_soft; }
QToolBar QToolButton:focus { border-color: $accent; }
QToolBar QToolButton:disabled { color: $faint; }
QToolBar QToolButton[next="true"] { background: $accent_soft; }

QMainWindow > QTabBar { background: $window; border-bottom: 1px solid $border; }
QMainWindow > QTabBar::tab { background: $window; color: $muted; border: none; border-bottom: 1px solid $border;
  padding: 9px 10px 8px 10px; margin: 0; font-weight: 500; }
QMainWindow > QTabBar::tab:hover { color: $text; }
QMainWindow > QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; padding-bottom: 7px;
  font-weight: 600; }
QMainWindow > QTabBar::tab:focus { color: $accent; }

QDialog { background: $window; }
QDialog QPushButton { background: $raised; color: $text; border: 1px solid $border; border-radius: 6px;
  padding: 6px 16px; }
QDialog QPushButton:hover, QDialog QPushButton:focus { border-color: $accent; }
QDialog QPushButton:default { background: $accent; color: $accent_text; border-color: $accent; }
QDialog QPushButton:disabled { background: $panel; color: $faint; border-color: $border; }
QDialog QLineEdit { background: $panel; color: $text; border: 1px solid $border; border-radius: 6px; padding: 6px 9px; }
QDialog QLineEdit:focus { border-color: $accent; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }

QCheckBox::indicator, QAbstractItemView::indicator { width: 13px; height: 13px; border: 1px solid $muted;
  border-radius: 4px; background: $panel; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus, QAbstractItemView::indicator:hover { border-color: $accent; }
QCheckBox::indicator:disabled { border-color: $faint; background: transparent; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: $accent; border-color: $accent;
  image: url("$tick"); }

QRadioButton::indicator { width: 13px; height: 13px; border: 1px solid $muted; border-radius: 7px; background: $panel; }
QRadioButton::indicator:hover, QRadioButton::indicator:focus { border-color: $accent; }
QRadioButton::indicator:disabled { border-color: $faint; background: transparent; }
QRadioButton::indicator:checked { width: 7px; height: 7px; border: 4px solid $accent; background: $accent_text; }

QStatusBar { background: $panel; color: $text; border-top: 1px solid $border; }
QStatusBar::item { border: none; }

QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: $box_border; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }
""")


def style_sheet(theme: Theme) -> str:
    """The sheet in the theme's colours."""
    names = (
        "border",
        "accent",
        "raised",
        "text",
        "window",
        "accent_soft",
        "faint",
        "panel",
        "muted",
        "box_border",
        "accent_text",
    )
    colours = {name: getattr(theme, name) for name in names}
    return _SHEET.substitute(colours, tick=resource("icons", "check.svg").as_posix())
