"""What is to be exported, in which format and colours; the file's name is asked for afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .fonts import text_font

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Format = Literal["svg", "png", "pdf", "graphml", "dot"]
Extent = Literal["whole", "view"]
Colours = Literal["window", "light", "dark"]
PICTURES: tuple[Format, ...] = ("svg", "png", "pdf")
_FORMATS: tuple[tuple[Format, str, str], ...] = (
    ("svg", "SVG, a drawing", "Sharp at any size; each card is a group with its name, the fonts are inside."),
    ("png", "PNG, pixels", "For a page or a message."),
    ("pdf", "PDF, one page", "For print and papers; texts stay texts."),
    ("graphml", "GraphML, data", "All nodes, edges and figures, unfolded: for networkx, Gephi, yEd."),
    ("dot", "DOT, data", "All nodes, edges and figures, unfolded, modules as clusters: for Graphviz."),
)
_EXTENTS: tuple[tuple[Extent, str], ...] = (
    ("whole", "The whole graph, folded as it is"),
    ("view", "What the canvas shows"),
)
_COLOURS: tuple[tuple[Colours, str], ...] = (("window", "As the window"), ("light", "Light"), ("dark", "Dark"))
_SCALES = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What the user wants; ``scale`` is for PNG only, ``extent`` and ``colours`` are for pictures."""

    format: Format = "svg"
    extent: Extent = "whole"
    colours: Colours = "window"
    scale: int = 2


class ExportDialog(QDialog):
    """Calls ``accept`` with the choice."""

    def __init__(self, parent: QWidget, choice: ExportChoice, accept: Callable[[ExportChoice], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Export the graph")
        self.setMinimumWidth(440)
        self._accept = accept
        self.format = _box([(text, name) for name, text, _ in _FORMATS], choice.format, self)
        self.extent = _box([(text, name) for name, text in _EXTENTS], choice.extent, self)
        self.colours = _box([(text, name) for name, text in _COLOURS], choice.colours, self)
        self.scale = _box([(f"{scale} x", scale) for scale in _SCALES], choice.scale, self)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(10)
        rows = (("&Format", self.format), ("&Extent", self.extent), ("&Colours", self.colours), ("&Scale", self.scale))
        for label, box in rows:
            form.addRow(label, box)
        self.note = QLabel(self)
        self.note.setFont(text_font(12))
        self.note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        save = QPushButton("Export…", self)
        save.setDefault(True)
        buttons.addButton(save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addWidget(self.note)
        layout.addWidget(buttons)
        self.format.currentIndexChanged.connect(self._format_changed)
        self._format_changed()

    @property
    def choice(self) -> ExportChoice:
        """What stands in the fields."""
        boxes = (self.format, self.extent, self.colours, self.scale)
        return ExportChoice(*(box.currentData() for box in boxes))

    def _format_changed(self) -> None:
        chosen = self.format.currentData()
        self.extent.setEnabled(chosen in PICTURES)
        self.colours.setEnabled(chosen in PICTURES)
        self.scale.setEnabled(chosen == "png")
        self.note.setText(next(note for name, _, note in _FORMATS if name == chosen))

    def _accepted(self) -> None:
        choice = self.choice
        self.accept()
        self._accept(choice)


def _box(entries: Sequence[tuple[str, object]], chosen: object, parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    for text, data in entries:
        box.addItem(text, data)
    box.setCurrentIndex(box.findData(chosen))
    return box
