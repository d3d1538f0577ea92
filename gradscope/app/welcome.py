"""The page of a window without a run: what to open, what was open last, and the keys that matter."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from .first_keys import FIRST_KEYS
from .fonts import mono_font, text_font
from .icons import application_icon, icon
from .theme import LIGHT, Theme

if TYPE_CHECKING:
    from collections.abc import Sequence

# action id, icon, title, detail
_STARTS = (
    ("file.demo", "lesson", "Two spirals", "A first lesson: a small network, stepped from its first forward"),
    ("file.line", "lesson", "A line in ten lines", "y = w*x + b by hand: leaf, intermediate, root and the chain rule"),
    ("file.new", "new", "New training…", "Data, model, loss and optimizer from a form; it writes a plain script"),
    ("file.run", "script", "Run a training command…", "train.py with its arguments, or -m package.train"),
    (
        "file.open",
        "open",
        "Open a script or recording…",
        "A .py to train with, a .gscope of an earlier run, a table to learn from; or drop it here",
    ),
)


class _StartButton(QPushButton):
    """An icon, a title in bold and a line of what it does."""

    def __init__(self, title: str, detail: QLabel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail.text())
        self.picture = QLabel(self)
        name = QLabel(title, self)
        name.setFont(text_font(13, QFont.Weight.DemiBold))
        detail.setParent(self)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(name)
        words.addWidget(detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(16)
        row.addWidget(self.picture)
        row.addLayout(words, 1)
        for label in (self.picture, name, detail):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()


class WelcomePage(QScrollArea):
    """Tells which action was chosen, or which recent file."""

    actionRequested = Signal(str)
    fileRequested = Signal(str)
    lessonRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._theme = LIGHT
        self._muted: list[QLabel] = []
        self._starts: list[tuple[_StartButton, str]] = []
        page = QWidget(self)
        self._recent_box = QVBoxLayout()
        self._recent_box.setSpacing(2)
        column = QWidget(page)
        column.setMaximumWidth(960)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(32, 28, 32, 28)
        inner.setSpacing(22)
        inner.addLayout(self._header(column))
        halves = QHBoxLayout()
        halves.setSpacing(40)
        halves.addLayout(self._start_column(column), 3)
        halves.addLayout(self._side_column(column), 2)
        inner.addLayout(halves)
        # Neither centred nor as wide as its words: the lessons come a moment later, and no button may move then.
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(column, 50)
        across.addStretch(1)
        outer = QVBoxLayout(page)
        outer.addLayout(across)
        outer.addStretch(1)
        self.setWidget(page)
        self.set_recent(())

    def set_theme(self, theme: Theme) -> None:
        """Colours and icons of the theme."""
        self._theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, theme.color("canvas"))
        self.setPalette(palette)
        self.setStyleSheet(
            f"QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            " border-radius: 8px; text-align: left; padding: 10px 14px; }"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"QPushButton:pressed {{ background: {theme.accent_soft}; }}"
            "QPushButton[flat='true'] { background: transparent; border: none; padding: 4px 0; }"
            f"QPushButton[flat='true']:hover, QPushButton[flat='true']:focus {{ color: {theme.accent}; }}"
        )
        for label in self._muted:
            self._mute(label)
        for button, name in self._starts:
            button.picture.setPixmap(icon(name, theme).pixmap(QSize(26, 26), self.devicePixelRatio()))

    def set_recent(self, paths: Sequence[str]) -> None:
        """Offer the files opened last."""
        while self._recent_box.count():
            item = self._recent_box.takeAt(0)
            widget = item.widget() if item is not None else None
            if isinstance(widget, QLabel):
                self._muted.remove(widget)
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for path in paths[:6]:
            button = QPushButton(_short(path), self)
            button.setFlat(True)
            button.setProperty("flat", "true")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setToolTip(path)
            button.clicked.connect(partial(self.fileRequested.emit, path))
            self._recent_box.addWidget(button)
        if not paths:
            self._recent_box.addWidget(self._muted_label("Scripts and recordings that you open are listed here.", self))

    def set_lessons(self, found: Sequence[tuple[str, str, str, bool]]) -> None:
        """Offer the lessons: topic, title, summary, and whether it was taken to its end."""
        while self._lesson_grid.count():
            item = self._lesson_grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        rows = -(-len(found) // 2)
        for place, (topic, title, summary, done) in enumerate(found):
            button = QPushButton(f"{'✓' if done else '·'}  {title}", self)
            button.setProperty("flat", "true")
            button.setFlat(True)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setToolTip(summary)
            button.setAccessibleDescription("taken to its end" if done else "not taken yet")
            button.setObjectName(f"lesson.{topic}")
            button.clicked.connect(partial(self.lessonRequested.emit, topic))
            self._lesson_grid.addWidget(button, place % rows, place // rows)
        self._lesson_heading.setVisible(bool(found))

    def recent_texts(self) -> list[str]:
        """The recent files as they are written."""
        items = (self._recent_box.itemAt(index) for index in range(self._recent_box.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget.text() for widget in widgets if isinstance(widget, QPushButton)]

    def _header(self, parent: QWidget) -> QHBoxLayout:
        mark = QLabel(parent)
        mark.setPixmap(application_icon().pixmap(QSize(56, 56)))
        title = QLabel("GradScope", parent)
        title.setFont(text_font(26, QFont.Weight.Bold))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(
            self._muted_label("Step through your PyTorch training and see every gradient on its way.", parent, 14)
        )
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addWidget(mark)
        row.addLayout(words, 1)
        return row

    def _start_column(self, parent: QWidget) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(_heading("Start", parent))
        for action_id, icon_name, title, detail in _STARTS:
            line = self._muted_label(detail, parent, 12)
            line.setWordWrap(False)
            button = _StartButton(title, line, parent)
            button.setObjectName(f"welcome.{action_id}")
            button.clicked.connect(partial(self.actionRequested.emit, action_id))
            self._starts.append((button, icon_name))
            column.addWidget(button)
        self._lesson_heading = _heading("Lessons", parent)
        self._lesson_heading.hide()
        self._lesson_grid = QGridLayout()
        self._lesson_grid.setHorizontalSpacing(18)
        self._lesson_grid.setVerticalSpacing(0)
        column.addSpacing(10)
        column.addWidget(self._lesson_heading)
        column.addLayout(self._lesson_grid)
        column.addStretch(1)
        return column

    def _side_column(self, parent: QWidget) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(_heading("Recent", parent))
        column.addLayout(self._recent_box)
        column.addSpacing(18)
        column.addWidget(_heading("Keys", parent))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(7)
        for row, (key, words) in enumerate(FIRST_KEYS):
            label = QLabel(key, parent)
            label.setFont(mono_font(12))
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            detail = self._muted_label(words, parent)
            detail.setWordWrap(True)
            grid.addWidget(detail, row, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addStretch(1)
        return column

    def _muted_label(self, text: str, parent: QWidget, pixels: int = 13) -> QLabel:
        label = QLabel(text, parent)
        label.setFont(text_font(pixels))
        label.setWordWrap(True)
        self._muted.append(label)
        self._mute(label)
        return label

    def _mute(self, label: QLabel) -> None:
        label.setStyleSheet(f"color: {self._theme.muted};")


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setFont(text_font(15, QFont.Weight.DemiBold))
    return label


def _short(path: str) -> str:
    """The file and the folder that it lies in."""
    file = Path(path)
    return f"{file.name}   in {file.parent.name}" if file.parent.name else file.name
