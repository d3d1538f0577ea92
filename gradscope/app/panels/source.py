"""The user's source: the line that training stands in, and the lines that belong to what is chosen."""

from __future__ import annotations

import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from gradscope.app.panels.source_editor import SourceEditor
from gradscope.app.panels.text_label import TextLabel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradscope.app.theme import Theme

EMPTY = "The training script appears here when it runs."


class SourcePanel(QWidget):
    """Tells ``lineHovered(file, line)`` (line -1 when the mouse leaves) and ``lineActivated(file, line)``.

    ``breakRequested(file, line)``: a breakpoint is to be set on a line, or taken away.
    """

    lineHovered = Signal(str, int)
    lineActivated = Signal(str, int)
    breakRequested = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = ""
        self._stamp: tuple[int, int] = (0, 0)
        self._running: tuple[str, int, str] | None = None
        self._stops: frozenset[tuple[str, int]] = frozenset()
        self._name = TextLabel(13, "text", QFont.Weight.DemiBold)
        self._where = TextLabel(12, "muted")
        self._editor = SourceEditor()
        self._missing = TextLabel(13, "muted")
        self._missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._missing.setWordWrap(True)
        self._missing.setMargin(24)
        self._missing.setText(EMPTY)
        self._line = QFrame()
        self._line.setFixedHeight(1)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 16, 8)
        head.addWidget(self._name)
        head.addStretch(1)
        head.addWidget(self._where)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._line)
        column.addLayout(self._stack, 1)  # before it holds anything: it shows what it is given, as a window if need be
        self._stack.addWidget(self._missing)
        self._stack.addWidget(self._editor)
        self._editor.lineHovered.connect(lambda line: self.lineHovered.emit(self._path, line))
        self._editor.lineActivated.connect(lambda line: self.lineActivated.emit(self._path, line))
        self._editor.breakRequested.connect(lambda line: self.breakRequested.emit(self._path, line))

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for part in (self._name, self._where, self._editor, self._missing):
            part.set_theme(theme)
        self._line.setStyleSheet(f"background: {theme.border}; border: none;")

    def show_file(self, path: str) -> None:
        """Show a file, read anew when it changed on disk; say so when it cannot be read. "" shows none."""
        stamp = _stamp(path)
        if (path, stamp) == (self._path, self._stamp) and path:
            return
        self._path, self._stamp = path, stamp
        self._name.setText(Path(path).name)
        self._name.setToolTip(path)
        text, trouble = _read(path)
        self._missing.setText(trouble)
        self._stack.setCurrentIndex(0 if trouble else 1)
        self._editor.set_text(text)
        self._light()

    def set_running(self, file: str, line: int, function: str) -> None:
        """Light the line that training stands in, opening its file; line -1 for none."""
        self._running = (file, line, function) if file and line > 0 else None
        if self._running is not None:
            self.show_file(file)
        self._light()

    def set_stops(self, places: frozenset[tuple[str, int]]) -> None:
        """Files and lines that have a breakpoint."""
        self._stops = places
        self._light()

    def _light(self) -> None:
        """The breakpoints of the file shown; the running line, where it stands in that file; else where it stands."""
        self._editor.set_stops(line for file, line in self._stops if _is_same(file, self._path))
        if self._running is None:
            self._where.setText("")
            self._editor.set_running(-1)
            return
        file, line, function = self._running
        inside = f", in {function}" if function and function != "<module>" else ""
        elsewhere = f"training is in {Path(file).name}, " if file != self._path else ""
        self._where.setText(f"{elsewhere}line {line}{inside}")
        self._editor.set_running(-1 if elsewhere else line)

    def set_marked(self, lines: Iterable[int]) -> None:
        """Mark the lines of the file shown that belong to what is chosen or hovered."""
        self._editor.set_marked(lines)

    def show_line(self, line: int) -> None:
        """Bring a line of the file shown into view."""
        self._editor.show_line(line)

    @property
    def path(self) -> str:
        """The file shown; "" for none."""
        return self._path

    @property
    def editor(self) -> SourceEditor:
        """The text itself."""
        return self._editor

    def text(self) -> str:
        """What the head says, or what stands in place of a file."""
        if self._stack.currentIndex() == 0:
            return self._missing.text()
        return f"{self._name.text()} {self._where.text()}".strip()


def _is_same(file: str, path: str) -> bool:
    """Whether a file that may be named by the end of its path is the one shown."""
    return file == path or Path(path).as_posix().endswith(f"/{file}")


def _stamp(path: str) -> tuple[int, int]:
    """Time and size by which a changed file is known; (0, 0) if there is none."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _read(path: str) -> tuple[str, str]:
    """The text of a file in the encoding that it declares, or "" and why it cannot be shown."""
    if not path:
        return "", EMPTY
    if path.startswith("<"):
        return "", f"{path} is not a file: this code was made while the script ran, so there is no source to show."
    try:
        with tokenize.open(path) as file:
            return file.read(), ""
    except FileNotFoundError:
        return "", f"{path} is not on this machine. The run goes on; only its source cannot be shown."
    except (OSError, SyntaxError, ValueError) as error:
        return "", f"{path} could not be read: {error}. The run goes on; only its source cannot be shown."
