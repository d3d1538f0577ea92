"""The canvas and what stands around it: breadcrumb, heat selector, legends and the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from gradscope.app.painted import painted
from gradscope.graph.heat_figures import HEAT

from .arranging import ArrangingBanner
from .corners import MARGIN, Corners
from .heat import HEAT_MODES
from .widget import GraphCanvas

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from gradscope.app.theme import Theme
    from gradscope.graph.heat import HeatMode

_TOP = 48  # pixels that breadcrumb and heat modes take of the upper side
_STYLE = """
QPushButton#heat {{ background: {raised}; color: {text}; border: 1px solid {border}; border-radius: 5px;
  font-family: "Inter"; font-size: 12px; padding: 4px 8px; min-width: 44px; }}
QPushButton#heat:hover {{ border-color: {accent}; }}
QPushButton#heat:focus {{ border-color: {accent}; }}
QPushButton#heat:disabled {{ color: {muted}; border-style: dashed; }}
QPushButton#heat:checked {{ background: {accent}; color: {accent_text}; border-color: {accent}; font-weight: 600; }}
QWidget#breadcrumb {{ background: {canvas}; border-radius: 4px; }}
QToolButton#crumb {{ background: transparent; border: none; color: {muted}; font-family: "Inter"; font-size: 12px;
  padding: 2px 3px; border-radius: 3px; }}
QToolButton#crumb:hover {{ color: {accent}; }}
QToolButton#crumb:focus {{ color: {accent}; }}
QToolButton#narrowed {{ background: {accent_soft}; border: 1px solid {accent}; color: {text}; font-family: "Inter";
  font-size: 12px; padding: 2px 7px; border-radius: 8px; }}
