"""A tensor of any rank: a large number, a list, bars, a heat map, or one plane of many; with its spread below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFont, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMessageBox, QSizePolicy, QVBoxLayout, QWidget

from gradscope.app.panels import tensor_export
from gradscope.app.panels.heat_image import HeatImage
from gradscope.app.panels.histogram import Histogram
from gradscope.app.panels.plane_chooser import PlaneChooser
from gradscope.app.panels.text_label import TextLabel, font
from gradscope.app.panels.vector_bars import VectorBars
from gradscope.graph.formats import format_number
from gradscope.graph.tensor import FEW, TensorView, written_out

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import Matrix


class TensorViewWidget(QWidget):
    """Told a tensor, or why there is none. ``planeRequested`` asks for another plane of a tensor of rank 3 and up."""

    planeRequested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tensor: TensorView | None = None
        self._current = False
        self._number = TextLabel(28, "text", QFont.Weight.DemiBold, mono=True)
        self._number.setWordWrap(True)
        self._planes = PlaneChooser()
        self._heat = HeatImage()
        self._bars = VectorBars()
        self._least = TextLabel(11, "muted", mono=True)
        self._read = TextLabel(11, "text", mono=True)
        self._most = TextLabel(11, "muted", mono=True)
        self._range = self._range_line()
        self._thinned = TextLabel(11, "muted")
        self._histogram = Histogram()
        self._notice = TextLabel(12, "muted")
        for label in (self._thinned, self._notice):
            label.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        parts = (self._number, self._planes, self._heat, self._bars, self._range, self._thinned, self._histogram)
        for part in (*parts, self._notice):
            column.addWidget(part)
        self._planes.planeRequested.connect(self.planeRequested)
        self._heat.cellRead.connect(self._read.setText)
        self._bars.cellRead.connect(self._read.setText)
        self._add_actions()
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for label in (self._number, self._least, self._read, self._most, self._thinned, self._notice):
            label.set_theme(theme)
        for part in (self._planes, self._heat, self._bars, self._histogram):
            part.set_theme(theme)

    def set_tensor(self, tensor: TensorView) -> None:
        """Show this tensor, or why it is not available."""
        if tensor is self._tensor and self._current:
            return
        self._tensor, self._current = (tensor, True) if tensor.available else (None, False)
        self._number.setText(self._written(tensor) if tensor.available else "")
        self._notice.setText("" if tensor.available else tensor.why)
        self._arrange()

    def set_notice(self, text: str, elements: str = "", keep_planes: bool = False) -> None:
        """There is no tensor to show: say why, with what few numbers are known."""
        known = (self._notice.text(), self._number.text(), self.minimumHeight())
        if self._tensor is None and known == (text, elements, 0) and not keep_planes:
            return
        self._tensor, self._current = None, False
        self._number.setText(elements)
        self._notice.setText(text)
        self._arrange()
        self._planes.setVisible(keep_planes)

    def clear(self) -> None:
        """Another tensor will follow at once: show nothing, but keep the room, so that nothing below jumps."""
        height = self.height() if self.isVisible() and self._tensor is not None else 0
        self.set_notice("")
        self.setMinimumHeight(height)

    def set_elements(self, elements: str) -> None:
        """The few numbers known while the tensor is on its way; a picture that stands is left alone."""
        if self._tensor is None and elements != self._number.text():
            self.set_notice("", elements)

    def set_stale(self) -> None:
        """Training went on: the picture stays for the blink until it is replaced, but is no longer answered for."""
        self._current = False

    def value_text(self) -> str:
        """The number or short list written out; "" for a larger tensor, or one of an earlier pause."""
        return "" if self._tensor is not None and not self._current else self._number.text()

    def notice(self) -> str:
        """What stands in place of a tensor."""
        return self._notice.text()

    def heat_values(self) -> Matrix:
        """The numbers behind what is painted, rows x columns; 0 x 0 without a tensor of this pause."""
        if self._tensor is None or not self._current:
            return np.zeros((0, 0))
        return self._tensor.values

    def copy(self) -> None:
        """What is shown to the clipboard, tab-separated."""
        if self._tensor is not None:
            QGuiApplication.clipboard().setText(tensor_export.separated(self._tensor))

    def save(self, path: Path) -> None:
        """What is shown to a file; a failure is told to the user."""
        if self._tensor is None:
            return
        try:
            tensor_export.save(self._tensor, path)
        except (OSError, ValueError) as error:
            QMessageBox.warning(self, "Not saved", f"The tensor was not saved. {error}")

    def _written(self, tensor: TensorView) -> str:
        if not 1 <= tensor.count <= FEW or tensor.values.size != tensor.count:
            return ""
        return written_out(tensor.values.ravel().tolist(), tensor.shape, tensor.dtype)

    def _arrange(self) -> None:
        """Show the parts that suit the tensor's rank."""
        self.setMinimumHeight(0)
        tensor, few = self._tensor, bool(self._number.text())
        drawn = tensor is not None and tensor.values.size > 0 and not few
        rank = tensor.rank if tensor is not None else 0
        self._number.setFont(font(28 if len(self._number.text()) < 14 else 15, QFont.Weight.DemiBold, mono=True))
        self._number.setVisible(few)
        self._heat.set_tensor(tensor if drawn and rank >= 2 else None)
        self._bars.set_tensor(tensor if drawn and rank == 1 else None)
        self._heat.setVisible(drawn and rank >= 2)
        self._bars.setVisible(drawn and rank == 1)
        self._planes.setVisible(rank >= 3)
        self._range.setVisible(drawn)
        self._histogram.setVisible(drawn and tensor is not None and bool(tensor.histogram))
        if tensor is not None:
            self._fill(tensor)
        self._thinned.setVisible(drawn and tensor is not None and tensor.thinned)
        self._notice.setVisible(bool(self._notice.text()))
        for action in self.actions():
            action.setEnabled(tensor is not None and tensor.values.size > 0)

    def _fill(self, tensor: TensorView) -> None:
        if tensor.rank >= 3:
            self._planes.set_shape(tensor.shape, tensor.plane)
        if tensor.summary is not None:
            self._least.setText(format_number(tensor.summary.minimum))
            self._most.setText(format_number(tensor.summary.maximum))
        self._histogram.set_counts(tensor.histogram, tensor.low, tensor.high)
        if tensor.count == 0:
            self._notice.setText("This tensor is empty: it has no elements.")
        across = "element" if tensor.rank < 2 else "column"
        steps = ((tensor.row_step, "row"), (tensor.column_step, across))
        kept = " and ".join(f"every {_ordinal(step)} {name}" for step, name in steps if step > 1)
        self._thinned.setText(f"Shown is {kept}; the figures are of all elements.")

    def _range_line(self) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._read.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._read.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._least.setToolTip("Smallest element of the whole tensor. Blue is below zero, red above")
        self._most.setToolTip("Largest element of the whole tensor. Blue is below zero, red above")
        for label, stretch in ((self._least, 0), (self._read, 1), (self._most, 0)):
            row.addWidget(label, stretch)
        return line

    def _add_actions(self) -> None:
        copy = QAction("Copy values", self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.triggered.connect(self.copy)
        save = QAction("Save values as…", self)
        save.triggered.connect(self._ask_and_save)
        logarithmic = QAction("Logarithmic colours", self)
        logarithmic.setCheckable(True)
        logarithmic.toggled.connect(self._heat.set_logarithmic)
        self.addActions([copy, save, logarithmic])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _ask_and_save(self) -> None:
        kinds = "NumPy array (*.npy);;Comma-separated values (*.csv)"
        name, kind = QFileDialog.getSaveFileName(self, "Save the values shown", "tensor.npy", kinds)
        if name:
            path = Path(name)
            self.save(path if path.suffix else path.with_suffix(".csv" if "csv" in kind else ".npy"))


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
