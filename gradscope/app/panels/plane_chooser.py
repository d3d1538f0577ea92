"""Which part of a tensor with three or more dimensions is looked at: one number and one slider a dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSlider, QSpinBox, QWidget

from gradscope.app.panels import look
from gradscope.app.panels.text_label import TextLabel, font

if TYPE_CHECKING:
    from gradscope.app.theme import Theme


class PlaneChooser(QWidget):
    """Tells ``planeRequested`` with the indices of the dimensions that it offers."""

    planeRequested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offered: tuple[tuple[int, int], ...] = ()  # dimension and size
        self._theme: Theme | None = None
        self._rows: list[tuple[TextLabel, QSpinBox, QSlider]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self.setStyleSheet(look.sliders(theme))
        for label, _, _ in self._rows:
            label.set_theme(theme)

    def offer(self, shape: tuple[int, ...], dimensions: tuple[int, ...], plane: tuple[int, ...]) -> None:
        """Offer some dimensions of ``shape``, standing at ``plane``, without telling anybody."""
        offered = tuple((dimension, shape[dimension]) for dimension in dimensions)
        if offered != self._offered:
            self._build(offered)
        for (_, spin, slider), index in zip(self._rows, plane, strict=False):
            with QSignalBlocker(spin), QSignalBlocker(slider):
                spin.setValue(index)
                slider.setValue(index)
        self.setVisible(bool(offered))

    def plane(self) -> tuple[int, ...]:
        """The indices chosen."""
        return tuple(spin.value() for _, spin, _ in self._rows)

    def _build(self, offered: tuple[tuple[int, int], ...]) -> None:
        for row in self._rows:
            for widget in row:
                self._grid.removeWidget(widget)
                widget.deleteLater()
        self._offered = offered
        self._rows = [self._row(line, dimension, size) for line, (dimension, size) in enumerate(offered)]

    def _row(self, line: int, dimension: int, size: int) -> tuple[TextLabel, QSpinBox, QSlider]:
        label, spin, slider = TextLabel(12, "muted"), QSpinBox(self), QSlider(Qt.Orientation.Horizontal, self)
        label.setText(f"dim {dimension}")
        if self._theme is not None:
            label.set_theme(self._theme)
        last = max(size - 1, 0)
        spin.setFont(font(12, mono=True))
        spin.setRange(0, last)
        spin.setSuffix(f" of {size}")
        spin.setToolTip(f"Index along dimension {dimension}, 0 to {last}")
        spin.setAccessibleName(f"Index along dimension {dimension}")
        slider.setRange(0, last)
        slider.setToolTip(spin.toolTip())
        slider.setAccessibleName(f"Index along dimension {dimension}")
        spin.valueChanged.connect(slider.setValue)
        slider.valueChanged.connect(spin.setValue)
        spin.valueChanged.connect(self._changed)
        for column, widget in enumerate((label, spin, slider)):
            self._grid.addWidget(widget, line, column)
            widget.show()
        return label, spin, slider

    def _changed(self) -> None:
        self.planeRequested.emit(self.plane())