QToolButton#narrowed:hover {{ color: {accent}; }}
QToolButton#narrowed:focus {{ color: {accent}; }}
QLabel#crumbMark {{ color: {faint}; font-family: "Inter"; font-size: 12px; }}
"""


class Breadcrumb(QWidget):
    """The calls around what is selected, outermost first; each can be pressed."""

    crumbRequested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._texts: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self.setObjectName("breadcrumb")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def set_crumbs(self, texts: tuple[str, ...], narrowed: tuple[str, ...] = ()) -> None:
        """Show other calls, and behind them what the view is narrowed to, which the last crumb takes back."""
        if (texts, narrowed) == self._texts:
            return
        self._texts = (texts, narrowed)
        while (entry := self._row.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for index, text in enumerate((*texts, *narrowed)):
            if index:
                mark = QLabel("›", self)  # noqa: RUF001 - the mark of a path
                mark.setObjectName("crumbMark")
                self._row.addWidget(mark)
            button = QToolButton(self)
            button.setText(text)
            button.setObjectName("crumb" if index < len(texts) else "narrowed")
            button.setToolTip(f"Show {text}")
            if index >= len(texts) and index == len(texts) + len(narrowed) - 1:
                button.setText(f"{text}  ×")  # noqa: RUF001 - the sign for taking away
                button.setToolTip("Show again what is outside of this (Esc)")
            button.clicked.connect(lambda _=False, place=index: self.crumbRequested.emit(place))
            self._row.addWidget(button)
        for part in self.findChildren(QWidget):
            part.show()
        self.adjustSize()

    @property
    def is_narrowed(self) -> bool:
        """Whether a part of the graph is left out, which must stay in sight."""
        return bool(self._texts[1])


class HeatSelector(QWidget):
    """One of the heat modes."""

    heatRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for mode in HEAT_MODES:
            row = HEAT[mode]
            button = QPushButton(row.button, self)
            button.setObjectName("heat")
            button.setCheckable(True)
            button.setToolTip(row.tip)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _=False, chosen=mode: self.heatRequested.emit(chosen))
            self._group.addButton(button)
            self._buttons[mode] = button
            line.addWidget(button)
        self.set_mode("gradient")
        self.set_offered(HEAT_MODES[:3])

    @property
    def mode(self) -> str:
        """Which one is on."""
        return next((mode for mode, button in self._buttons.items() if button.isChecked()), "gradient")

    def set_mode(self, mode: str) -> None:
        """Show which one is on."""
        self._buttons[mode].setChecked(True)

    def set_offered(self, modes: tuple[str, ...]) -> bool:
        """Show those that there are figures for, and the one that is on; whether that is anything new.

        One whose figures can be had says how, and cannot be pressed until there are some.
        """
        changed = False
        for mode, button in self._buttons.items():
            row, usable = HEAT[cast("HeatMode", mode)], mode in modes or button.isChecked()
            button.setEnabled(usable)
            button.setToolTip(row.tip if usable else row.missing)
            shown = usable or bool(row.missing)
            if button.isVisibleTo(self) != shown:
                button.setVisible(shown)
                changed = True
        if changed:
            self.adjustSize()
        return changed


class CanvasPane(QWidget):
    """Everything in the middle of the window. The controller talks to ``canvas``; the rest follows it."""

    heatRequested = Signal(str)
    rangeRequested = Signal(object)
    crumbRequested = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = GraphCanvas(theme, self)
        self.breadcrumb = Breadcrumb(self)
        self.selector = HeatSelector(self)
        self.corners = Corners(self, self.canvas, theme)
        self.heat_legend, self.role_legend = self.corners.heat_legend, self.corners.role_legend
        self.minimap = self.corners.minimap
        self.arranging = ArrangingBanner(theme, self)
        self._above = _TOP
        self._followed = True
        self.breadcrumb.crumbRequested.connect(self.crumbRequested)
        self.selector.heatRequested.connect(self.heatRequested)
        self.heat_legend.rangeRequested.connect(self.rangeRequested)
        self.heat_legend.leaveRequested.connect(self.canvas.setFocus)
        self.minimap.centreRequested.connect(self._centre)
        self.canvas.viewChanged.connect(self._follow_view)
        self.canvas.sceneChanged.connect(self._follow_scene)
        self.canvas.marksChanged.connect(self._follow_marks)
        self.canvas.hitsChanged.connect(lambda: self.minimap.set_hits(self.canvas.hit_items))
        self.setFocusProxy(self.canvas)
        self.set_theme(theme)
        self._follow_scene()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        names = ("raised", "text", "border", "accent", "accent_text", "accent_soft", "canvas", "muted", "faint")
        self.setStyleSheet(_STYLE.format(**{name: getattr(theme, name) for name in names}))
        for part in (self.canvas, self.corners, self.arranging):
            part.set_theme(theme)
        self._arrange()

    def reserve_top(self, pixels: int) -> None:
        """Keep so much more of the upper side clear, for what floats there."""
        self._above = _TOP + pixels
        self._arrange()

    def set_breadcrumb(self, texts: tuple[str, ...], narrowed: tuple[str, ...] = ()) -> None:
        """The calls around everything, outermost first, and what the view is narrowed to."""
        self.breadcrumb.set_crumbs(texts, narrowed)
        self._arrange()

    def set_heat(self, mode: str) -> None:
        """Show which heat mode is on."""
        self.selector.set_mode(mode)
        self._arrange()

    def set_heat_offered(self, modes: tuple[str, ...]) -> None:
        """Offer only the heat modes that there are figures for."""
        if self.selector.set_offered(modes):
            self._arrange()

    def sizeHint(self) -> QSize:
        """A good size."""
        return self.canvas.sizeHint()

    @painted
    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Put everything into its corner."""
        self._arrange()

    def _arrange(self) -> None:
        self.selector.adjustSize()
        self.selector.move(self.width() - self.selector.width() - MARGIN, 8)
        self.breadcrumb.adjustSize()
        fits = MARGIN + self.breadcrumb.width() < self.selector.x()
        self.breadcrumb.move(MARGIN, 9 if fits else 9 + self.selector.height() + 6)
        shown = self.canvas.scene is not None and len(self.canvas.scene) > 0
        self.selector.setVisible(shown)
        self.breadcrumb.setVisible(shown and (fits or self.breadcrumb.is_narrowed))
        self.corners.arrange(heat=self.selector.mode != "role", above=self._above)

    def _centre(self, x: float, y: float) -> None:
        self.canvas.set_view(x, y, self.canvas.camera.zoom)

    def _follow_view(self) -> None:
        self.minimap.set_camera(self.canvas.camera)
        if self.canvas.follows_fit != self._followed:
            self._followed = self.canvas.follows_fit
            if self._followed:
                self._arrange()

    def _follow_scene(self) -> None:
        self.minimap.set_scene(self.canvas.scene)
        self.minimap.set_hits(self.canvas.hit_items)
        self._follow_view()
        self._follow_marks()
        self._arrange()

    def _follow_marks(self) -> None:
        marks = self.canvas.marks
        self.minimap.set_marks(marks)
        self.heat_legend.set_marks(marks)
