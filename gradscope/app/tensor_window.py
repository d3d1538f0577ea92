"""One tensor in a window of its own, as large as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from gradscope.app.panels.tensor_page import TensorPage
from gradscope.app.panels.text_label import spaced_shape
from gradscope.graph.tensor import TensorView

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from gradscope.app.theme import Theme

AROUND = 290  # px that title, tools, figures and histogram take of the height


class TensorWindow(QDialog):
    """Told by ``set_tensor`` and ``set_moment``; asks for another ``Cut`` of it."""

    cutRequested = Signal(object)
    wholeRequested = Signal(object, object)  # path and cut

    def __init__(self, parent: QWidget, theme: Theme, name: str) -> None:
        super().__init__(parent)
        self._name = name
        self.setWindowTitle(name)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.page = TensorPage("x")
        self.page.set_title(name, "")
        self.page.show_figures(None)
        self.page.view.hide_enlarge()
        self.page.view.cutRequested.connect(self.cutRequested)
        self.page.view.wholeRequested.connect(self.wholeRequested)
        content, inner = QWidget(), QVBoxLayout()
        content.setLayout(inner)
        inner.setContentsMargins(16, 14, 16, 14)
        inner.addWidget(self.page)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        self.set_theme(theme)
        self.resize(560, 640)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.page.set_theme(theme)

    def set_moment(self, iteration: int, phase: str) -> None:
        """When the tensor is looked at."""
        self.page.say("", f"At the pause in iteration {iteration}, {phase}.")

    def set_tensor(self, tensor: TensorView) -> None:
        """Show what was told."""
        if tensor.available:
            self.page.set_title(self._name, spaced_shape(tensor.shape))
        self.page.show_tensor(tensor, None, "")

    def set_gone(self, why: str) -> None:
        """It cannot be looked at any more."""
        self.page.say("", "")
        self.set_tensor(TensorView.unavailable(why))

    def text(self) -> str:
        """All that it says."""
        return self.page.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture takes the room there is."""
        super().resizeEvent(event)
        self.page.view.set_highest(max(self.height() - AROUND, 148))
