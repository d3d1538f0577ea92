"""The action table as QActions of one window: menus, toolbar, context menu, enabled by facts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton, QWidget

from .actions import ACTIONS, BY_ID, MENUS, Action, Facts, Menu, in_menu
from .icons import TOOLBAR, icon
from .mnemonics import underline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QMenuBar

    from .theme import Theme

_CONTEXT: tuple[Menu, ...] = ("Run", "Graph", "Edit", "View")  # what is done with a node comes first
# On the toolbar these two are told by their icon alone.
_ICON_ONLY = ("run.stop", "run.restart")


class ActionSet:
    """One QAction for each row of the table, owned by ``window``."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._actions: dict[str, QAction] = {row.id: self._make(row) for row in ACTIONS}
        self._menus: dict[str, QMenu] = {}
        self._buttons: dict[str, QToolButton] = {}
        self._facts = Facts()

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def connect_handlers(self, handlers: Mapping[str, object]) -> None:
        """Let each row call the method that it names; ``handlers`` are controllers by name, more may come later."""
        for row in ACTIONS:
            if row.handler.partition(".")[0] in handlers:
                self._actions[row.id].triggered.connect(handler_of(row, handlers))

    def set_facts(self, facts: Facts) -> None:
        """Enable what makes sense now."""
        if facts == self._facts:
            return
        self._facts = facts
        for row in ACTIONS:
            self._actions[row.id].setEnabled(row.enabled(facts))

    def set_checked(self, action_id: str, on: bool) -> None:
        """Show a switch's position, without calling its handler."""
        self._actions[action_id].setChecked(on)

    def set_theme(self, theme: Theme) -> None:
        """Icons in the theme's colours."""
        for row in ACTIONS:
            self._actions[row.id].setIcon(icon(row.icon, theme))

    def fill_menu_bar(self, bar: QMenuBar) -> None:
        """All menus, with a line between groups."""
        for name in MENUS:
            menu = bar.addMenu(f"&{name}")
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(partial(underline, menu))
            self._menus[name] = menu
            self._fill(menu, in_menu(name))

    def menu(self, name: str) -> QMenu:
        """A menu of the menu bar, for what is not an action: recent files, panels."""
        return self._menus[name]

    def fill_toolbar(self, toolbar: QToolBar) -> None:
        """Big buttons, the text beside the icon."""
        toolbar.setIconSize(QSize(TOOLBAR, TOOLBAR))
        for row in ACTIONS:
            if not row.toolbar:
                continue
            if row.id == "run.stop":
                toolbar.addSeparator()
            button = QToolButton(toolbar)
            button.setDefaultAction(self._actions[row.id])
            alone = row.id in _ICON_ONLY
            style = Qt.ToolButtonStyle.ToolButtonIconOnly if alone else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            button.setToolButtonStyle(style)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(row.text)
            toolbar.addWidget(button)
            self._buttons[row.id] = button

    def button(self, action_id: str) -> QToolButton:
        """The toolbar's button of an action."""
        return self._buttons[action_id]

    def context_menu(self) -> QMenu:
        """What one can do now with a node or a call, at the pointer."""
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        offered = [row for name in _CONTEXT for row in in_menu(name) if row.context]
        self._fill(menu, tuple(row for row in offered if self._actions[row.id].isEnabled()))
        underline(menu)
        return menu

    def _make(self, row: Action) -> QAction:
        action = QAction(row.text, self._window)
        action.setObjectName(row.id)
        action.setIconText(row.text)
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(row.checkable)
        action.setIconVisibleInMenu(not row.checkable)  # the place of the icon is that of the check mark
        action.setEnabled(row.enabled(Facts()))
        action.setToolTip(tool_tip(row))
        action.setStatusTip("")
        self._window.addAction(action)
        return action

    def _fill(self, menu: QMenu, rows: tuple[Action, ...]) -> None:
        last: tuple[str, int] | None = None
        inner: dict[str, QMenu] = {}
        for row in rows:
            if last is not None and last != (row.menu, row.group):
                menu.addSeparator()
            last = (row.menu, row.group)
            if row.inner and row.inner not in inner:
                inner[row.inner] = menu.addMenu(row.inner)
                inner[row.inner].setToolTipsVisible(True)
            inner.get(row.inner, menu).addAction(self._actions[row.id])


def tool_tip(row: Action) -> str:
    """What it does, and its key."""
    return f"{row.tip} ({shown_keys(row)})" if row.keys else row.tip


def shown_keys(row: Action) -> str:
    """The row's keys as the platform writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return " or ".join(QKeySequence(key).toString(native) for key in row.keys)


def handler_of(row: Action, handlers: Mapping[str, object]) -> Callable[..., None]:
    """What a row does.

    Raises:
        AttributeError: the row names a method that its controller does not have.
    """
    owner, method = row.handler.split(".")
    handler: Callable[..., None] = getattr(handlers[owner], method)
    given = () if row.argument is None else (row.argument,)
    return lambda *_checked: handler(*given)


def action_row(action_id: str) -> Action:
    """The table's row."""
    return BY_ID[action_id]
