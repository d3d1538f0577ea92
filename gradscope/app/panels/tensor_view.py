"""A tensor of any rank: a large number, a list, bars, a heat map, a contact sheet, pictures; with its spread below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFont, QGuiApplication, QImage, QKeySequence
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMessageBox, QSizePolicy, QVBoxLayout, QWidget

from gradscope.app.panels import tensor_export, tensor_words
from gradscope.app.panels.heat_image import HeatImage
from gradscope.app.panels.histogram import Histogram
from gradscope.app.panels.plane_chooser import PlaneChooser
from gradscope.app.panels.sheet_image import SheetImage
from gradscope.app.panels.tensor_bar import TensorBar
from gradscope.app.panels.text_label import TextLabel, font
from gradscope.app.panels.vector_bars import VectorBars
from gradscope.graph.formats import format_number
from gradscope.graph.tensor import FEW, TensorView, written_out
from gradscope.graph.tensor_looks import Cut, Look, free_dimensions

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import Matrix


class TensorViewWidget(QWidget):
    """Told a tensor, or why there is none. ``cutRequested`` asks for another ``Cut`` of it.

    ``enlargeRequested`` asks for a window of its own, ``wholeRequested`` for a file of what is not all shown,
    ``lookLiked`` tells rank and name of the look that was chosen.
    """

    cutRequested = Signal(object)
    lookLiked = Signal(int, str)
    enlargeRequested = Signal()
    wholeRequested = Signal(object, object)  # a Path, and the Cut of which all elements are to be written to it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tensor: TensorView | None = None
        self._current = False
        self._number = TextLabel(28, "text", QFont.Weight.DemiBold, mono=True)
        self._number.setWordWrap(True)
        self._heat = HeatImage()
        self._sheet = SheetImage()
        self._bars = VectorBars()
        self._planes = PlaneChooser()
        self._tools = self._made_actions()
        self._bar = TensorBar(self._tools)
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
        pictures = (self._heat, self._sheet, self._bars)
        for part in (self._number, *pictures, self._range, self._bar, self._planes, self._thinned, self._histogram):
            column.addWidget(part)
        column.addWidget(self._notice)
        self._bar.lookChosen.connect(self._choose_look)
        self._planes.planeRequested.connect(self._choose_plane)
        for picture in pictures:
            picture.cellRead.connect(self._read.setText)
        self.addActions(list(self._tools.values()))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for label in (self._number, self._least, self._read, self._most, self._thinned, self._notice):
            label.set_theme(theme)
        for part in (self._bar, self._planes, self._heat, self._sheet, self._bars, self._histogram):
            part.set_theme(theme)

    def set_highest(self, pixels: int) -> None:
        """So high a picture may become."""
        self._heat.set_highest(pixels)
        self._sheet.set_highest(pixels)
        self._bars.setFixedHeight(pixels // 2)

    def hide_enlarge(self) -> None:
        """It has a window of its own already."""
        self._bar.leave_out("enlarge")

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

    def text(self) -> str:
        """Numbers, the cell that is read, what is left out: all that it says."""
        labels = (self._number, self._least, self._read, self._most, self._thinned, self._notice)
        return "\n".join(label.text() for label in labels if label.isVisibleTo(self) and label.text())

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
        """The plane, sheet or pictures to a file, also what is left out on screen; a failure is told to the user."""
        if self._tensor is None:
            return
        if self._tensor.thinned and path.suffix.lower() in tensor_export.NUMBERS:
            self.wholeRequested.emit(path, self._tensor.cut)
            return
        try:
            tensor_export.save(self._tensor, path, self.picture())
        except (OSError, ValueError) as error:
            QMessageBox.warning(self, "Not saved", f"The tensor was not saved. {error}")

    def picture(self) -> QImage:
        """What is drawn, by itself; null where nothing is."""
        shown = [part for part in (self._heat, self._sheet, self._bars) if not part.isHidden()]
        return shown[0].picture() if shown else QImage()

    def _written(self, tensor: TensorView) -> str:
        if not 1 <= tensor.count <= FEW or tensor.cells.size != tensor.count:
            return ""
        return written_out(tensor.cells.ravel().tolist(), tensor.shape, tensor.dtype)

    def _arrange(self) -> None:
        """Show the parts that suit the tensor's rank."""
        self.setMinimumHeight(0)
        tensor, few = self._tensor, bool(self._number.text())
        drawn = tensor is not None and tensor.values.size > 0 and not few
        rank = tensor.rank if tensor is not None else 0
        self._number.setFont(font(28 if len(self._number.text()) < 14 else 15, QFont.Weight.DemiBold, mono=True))
        self._number.setVisible(few)
        tiled = tensor is not None and tensor.tiled
        for part, suits in (
            (self._heat, rank >= 2 and not tiled),
            (self._sheet, rank >= 2 and tiled),
            (self._bars, rank == 1),
        ):
            part.set_tensor(tensor if drawn and suits else None)
            part.setVisible(drawn and suits)
        self._bar.setVisible(drawn)
        self._planes.setVisible(False)
        self._range.setVisible(drawn)
        self._histogram.setVisible(drawn and tensor is not None and bool(tensor.histogram))
        if tensor is not None:
            self._fill(tensor)
            self._planes.setVisible(self._planes.isVisibleTo(self) and not few)
        self._thinned.setVisible(drawn and bool(self._thinned.text()))
        self._notice.setVisible(bool(self._notice.text()))
        for action in self.actions():
            action.setEnabled(tensor is not None and tensor.values.size > 0)
        self._tools["logarithm"].setEnabled(drawn and rank >= 2 and tensor is not None and not tensor.in_colour)

    def _fill(self, tensor: TensorView) -> None:
        self._bar.offer(tensor.shape, tensor.axes)
        self._planes.offer(tensor.shape, free_dimensions(tensor.axes, tensor.rank), tensor.plane)
        if tensor.summary is not None:
            self._least.setText(format_number(tensor.summary.minimum))
            self._most.setText(format_number(tensor.summary.maximum))
        self._histogram.set_counts(tensor.histogram, tensor.low, tensor.high)
        if tensor.count == 0:
            self._notice.setText("This tensor is empty: it has no elements.")
        self._thinned.setText(tensor_words.under_picture(tensor))

    def _choose_look(self, look: Look) -> None:
        if self._tensor is not None and look.axes != self._tensor.axes:
            rank = self._tensor.rank
            self.lookLiked.emit(rank, look.name)
            self.cutRequested.emit(Cut(look.axes, (0,) * len(free_dimensions(look.axes, rank))))

    def _choose_plane(self, plane: tuple[int, ...]) -> None:
        axes = self._tensor.axes if self._tensor is not None else ()
        self.cutRequested.emit(Cut(axes, plane))

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

    def _made_actions(self) -> dict[str, QAction]:
        """By their icons."""
        logarithm = QAction("Logarithmic colours", self)
        logarithm.setToolTip("Logarithmic colours: small numbers are told apart as well")
        logarithm.setCheckable(True)
        for picture in (self._heat, self._sheet):
            logarithm.toggled.connect(picture.set_logarithmic)
        copy = QAction("Copy values", self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.setToolTip("Copy the values shown, for a table or a text")
        copy.triggered.connect(self.copy)
        save = QAction("Save values as…", self)
        save.setToolTip("Save all values of this plane or sheet as .npy or .csv, or the picture as .png")
        save.triggered.connect(self._ask_and_save)
        enlarge = QAction("Open in a window", self)
        enlarge.setToolTip("Open in a window of its own, as large as you like, that follows from pause to pause")
        enlarge.triggered.connect(self.enlargeRequested)
        return {"logarithm": logarithm, "copy": copy, "save": save, "enlarge": enlarge}

    def _ask_and_save(self) -> None:
        kinds = {"NumPy array (*.npy)": ".npy", "Comma-separated values (*.csv)": ".csv", "Picture (*.png)": ".png"}
        name, kind = QFileDialog.getSaveFileName(self, "Save the values", "tensor.npy", ";;".join(kinds))
        if name:
            path = Path(name)
            self.save(path if path.suffix else path.with_suffix(kinds.get(kind, ".npy")))
