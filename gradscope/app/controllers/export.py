"""The graph on screen as a file or on the clipboard: written on a thread, so that training and window go on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from gradscope.app import dialogs
from gradscope.app.export_dialog import PICTURES, ExportChoice, ExportDialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from gradscope.app.background import Background
    from gradscope.app.canvas.widget import GraphCanvas
    from gradscope.app.window import MainWindow
    from gradscope.export.svg import PictureStyle, SvgPicture
    from gradscope.graph.fold import FoldState
    from gradscope.graph.marks import Marks

CLIPBOARD_SCALE = 2


class ExportController(QObject):
    """Handlers of File > Export and Edit > Copy picture."""

    def __init__(
        self, window: MainWindow, canvas: GraphCanvas, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._canvas, self._background = window, canvas, background
        self._choice = ExportChoice()
        self._fold: FoldState | None = None

    def set_fold(self, fold: FoldState) -> None:
        """What is open, for the heading of a picture."""
        self._fold = fold

    def export(self) -> None:
        """Ask what and where, then write it."""
        if self._canvas.marks is not None:
            ExportDialog(self._window, self._choice, self._ask_name).open()

    def copy_picture(self) -> None:
        """What the canvas shows to the clipboard, as pixels and as SVG."""
        marks = self._canvas.marks
        if marks is None:
            return
        draw = self._drawing(marks, ExportChoice(extent="view"))

        def work() -> tuple[SvgPicture, QImage]:
            from gradscope.export.raster import png_image

            picture = draw()
            return picture, png_image(picture, CLIPBOARD_SCALE)

        self._background.run(work, lambda made: self._to_clipboard(*made), self._failed)

    def write(self, choice: ExportChoice, path: Path) -> None:
        """Write what is on screen now to a file."""
        marks = self._canvas.marks
        if marks is None:
            return
        make = self._making(marks, choice)
        self._window.status.set_message(f"writing {path.name}…")
        self._background.run(lambda: path.write_bytes(make()), lambda _: self._written(path), self._failed)

    def _ask_name(self, choice: ExportChoice) -> None:
        self._choice = choice
        ending = choice.format
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export the graph", f"graph.{ending}", f"{ending.upper()} (*.{ending})"
        )
        if name:
            path = Path(name)
            self.write(choice, path if path.suffix else path.with_suffix(f".{ending}"))

    def _making(self, marks: Marks, choice: ExportChoice) -> Callable[[], bytes]:
        """The file's content as a function that needs neither window nor canvas any more."""
        state, graph = marks.state, marks.graph
        if choice.format not in PICTURES:

            def data() -> bytes:
                from gradscope.export.dot import export_dot
                from gradscope.export.graphml import export_graphml

                text = export_graphml(state, graph) if choice.format == "graphml" else export_dot(graph, None, state)
                return text.encode()

            return data
        draw = self._drawing(marks, choice)

        def picture() -> bytes:
            from gradscope.export.raster import pdf_bytes, png_bytes

            drawn = draw()
            if choice.format == "svg":
                return drawn.text.encode()
            return pdf_bytes(drawn, "GradScope") if choice.format == "pdf" else png_bytes(drawn, choice.scale)

        return picture

    def _drawing(self, marks: Marks, choice: ExportChoice) -> Callable[[], SvgPicture]:
        from gradscope.export.svg import svg_picture

        scene, style = self._canvas.scene, self._style(marks, choice)
        if scene is None:
            raise LookupError("there are marks, so there is a scene")
        return lambda: svg_picture(scene, marks, style)

    def _style(self, marks: Marks, choice: ExportChoice) -> PictureStyle:
        from gradscope.export.picture import heading
        from gradscope.export.svg import PictureStyle

        camera = self._canvas.camera
        theme = self._window.theme.name if choice.colours == "window" else choice.colours
        title, detail = heading(marks.state, marks.graph, self._fold)
        if choice.extent == "whole":
            return PictureStyle(theme, title, detail)
        return PictureStyle(theme, title, detail, camera.scene_rect, camera.zoom)

    def _to_clipboard(self, picture: SvgPicture, image: QImage) -> None:
        data = QMimeData()
        data.setImageData(image)
        data.setData("image/svg+xml", picture.text.encode())
        QGuiApplication.clipboard().setMimeData(data)
        self._window.status.set_message("picture copied")

    def _written(self, path: Path) -> None:
        self._window.status.set_message(f"wrote {path}")

    def _failed(self, error: BaseException) -> None:
        self._window.status.set_message("")
        dialogs.show_error(self._window, "The picture could not be made.", error)
