"""PNG and PDF from a picture's SVG, by Qt: the SVG writer alone decides what a picture looks like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gradscope.resources import resource

if TYPE_CHECKING:
    from PySide6.QtGui import QGuiApplication, QImage
    from PySide6.QtSvg import QSvgRenderer

    from .svg import SvgPicture

SCALES = (1, 2, 4)
LONGEST_SIDE = 32_000  # pixels; Qt's painter and most viewers end at 32,767
MOST_PIXELS = 400_000_000  # 1.6 GB of memory
_POINTS_PER_PIXEL = 0.75  # a picture's pixel is 1/96 inch
_LONGEST_PAGE = 14_400.0  # points: the largest page of the PDF standard
_STYLE = re.compile("<style>.*?</style>")
_FONTS = ("Inter-Regular.otf", "Inter-SemiBold.otf", "JetBrainsMono-Regular.ttf")


class PictureSizeError(Exception):
    """A picture of so many pixels cannot be made. The message says what to do."""


def png_image(picture: SvgPicture, scale: int = 1) -> QImage:
    """The picture in pixels.

    Raises:
        PictureSizeError: it would have more pixels than can be painted.
    """
    from PySide6.QtGui import QImage, QPainter

    width, height = round(picture.width * scale), round(picture.height * scale)
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise PictureSizeError(
            f"A picture of {width:,} x {height:,} pixels is too large; fold the graph, choose a smaller scale, or SVG"
        )
    owner = _qt()
    image = QImage(width, height, QImage.Format.Format_RGB32)
    if image.isNull():
        raise PictureSizeError(f"There is no memory for {width:,} x {height:,} pixels; choose a smaller scale, or SVG")
    image.fill(0xFFFFFFFF)
    renderer = _renderer(picture)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    renderer.render(painter)
    painter.end()
    image.setDotsPerMeterX(round(scale * 96 / 0.0254))
    image.setDotsPerMeterY(round(scale * 96 / 0.0254))
    del owner
    return image


def png_bytes(picture: SvgPicture, scale: int = 1) -> bytes:
    """The picture as a PNG file; see ``png_image``."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice

    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    png_image(picture, scale).save(buffer, "PNG")  # type: ignore[call-overload]  # PySide6 lists one device type only
    buffer.close()
    return bytes(data.data())


def pdf_bytes(picture: SvgPicture, title: str) -> bytes:
    """The picture as a PDF of one page of its size, texts as letters that can be searched."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF
    from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

    owner = _qt()
    wide, high = picture.width * _POINTS_PER_PIXEL, picture.height * _POINTS_PER_PIXEL
    shrink = min(1.0, _LONGEST_PAGE / max(wide, high))
    size = QPageSize(
        QSizeF(wide * shrink, high * shrink), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch
    )
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("GradScope")
    writer.setResolution(1200)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    painter = QPainter(writer)
    _renderer(picture).render(painter, QRectF(0, 0, writer.width(), writer.height()))
    painter.end()
    buffer.close()
    del owner
    return bytes(data.data())


def _renderer(picture: SvgPicture) -> QSvgRenderer:
    from PySide6.QtCore import QByteArray
    from PySide6.QtSvg import QSvgRenderer

    # Qt takes a list of families for one name and knows no fonts inside a document; it has ours from files.
    text = _STYLE.sub("", picture.text, count=1).replace(", sans-serif", "").replace(", monospace", "")
    return QSvgRenderer(QByteArray(text.encode()))


def _qt() -> QGuiApplication:
    """The application that fonts and painting need: the window's, or one that needs no display."""
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtGui import QFontDatabase, QGuiApplication

    running = QCoreApplication.instance()
    if not isinstance(running, QGuiApplication):
        running = QGuiApplication(["gradscope", "-platform", "offscreen"])
    if not {"Inter", "JetBrains Mono"} <= set(QFontDatabase.families()):
        for name in _FONTS:
            QFontDatabase.addApplicationFont(str(resource("fonts", name)))
    return running
