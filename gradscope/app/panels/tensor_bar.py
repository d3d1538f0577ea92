"""Above a tensor: the ways to look at it, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from gradscope.app.icons import icon
from gradscope.app.panels import look
from gradscope.app.panels.launch_form import PlainCombo
from gradscope.graph.tensor_looks import looks

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from gradscope.app.theme import Theme
    from gradscope.graph.tensor_looks import Axes, Look


class TensorBar(QWidget):
    """``lookChosen`` tells the ``Look`` that was chosen; the actions are those that it was given, by their icons."""

    lookChosen = Signal(object)

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._looks: tuple[Look, ...] = ()
        self._choice = PlainCombo("How to look at the tensor")
        self._choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._choice.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._choice.activated.connect(lambda index: self.lookChosen.emit(self._looks[index]))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._choice)
        row.addStretch(1)
        self._buttons = {name: _button(action, self) for name, action in actions.items()}
        for button in self._buttons.values():
            row.addWidget(button)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for name, action in self._actions.items():
            action.setIcon(icon(name, theme))
        self.setStyleSheet(
            "QToolButton { background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 3px; }"
            f"QToolButton:hover {{ background: {theme.accent_soft}; }}"
            f"QToolButton:checked {{ background: {theme.accent_soft}; border-color: {theme.accent}; }}"
            f"QToolButton:focus {{ border-color: {theme.accent}; }}" + look.fields(theme)
        )

    def leave_out(self, name: str) -> None:
        """One of the actions makes no sense here."""
        self._actions[name].setVisible(False)
        self._buttons[name].hide()

    def offer(self, shape: tuple[int, ...], axes: Axes) -> None:
        """Offer the looks of a tensor of this shape, standing at the one with ``axes``, without telling anybody."""
        with QSignalBlocker(self._choice):
            if looks(shape) != self._looks:
                self._looks = looks(shape)
                self._choice.clear()
                for index, look in enumerate(self._looks):
                    self._choice.addItem(look.name)
                    self._choice.setItemData(index, look.tip, Qt.ItemDataRole.ToolTipRole)
            at = next((index for index, look in enumerate(self._looks) if look.axes == axes), -1)
            self._choice.setCurrentIndex(at)
        self._choice.setToolTip(self._looks[at].tip if at >= 0 else "")
        self._choice.setVisible(bool(self._looks))


def _button(action: QAction, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setIconSize(QSize(16, 16))
    button.setAccessibleName(action.text())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
