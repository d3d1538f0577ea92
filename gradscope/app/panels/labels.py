"""Labels that give way in a narrow window: the text is cut with an ellipsis and stays whole in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gradscope.app.fonts import text_font
from gradscope.app.painted import painted


class ElidedLabel(QLabel):
    """One line of plain text that may be narrower than it is long; with a fill it is a rounded badge.

    ``gap`` is room kept free at the right, where a layout gives none.
    """

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, mode: Qt.TextElideMode | None = None, gap: int = 0
    ) -> None:
        super().__init__(parent)
        self._fill: QColor | None = None
        self._ink = QColor()
        self._dot: QColor | None = None
        self._gap = gap
        self._mode = mode or Qt.TextElideMode.ElideRight
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def set_ink(self, ink: QColor, fill: QColor | None = None, dot: QColor | None = None) -> None:
        """Colour of the text, of a badge behind it, and of a dot before it."""
        self._ink, self._fill, self._dot = ink, fill, dot
        self.updateGeometry()
        self.update()

    def setText(self, text: str) -> None:
        """As QLabel's; the tooltip follows."""
        if text != self.text():
            super().setText(text)
            self.setToolTip(text)

    @property
    def _before(self) -> int:
        return (9 if self._fill is not None else 0) + (14 if self._dot is not None else 0)

    def sizeHint(self) -> QSize:
        """All of the text, with the badge around it."""
        metrics = self.fontMetrics()
        after = self._gap + (10 if self._fill is not None else 1)
        width = metrics.horizontalAdvance(self.text()) + 1
        return QSize(width + self._before + after, metrics.height() + 6)

    def minimumSizeHint(self) -> QSize:
        """Room for the dot and an ellipsis, no more."""
        return QSize(min(self.sizeHint().width(), self._before + 24), self.sizeHint().height())

    @painted
    def paintEvent(self, _: QPaintEvent) -> None:
        """Badge, dot, text."""
        if not self.text():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._fill is not None:
            painter.setBrush(self._fill)
            badge = QRect(0, 0, self.width(), min(self.height(), self.fontMetrics().height() + 6))
            badge.moveCenter(self.rect().center())
            painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2)
        if self._dot is not None:
            painter.setBrush(self._dot)
            painter.drawEllipse(QRect(self._before - 14, self.height() // 2 - 4, 9, 9))
        after = self._gap + (9 if self._fill is not None else 0)
        room = self.rect().adjusted(self._before, 0, -after, 0)
        text = self.fontMetrics().elidedText(self.text(), self._mode, room.width())
        painter.setPen(self._ink)
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()


def row_label(text: str) -> QLabel:
    """The name of a field in a form, as wide as all others of the panel."""
    label = QLabel(text)
    label.setFont(text_font(12))
    label.setFixedWidth(88)
    return label
