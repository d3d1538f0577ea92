"""The picture of a model's answers: a plane in the classes' colours, a curve, pictures with what they were taken for,
or answers beside targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradscope.app.painted import painted
from gradscope.palette import CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent

    from gradscope.app.theme import Theme
    from gradscope.graph.learned import LearnedView

Range = NDArray[np.float64]  # (2,) or (points, 2): across, up

_MARGIN = 28
_DOT = 3.2
_CAPTION = 16
_SMALLEST = 40  # pixels of a picture's side


def class_colour(number: int) -> QColor:
    """The colour of a class; they come round after the seventh."""
    return QColor(CLASSES[number % len(CLASSES)])


@dataclass(frozen=True, slots=True)
class Ground:
    """Where and with what a picture is painted."""

    painter: QPainter
    plane: QRectF
    theme: Theme
    images: list[QImage]


class LearnedPicture(QWidget):
    """Draws a ``LearnedView`` from images and points made when it was set."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._view: LearnedView | None = None
        self._images: list[QImage] = []
        self._font = QFont("Inter")
        self._font.setPixelSize(11)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.setAccessibleName("What the model has learned")

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self._theme = theme
        self._make_images()

    def set_view(self, view: LearnedView | None) -> None:
        """Show these answers."""
        self._view = view
        self._make_images()

    def sizeHint(self) -> QSize:
        """A square of the inspector's width."""
        return QSize(340, 300)

    def plane(self) -> QRectF:
        """Where the plane or the axes stand."""
        side = float(min(self.width(), self.height()))
        kind = self._view.told.kind if self._view is not None else "boundary"
        if kind == "pictures":
            return QRectF(self.rect())
        if kind != "boundary":
            return QRectF(_MARGIN + 12, 6, max(self.width() - _MARGIN - 18, 10), max(self.height() - _MARGIN - 6, 10))
        return QRectF((self.width() - side) / 2, 0, side, side)

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw what was made."""
        view, theme = self._view, self._theme
        if view is None or theme is None:
            return
        draw = _PAINTERS.get(view.told.kind)
        if draw is not None:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._font)
            draw(Ground(painter, self.plane(), theme, self._images), view)
            painter.end()

    def _make_images(self) -> None:
        self._images = []
        view, theme = self._view, self._theme
        if view is not None and theme is not None:
            if view.told.kind == "boundary":
                self._images = [_boundary_image(view, theme)]
            elif view.told.kind == "pictures":
                self._images = [_image(picture) for picture in view.pictures]
        self.update()


def _paint_boundary(ground: Ground, view: LearnedView) -> None:
    painter, plane, theme = ground.painter, ground.plane, ground.theme
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(plane, ground.images[0])
    x0, x1, y0, y1 = view.told.bounds
    for x, y, target, answer in view.examples.tolist():
        at = QPointF(plane.left() + (x - x0) / (x1 - x0) * plane.width(),
                     plane.bottom() - (y - y0) / (y1 - y0) * plane.height())  # fmt: skip
        wrong = target >= 0 and target != answer
        painter.setPen(QPen(theme.color("text") if wrong else theme.color("canvas"), 1.6 if wrong else 0.8))
        painter.setBrush(class_colour(int(target)) if target >= 0 else theme.color("muted"))
        painter.drawEllipse(at, _DOT, _DOT)


def _paint_curve(ground: Ground, view: LearnedView) -> None:
    painter, plane, theme = ground.painter, ground.plane, ground.theme
    everything = np.concatenate([view.grid, view.examples])
    to = _axes(painter, plane, everything, theme)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("faint"))
    for x, y in view.examples.tolist():
        painter.drawEllipse(to(x, y), 2.2, 2.2)
    painter.setPen(QPen(theme.color("accent"), 2.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([to(x, y) for x, y in view.grid.tolist()]))


def _paint_quantities(ground: Ground, view: LearnedView) -> None:
    painter, plane, theme = ground.painter, ground.plane, ground.theme
    to = _axes(painter, plane, view.examples, theme, same=True)
    low, high = float(view.examples.min()), float(view.examples.max())
    painter.setPen(QPen(theme.color("faint"), 1, Qt.PenStyle.DashLine))
    painter.drawLine(to(low, low), to(high, high))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("accent"))
    for target, answer in view.examples.tolist():
        painter.drawEllipse(to(target, answer), 2.4, 2.4)


def _paint_classes(ground: Ground, view: LearnedView) -> None:
    painter, plane, theme = ground.painter, ground.plane, ground.theme
    counts = view.confusion()
    size = len(counts)
    width, height = plane.width() / size, plane.height() / size
    most = max(int(counts.max()), 1)
    for row in range(size):
        for column in range(size):
            cell = QRectF(plane.left() + column * width, plane.top() + row * height, width - 2, height - 2)
            colour = theme.color("done" if row == column else "cut")
            colour.setAlphaF(0.08 + 0.75 * float(counts[row, column]) / most)
            painter.fillRect(cell, colour)
            if width > 26 and height > 14:
                painter.setPen(theme.color("text"))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(counts[row, column]))
    _axis_names(painter, plane, theme, "answer", "target")


def _paint_pictures(ground: Ground, view: LearnedView) -> None:
    painter, plane, theme = ground.painter, ground.plane, ground.theme
    # Fewer pictures, the first of them, rather than some that are too small to be made out.
    fitting = max(1, int(plane.width()) // 84) * max(1, int(plane.height()) // (_SMALLEST + _CAPTION))
    images = ground.images[:fitting]
    count = len(images)
    square = int(np.ceil(np.sqrt(count * plane.width() / plane.height())))
    columns = max(1, min(count, int(plane.width()) // 84, square))
    pitch = plane.width() / columns
    side = min(pitch, plane.height() / -(-count // columns) - _CAPTION)
    metrics = QFontMetricsF(painter.font())
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        box = QRectF(column * pitch + 3, row * (side + _CAPTION) + 2, side - 6, side - 6)
        painter.drawImage(box, image)
        target, answer, sure = view.examples[number].tolist()
        right = target == answer
        colour = theme.color("done" if right else "cut" if target >= 0 else "muted")
        painter.setPen(QPen(colour, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        name = _class_name(view, answer)
        words = f"{name} {sure:.0%}"
        if target >= 0 and not right:
            words = f"{name}, is {_class_name(view, target)}"
        below = QRectF(box.left(), box.bottom() + 1, pitch - 6, _CAPTION)
        if metrics.horizontalAdvance(words) > below.width():
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


_PAINTERS: dict[str, Callable[[Ground, LearnedView], None]] = {
    "boundary": _paint_boundary,
    "curve": _paint_curve,
    "quantities": _paint_quantities,
    "classes": _paint_classes,
    "pictures": _paint_pictures,
}


def _class_name(view: LearnedView, number: float) -> str:
    names = view.told.names
    return names[int(number)] if 0 <= number < len(names) else f"class {int(number)}"


def _boundary_image(view: LearnedView, theme: Theme) -> QImage:
    """Each cell in its class's colour, the surer the stronger, over the canvas's."""
    ground = np.array(_channels(theme.color("canvas")))
    classes = np.array([_channels(class_colour(number)) for number in range(len(CLASSES))])
    sure = np.clip(np.nan_to_num(view.grid[..., 1]), 0.0, 1.0)[..., None]
    colours = classes[view.grid[..., 0].astype(int) % len(CLASSES)]
    return _image(np.rint(ground + (colours - ground) * (0.12 + 0.5 * sure)).astype(np.uint8))


def _channels(colour: QColor) -> tuple[float, float, float]:
    return float(colour.red()), float(colour.green()), float(colour.blue())


def _image(pixels: NDArray[np.uint8]) -> QImage:
    rows, columns, _ = pixels.shape
    whole = np.ascontiguousarray(pixels)
    return QImage(whole.data, columns, rows, columns * 3, QImage.Format.Format_RGB888).copy()


def _axes(
    painter: QPainter,
    plane: QRectF,
    points: NDArray[np.float32],
    theme: Theme,
    same: bool = False,
) -> Callable[[float, float], QPointF]:
    """Draw a frame with the range of both axes; where a point (x, y) stands in it."""
    finite: Range = points[np.isfinite(points).all(axis=1)].astype(np.float64)
    low, high = (finite.min(axis=0), finite.max(axis=0)) if len(finite) else (np.zeros(2), np.ones(2))
    if same:
        low, high = np.full(2, low.min()), np.full(2, high.max())
    room = np.maximum((high - low) * 0.05, 1e-9)
    low, high = low - room, high + room
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(theme.color("canvas"))
    painter.drawRect(plane)
    painter.setPen(theme.color("muted"))
    flags = Qt.AlignmentFlag
    below = QRectF(plane.left(), plane.bottom() + 2, plane.width(), _CAPTION)
    painter.drawText(below, flags.AlignLeft, f"{low[0]:.3g}")
    painter.drawText(below, flags.AlignRight, f"{high[0]:.3g}")
    left = QRectF(0, plane.top(), plane.left() - 4, plane.height())
    painter.drawText(left, flags.AlignRight | flags.AlignTop, f"{high[1]:.3g}")
    painter.drawText(left, flags.AlignRight | flags.AlignBottom, f"{low[1]:.3g}")
    _axis_names(painter, plane, theme, *(("target", "answer") if same else ("input", "answer")))

    def to(x: float, y: float) -> QPointF:
        if not (np.isfinite(x) and np.isfinite(y)):
            return QPointF(-99, -99)
        across, up = (x - low[0]) / (high[0] - low[0]), (y - low[1]) / (high[1] - low[1])
        return QPointF(plane.left() + across * plane.width(), plane.bottom() - up * plane.height())

    return to


def _axis_names(painter: QPainter, plane: QRectF, theme: Theme, across: str, up: str) -> None:
    painter.setPen(theme.color("muted"))
    below = QRectF(plane.left(), plane.bottom() + 2, plane.width(), _CAPTION)
    painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, across)
    painter.save()
    painter.translate(12, plane.center().y())
    painter.rotate(-90)
    painter.drawText(QRectF(-60, -8, 120, _CAPTION), Qt.AlignmentFlag.AlignCenter, up)
    painter.restore()
