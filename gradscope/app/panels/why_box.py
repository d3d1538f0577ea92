"""Why a node has no gradient: one sentence, the line at fault as a link, what to do, and the path to show."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from gradscope.app.panels.text_label import LinkButton, TextLabel, font
from gradscope.graph.why import Why, why_no_gradient

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

# Where nothing is missing, or nobody would ask.
UNASKED = frozenset({"present", "not_yet", "no_backward", "input", "nonfinite", "captured"})
TITLE = "Why has this no gradient?"
_TITLES = {"zero": "Why is this gradient zero?", "zero_root": "Why is this gradient zero?"}
_TITLES |= {"tiny": "Why is this gradient so small?", "data_write": "What is wrong with this gradient?"}


class WhyBox(QFrame):
    """Hidden where there is nothing to explain. Tells the line, and the nodes of the path."""

    sourceRequested = Signal(str, int)
    pathRequested = Signal(object)  # tuple of node ids

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("whyBox")
        self._why: Why | None = None
        self._title = TextLabel(13, "cut", QFont.Weight.DemiBold)
        self._sentence = TextLabel(12, "text")
        self._fix = TextLabel(12, "muted")
        self._link = LinkButton()
        self._show = QPushButton("Show the path")
        self._show.setFont(font(12))
        self._show.setToolTip("Ring the nodes between this one and the place where its gradient is lost")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(6)
        for label in (self._sentence, self._fix):
            label.setWordWrap(True)
        for part in (self._title, self._sentence, self._link, self._fix):
            column.addWidget(part)
        column.addWidget(self._show, 0, Qt.AlignmentFlag.AlignLeft)
        self._link.clicked.connect(self._follow)
        self._show.clicked.connect(lambda: self.pathRequested.emit(self._why.path if self._why is not None else ()))
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        self.setStyleSheet(
            f"#whyBox {{ background: {theme.panel}; border: none; border-left: 3px solid {theme.cut};"
            f" border-radius: 4px; }}"
            f"QPushButton {{ border: 1px solid {theme.border}; border-radius: 5px; padding: 3px 10px;"
            f" background: {theme.raised}; color: {theme.text}; }}"
            f"QPushButton:hover, QPushButton:focus {{ border-color: {theme.accent}; }}"
        )
        for part in (self._title, self._sentence, self._fix, self._link):
            part.set_theme(theme)

    def show_node(self, state: RunState, graph: GraphSnapshot, node: int) -> None:
        """Explain this node's gradient; hidden where it has one."""
        why = why_no_gradient(state, graph, node)
        self.setVisible(why.reason not in UNASKED)
        if why == self._why:
            return
        self._why = why
        self._title.setText(_TITLES.get(why.reason, TITLE))
        self._sentence.setText(why.sentence)
        self._fix.setText(why.fix)
        self._fix.setVisible(bool(why.fix))
        self._show.setVisible(len(why.path) > 1)
        self._link.setVisible(why.source is not None and why.source.line > 0)
        if why.source is not None:
            self._link.show_link(f"{PurePath(why.source.file).name}:{why.source.line}")
            self._link.setToolTip(f"Show {why.source.file}, line {why.source.line}")

    def text(self) -> str:
        """All it says, "" while it is hidden."""
        if self.isHidden() or self._why is None:
            return ""
        link = [self._link.text()] if not self._link.isHidden() else []
        return "\n".join([self._title.text(), self._why.sentence, *link, self._why.fix])

    def _follow(self) -> None:
        if self._why is not None and self._why.source is not None:
            self.sourceRequested.emit(self._why.source.file, self._why.source.line)
