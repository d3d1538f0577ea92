"""One tensor of the script in a window of its own, as large as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from gradscope.app.panels.tensor_page import TensorPage
from gradscope.app.panels.text_label import spaced_shape

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import TensorView


class TensorWindow(QDialog):
    """Told by ``set_tensor``; asks for another plane of it."""

    planeRequested = Signal(object)

    def __init__(self, parent: QWidget, theme: Theme, name: str) -> None:
        super().__init__(parent)
        self._name = name
        self.setWindowTitle(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.page = TensorPage("x")
        self.page.set_theme(theme)
        self.page.set_title(name, "")
        self.page.show_figures(None)
        self.page.view.planeRequested.connect(self.planeRequested)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(self.page)
        column.addStretch(1)
        self.resize(460, 520)

    def set_tensor(self, tensor: TensorView) -> None:
        """Show what was told."""
        self.page.set_title(self._name, spaced_shape(tensor.shape))
        self.page.show_tensor(tensor, None, "")

    def text(self) -> str:
        """All that it says."""
        return self.page.text()
