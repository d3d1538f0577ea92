"""What came of exporting a model: the file, its inputs and outputs, and how far onnxruntime is from PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QProgressBar, QVBoxLayout, QWidget

from gradscope.app.panels.figure_table import FigureTable
from gradscope.app.panels.text_label import TextLabel

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.session.onnx_check import OnnxCheck
    from gradscope.wire.messages import OnnxArray, OnnxTold

AGREES = 1e-4  # of the largest element: what float32 leaves after other kernels have summed in another order
HEADINGS = (
    ("name", "How the file calls it"),
    ("kind", "Given to the model, or answered by it"),
    ("shape", "Its shape, fixed in the file to that of this iteration"),
    ("dtype", "The type of its elements"),
    ("max |difference|", "The largest difference between onnxruntime and PyTorch, on the inputs of this iteration"),
    ("relative", "The same against the largest element"),
)


class OnnxDialog(QDialog):
    """Told by ``set_told`` and then ``set_check``; stands beside the window while training goes on."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export to ONNX")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._told: OnnxTold | None = None
        self.verdict, self.words = TextLabel(14, "text", QFont.Weight.DemiBold), TextLabel(12, "muted")
        for label in (self.verdict, self.words):
            label.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = FigureTable("Inputs and outputs of the file", HEADINGS, (150, 70, 150, 80, 130, 90))
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        for part in (self.verdict, self.words, self.progress, self.table, buttons):
            column.addWidget(part)
        self.resize(760, 340)
        for part in (self.verdict, self.words, self.table):
            part.set_theme(theme)
        self.verdict.setText("Exporting…")
        self.words.setText("A copy of the model is written in evaluation mode. The training is not touched.")

    def set_told(self, told: OnnxTold) -> None:
        """The training process has written the file, or says why not."""
        self._told = told
        if not told.ok:
            self.set_failure(told.why)
            return
        self.verdict.setText("Written. Checking it with onnxruntime…")
        self.words.setText(self._written())
        self.table.set_rows(_rows(told, None))

    def set_failure(self, why: str) -> None:
        """Nothing was written."""
        self.progress.hide()
        self.verdict.setText("The model could not be exported")
        self.words.setText(why)

    def set_check(self, check: OnnxCheck) -> None:
        """How far onnxruntime is from PyTorch, or why that is not known."""
        if self._told is None:
            return
        self.progress.hide()
        words = self._written()
        if check.why:
            self.verdict.setText("Written, not checked" if check.install else "Written, but it could not be run")
            remedy = f" To check it, run\n{check.install}\nand export again." if check.install else ""
            self.words.setText(f"{words}\n{check.why}{remedy}")
            return
        agrees = check.relative <= AGREES
        self.verdict.setText("The file answers as PyTorch does" if agrees else "The file and PyTorch disagree")
        hint = (
            "" if agrees else " Part of the model does not follow its inputs: look for Python branches in its forward."
        )
        self.words.setText(
            f"{words}\nChecked with onnxruntime {check.version} on the inputs of this iteration: the largest difference"
            f" is {check.largest:.3g}, {check.relative:.3g} of the largest element.{hint}"
        )
        self.table.set_rows(_rows(self._told, check))

    def text(self) -> str:
        """Verdict and words."""
        return f"{self.verdict.text()}\n{self.words.text()}"

    def _written(self) -> str:
        told = self._told
        if told is None:
            return ""
        size = f"{told.size / 1024:,.0f} KiB" if told.size < 1 << 20 else f"{told.size / (1 << 20):,.1f} MiB"
        return (
            f"{told.model} in evaluation mode, {size}, by torch's {told.exporter} exporter in {told.seconds:.1f} s."
            f" The training was not touched.\n{told.path}"
        )


def _rows(told: OnnxTold, check: OnnxCheck | None) -> list[tuple[str | float | None, ...]]:
    found = {one.name: one for one in check.outputs} if check is not None else {}

    def row(one: OnnxArray, kind: str) -> tuple[str | float | None, ...]:
        difference = found.get(one.name) if kind == "output" else None
        figures = (difference.largest, difference.relative) if difference is not None else (None, None)
        return (one.name, kind, ", ".join(map(str, one.shape)) or "()", one.dtype, *figures)

    return [*(row(one, "input") for one in told.inputs), *(row(one, "output") for one in told.outputs)]
