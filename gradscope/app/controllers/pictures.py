"""Saving what a view shows as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gradscope.app.canvas.widget import GraphCanvas

SCALE = 2


def save_canvas(canvas: GraphCanvas) -> None:
    """Ask for a file name and write the canvas as it is seen."""
    name, _ = QFileDialog.getSaveFileName(canvas.window(), "Save the graph as a picture", "graph.png", "PNG (*.png)")
    if name:
        path = Path(name)
        picture_of(canvas).save(str(path if path.suffix else path.with_suffix(".png")))


def picture_of(widget: QWidget) -> QImage:
    """The widget, drawn at twice its size in pixels."""
    image = QImage(widget.size() * SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    widget.render(image)
    return image
