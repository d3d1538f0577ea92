"""Problems: what the doctor found, one a row, and the selected one in full: lines to click, evidence, what to do."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from gradscope.app.fonts import text_font
from gradscope.app.theme import LIGHT, Theme
from gradscope.doctor.findings import Finding, Place, text_of

from . import look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.doctor.report import Kept

EMPTY = "No problems found. What training or an exception gives reason to say appears here, with the lines at fault."
_INKS = {"error": "nonfinite", "warning": "halo", "note": "accent"}
_DOT = 10


class ProblemsPanel(QWidget):
    """Told by ``set_findings``; tells by signals which line, node or remedy is wanted."""

    lineRequested = Signal(str, int)
    nodeRequested = Signal(str, int)  # the graph's fingerprint, and the node
    restartRequested = Signal()
    detailRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._kept: list[Kept] = []
        self.list = QListWidget()
        self.list.setFont(text_font(12))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName("Problems found")
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text = QTextBrowser()
        self.text.setAccessibleName("Explanation")
        self.text.setFont(text_font(12))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.text.setAccessibleName("The selected problem")
        self.node = self._button("Show the node", "Select the node at fault in the graph")
        self.copy = self._button("Copy as text", "Copy this problem, with its lines and evidence")
        self.detail = self._button("Run again in detail", "Start the script again and look closely where this happened")
        self.restart = self._button("Restart", "Start the script again, as it is on the disk now")
        self._arrange()
        self._connect()
        self.set_theme(LIGHT)
        self.set_findings([])

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self.setStyleSheet(
            f"ProblemsPanel {{ background: {theme.window}; }}"
            f"QTextBrowser {{ background: {theme.window}; color: {theme.text}; }}"
            f"QListWidget {{ background: {theme.window}; color: {theme.text}; outline: none; }}"
            "QListWidget::item { padding: 5px 8px; border: none; }"
            f"QListWidget::item:selected {{ background: {theme.accent_soft}; color: {theme.text}; }}"
            f"QSplitter::handle {{ background: {theme.border}; }}" + look.buttons(theme)
        )
        for row, kept in enumerate(self._kept):
            self.list.item(row).setIcon(self._dot(kept.finding))
        self._show()

    def set_findings(self, kept: Sequence[Kept]) -> None:
        """Show these; the selected one stays selected."""
        chosen = self.selected
        key = chosen.finding.key if chosen is not None else None
        self._kept = list(kept)
        self.list.blockSignals(True)
        self.list.clear()
        for one in self._kept:
            item = QListWidgetItem(self._dot(one.finding), one.finding.title)
            item.setToolTip(one.finding.title)
            self.list.addItem(item)
        row = next((row for row, one in enumerate(self._kept) if one.finding.key == key), 0 if self._kept else -1)
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)
        self._show()

    def select(self, key: tuple[str, str]) -> None:
        """Select a finding by its key."""
        row = next((row for row, one in enumerate(self._kept) if one.finding.key == key), -1)
        if row >= 0:
            self.list.setCurrentRow(row)

    @property
    def selected(self) -> Kept | None:
        """The finding that is shown in full."""
        row = self.list.currentRow()
        return self._kept[row] if 0 <= row < len(self._kept) else None

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setFont(text_font(12))
        button.setToolTip(tip)
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(text) + 24)
        return button

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(10, 2, 10, 6)
        row.setSpacing(6)
        for button in (self.detail, self.restart, self.node, self.copy):
            row.addWidget(button)
        row.addStretch(1)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.text, 1)
        column.addLayout(row)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setHandleWidth(1)
        self._split.addWidget(self.list)
        self._split.addWidget(right)
        self._split.setStretchFactor(0, 2)
        self._split.setStretchFactor(1, 5)
        self._split.setChildrenCollapsible(False)
        self.list.setMinimumWidth(180)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 4, 0, 0)
        whole.addWidget(self._split)
        self.setFocusProxy(self.list)

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(lambda _row: self._show())
        self.list.itemActivated.connect(lambda _item: self._go_to_first())
        self.text.anchorClicked.connect(self._clicked)
        self.copy.clicked.connect(self._copy)
        self.node.clicked.connect(self._go_to_node)
        self.restart.clicked.connect(self.restartRequested)
        self.detail.clicked.connect(self.detailRequested)

    def _show(self) -> None:
        chosen = self.selected
        for button in (self.copy, self.node, self.restart, self.detail):
            button.setVisible(chosen is not None)
        self.list.setVisible(chosen is not None)
        if chosen is None:
            self.text.setHtml(f"<p style='color:{self._theme.muted}; margin:12px'>{EMPTY}</p>")
            return
        finding = chosen.finding
        self.node.setVisible(finding.node >= 0)
        self.detail.setVisible(finding.detail_helps)
        look.mark(self.detail, "next", finding.detail_helps)
        self.text.setHtml(self._html(chosen))

    def _html(self, kept: Kept) -> str:
        finding, theme = kept.finding, self._theme
        parts = [
            f"<div style='margin:4px 12px'><p><b style='font-size:14px'>{escape(finding.title)}</b></p>",
            f"<p>{escape(finding.sentence)}</p>",
        ]
        if finding.fix:
            parts.append(f"<p><b>To do:</b> {escape(finding.fix)}</p>")
        if finding.guess:
            parts.append(f"<p style='color:{theme.halo_text}'>A guess: read from the source, not seen to happen.</p>")
        rows = [self._line(one) for one in finding.places]
        if rows:
            parts.append(f"<table cellspacing='0' cellpadding='2'>{''.join(rows)}</table>")
        told = [(name, value) for name, value in finding.evidence]
        if kept.count > 1:
            told.append(("seen", f"in {kept.count} iterations, {kept.first} to {kept.last}"))
        cells = [
            f"<tr><td style='color:{theme.muted}; padding-right:14px'>{escape(name)}</td><td>{escape(value)}</td></tr>"
            for name, value in told
        ]
        if cells:
            parts.append(f"<p></p><table cellspacing='0' cellpadding='2'>{''.join(cells)}</table>")
        return "".join(parts) + "</div>"

    def _line(self, one: Place) -> str:
        theme = self._theme
        link = QUrl.fromLocalFile(one.file)
        link.setFragment(str(one.line))
        target = escape(link.toString(), quote=True)
        return (
            f"<tr><td style='padding-right:12px'><a href='{target}' style='color:{theme.accent}'>"
            f"{escape(one.short)}</a></td>"
            f"<td style='font-family:\"JetBrains Mono\"; padding-right:14px'>{escape(one.source)}</td>"
            f"<td style='color:{theme.muted}'>{escape(one.note)}</td></tr>"
        )

    def _dot(self, finding: Finding) -> QIcon:
        picture = QPixmap(_DOT, _DOT)
        picture.fill(QColor(0, 0, 0, 0))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(self._theme.color(_INKS[finding.severity])))
        painter.drawEllipse(0, 0, _DOT, _DOT)
        painter.end()
        return QIcon(picture)

    def _clicked(self, link: QUrl) -> None:
        fragment = link.fragment()
        link.setFragment("")
        self.lineRequested.emit(link.toLocalFile(), int(fragment or 1))

    def _go_to_first(self) -> None:
        chosen = self.selected
        if chosen is not None and chosen.finding.places:
            first = chosen.finding.places[0]
            self.lineRequested.emit(first.file, first.line)

    def _go_to_node(self) -> None:
        chosen = self.selected
        if chosen is not None:
            self.nodeRequested.emit(chosen.finding.fingerprint, chosen.finding.node)

    def _copy(self) -> None:
        chosen = self.selected
        if chosen is not None:
            QGuiApplication.clipboard().setText(text_of(chosen.finding))
