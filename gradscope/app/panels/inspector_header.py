"""Who the selected node is: role, title, operation, module, source line, and what its result looks like."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from gradscope.app.panels.stack_button import StackButton
from gradscope.app.panels.text_label import Badge, ElidedLabel, LinkButton, TextLabel, font, spaced_shape
from gradscope.graph.snapshot import Kind, Role

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.snapshot import GraphSnapshot, Source

_ROLES = {
    Role.LEAF: ("leaf", "A leaf: gradients end here and are kept in .grad"),
    Role.INTERMEDIATE: ("intermediate", "Made by an operation on the way; torch frees its gradient after use"),
    Role.ROOT: ("root", "The tensor that backward() is called on: backward begins here, with g = 1"),
    Role.INPUT: ("input", "Feeds the graph and takes no gradient"),
    Role.UNTRACKED: ("untracked", "Its result has no grad_fn: no gradient passes here"),
}

_TIMES = (
    "By the clock of the host, without GradScope's own work and pauses; on an accelerator until the work was started"
)
_UNBROKEN = "\N{NO-BREAK SPACE}"
_LEAST_TITLE = 150  # pixels, a dozen letters: the operation beside it gives way first


class InspectorHeader(QWidget):
    """``sourceRequested`` tells file and line of the link; ``outputRequested`` which output is looked at."""

    sourceRequested = Signal(str, int)
    outputRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: Source | None = None
        self._role, self._held = Badge(), Badge()
        self._is_leaf = TextLabel(11, "muted", mono=True)
        self._title = ElidedLabel(18, "text", QFont.Weight.DemiBold, least=_LEAST_TITLE)
        self._op = ElidedLabel(12, "muted", mono=True)
        self._module = ElidedLabel(12, "muted")
        self._link, self._stack = LinkButton(), StackButton()
        self._facts = TextLabel(12, "muted", mono=True)
        self._outputs = QComboBox()
        self._outputs.setFont(font(12, mono=True))
        self._outputs.setAccessibleName("Output of the operation")
        self._facts.setWordWrap(True)
        self._held.wear("paused here", "halo_text", "halo_soft")
        self._held.setToolTip("Training is held right before this node: it has its gradient and has not run")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for row in (
            (self._role, self._held, self._is_leaf),
            (self._title, self._op),
            (self._module, self._link, self._stack),
        ):
            column.addLayout(_row(*row))
        self._ties = TextLabel(12, "muted")
        self._ties.setWordWrap(True)
        facts = QHBoxLayout()
        facts.addWidget(self._facts, 1)
        facts.addWidget(self._outputs)
        self._times = TextLabel(12, "muted")
        self._times.setWordWrap(True)
        self._times.setToolTip(_TIMES)
        column.addLayout(facts)
        column.addWidget(self._times)
        column.addWidget(self._ties)
        for label in (self._times, self._ties):
            label.setVisible(False)
        self._link.clicked.connect(self._follow)
        self._stack.sourceRequested.connect(self.sourceRequested)
        self._outputs.currentIndexChanged.connect(self.outputRequested)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for part in (self._role, self._held, self._is_leaf, self._title, self._op, self._module, self._link):
            part.set_theme(theme)
        self._stack.set_theme(theme)
        self._facts.set_theme(theme)
        self._times.set_theme(theme)
        self._ties.set_theme(theme)

    def set_ties(self, text: str) -> None:
        """Lines on who made the node, what it made, and hooks; "" for none."""
        self._ties.setText(text)
        self._ties.setVisible(bool(text))

    def set_times(self, text: str) -> None:
        """Lines on what it took in backward and in the forward; "" where nobody measured."""
        self._times.setText(text)
        self._times.setVisible(bool(text))

    def set_held(self, held: bool) -> None:
        """Whether training is held right before this node."""
        self._held.setVisible(held)

    def show_node(self, graph: GraphSnapshot, node: int, output: int, aliases: tuple[str, ...] = ()) -> None:
        """Introduce a node. ``aliases``: what else a leaf is called, in a tied layer or inside of a wrapper."""
        word, tip = _ROLES[graph.role(node)]
        frozen = bool(graph.nodes["frozen"][node] == 1)
        self._role.wear("frozen" if frozen else word, word, f"{word}_fill" if word != "untracked" else "input_fill")
        self._role.setToolTip("A parameter that takes no gradient: requires_grad is False" if frozen else tip)
        self._is_leaf.setText(f"is_leaf {graph.kind(node) != Kind.OP}")
        self._is_leaf.setToolTip("torch's own is_leaf: True as well for every tensor that takes no gradient")
        self._title.setText(graph.text(node, "title"))
        self._title.setToolTip("\n".join((self._title.text(), *(f"also {name}" for name in aliases))))
        self._op.setText(graph.text(node, "op"))
        call = graph.call(node)
        self._module.setText(f"{call.label}  {call.type}" if call is not None and call.module else _model(graph, node))
        self._module.setVisible(bool(self._module.text()))
        self._show_source(graph.source(node))
        self._stack.set_stack(graph.stack(node))
        self._show_outputs(graph, node, output)

    def texts(self) -> list[str]:
        """Every text shown, from the badge to the facts."""
        labels = (self._role, self._title, self._op, self._module, self._link, self._facts)
        further = (self._times, self._ties, self._is_leaf)
        return [label.text() for label in (*labels, *further) if label.text()]

    def is_held(self) -> bool:
        """Whether it says "paused here"."""
        return not self._held.isHidden()

    def _show_source(self, source: Source | None) -> None:
        self._source = source
        self._link.setVisible(source is not None)
        if source is not None:
            where = f" in {source.function}" if source.function and source.function != "<module>" else ""
            self._link.show_link(f"{PurePath(source.file).name}:{source.line}{where}")
            self._link.setToolTip(f"Show {source.file}, line {source.line}")

    def _show_outputs(self, graph: GraphSnapshot, node: int, output: int) -> None:
        outputs = graph.node_outputs(node)
        self._facts.setVisible(bool(outputs))
        self._outputs.setVisible(len(outputs) > 1)
        if not outputs:
            return
        shown = outputs[min(output, len(outputs) - 1)]
        parts = [f"shape {spaced_shape(shown.shape)}", shown.dtype, shown.device]
        if len(outputs) == 1 and graph.kind(node) == Kind.OP:
            parts.append("output 0")
        # A part is not torn at the end of a line.
        self._facts.setText("   ".join(part.replace(" ", _UNBROKEN) for part in parts if part))
        with QSignalBlocker(self._outputs):
            self._outputs.clear()
            self._outputs.addItems([f"output {index}" for index in range(len(outputs))])
            self._outputs.setCurrentIndex(min(output, len(outputs) - 1))

    def _follow(self) -> None:
        if self._source is not None:
            self.sourceRequested.emit(self._source.file, self._source.line)


def _model(graph: GraphSnapshot, node: int) -> str:
    call = graph.call(node)
    return call.type if call is not None else ""


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
