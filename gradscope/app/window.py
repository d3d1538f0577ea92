"""The main window: where each panel stands, and remembering it. It decides nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QTabBar,
    QTabWidget,
    QToolBar,
    QWidget,
)

from . import focus_order
from .action_set import ActionSet
from .actions import PANELS
from .device_box import DeviceBox
from .docks import DOCKS, arrange
from .icons import application_icon
from .panels.console import ConsolePanel
from .panels.outline import OutlinePanel
from .panels.phase_strip import PhaseStrip
from .panels.source import SourcePanel
from .panels.status import RunStatusBar
from .panels.training import TrainingPanel
from .panels.variables import VariablesPanel
from .run_progress import RunProgress
from .style import style_sheet
from .theme import LIGHT, Theme
from .welcome import WelcomePage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QByteArray
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent

LAYOUT_VERSION = 2
FRAME = QSize(8, 36)  # pixels that a title bar and borders take, about
TALL = 980
WIDE = 1500  # from this width on there is room for the source beside the timeline

_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea


class MainWindow(QMainWindow):
    """Light panels are there from the start; ``set_heavy`` puts in those that need the numeric libraries."""

    shownFirst = Signal()
    filesDropped = Signal(str)
    tableOpened = Signal(str)  # the path of numbers to learn from

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("GradScope")
        self.setWindowIcon(application_icon())
        self.setMinimumSize(QSize(960, 620))
        self.setAcceptDrops(True)
        self.theme = LIGHT
        self.close_guard: Callable[[], bool] = lambda: True
        self._was_shown = self._restored = self._sizes_due = False
        self._source_wanted = False
        self._open_docks: set[str] | None = None  # while the welcome page hides them: those to show again
        self.actions_ = ActionSet(self)
        self.outline = OutlinePanel(self)
        self.training = TrainingPanel(self)
        self.source = SourcePanel(self)
        self.variables = VariablesPanel(self)
        self.console = ConsolePanel(self)
        self.phase_strip = PhaseStrip(self)
        self.device = DeviceBox(self)
        self.progress = RunProgress(self)
        self.status = RunStatusBar(self)
        self.welcome = WelcomePage(self)
        self.centre = QStackedWidget(self)
        self.centre.addWidget(self.welcome)
        self._starting = QLabel("Starting…", self)
        self._starting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.centre.addWidget(self._starting)
        self.setCentralWidget(self.centre)
        self.setStatusBar(self.status)
        self._heavy: dict[str, QWidget] = {}
        self._make_toolbars()
        self._make_docks()
        self.actions_.fill_menu_bar(self.menuBar())
        self._fill_panel_menu()
        self.resize(_first_size())
        self.reset_layout()

    # -- what stands where

    def set_heavy(self, canvas: QWidget, inspector: QWidget, timeline: QWidget) -> None:
        """Put in the views that came after the first frame."""
        self._heavy = {"canvas": canvas, "inspector": inspector, "timeline": timeline}
        self.centre.addWidget(canvas)
        for name in ("inspector", "timeline"):
            self.put_panel(name, self._heavy[name])
        for view in self._heavy.values():  # a style sheet set anew would take the other panels' own colours from them
            view.set_theme(self.theme)  # type: ignore[attr-defined]

    def put_panel(self, name: str, panel: QWidget) -> None:
        """Fill a dock."""
        old = self.docks[name].widget()
        self.docks[name].setWidget(panel)
        if old is not None:
            old.deleteLater()

    def show_starting(self) -> None:
        """Something is about to be opened and its views are on their way."""
        self.centre.setCurrentWidget(self._starting)
        self._bring_panels()

    def show_welcome(self, shown: bool) -> None:
        """The welcome page, without the panels of a run around it; or the canvas."""
        canvas = self._heavy.get("canvas")
        if shown or canvas is None:
            self.centre.setCurrentWidget(self.welcome)
            self._hide_panels()
        else:
            self.centre.setCurrentWidget(canvas)
            self._bring_panels()

    def set_recent(self, paths: Sequence[str], open_path: Callable[[str], None]) -> None:
        """Files opened last, on the welcome page and in the File menu."""
        self.welcome.set_recent(paths)
        self._recent.clear()
        self._recent.setEnabled(bool(paths))
        for path in paths:
            self._recent.addAction(path).triggered.connect(lambda _=False, name=path: open_path(name))

    def want_source(self, wanted: bool) -> None:
        """Open the source even in a narrow window, as a lesson does."""
        self._source_wanted = wanted
        if self._open_docks is None:
            self._show_source(self._source_fits())

    @property
    def welcoming(self) -> bool:
        """Whether the welcome page is shown."""
        return self.centre.currentWidget() is self.welcome

    def raise_panel(self, name: str) -> None:
        """Bring a panel to the front of its tabs."""
        dock = self.docks[name]
        dock.show()
        dock.raise_()

    def reset_layout(self) -> None:
        """All panels to where they were at first."""
        self._fit_corner()
        self.setCorner(Qt.Corner.BottomRightCorner, _BOTTOM)
        arrange(self, self.docks)
        self._default_sizes()
        self._open_docks = None
        self.docks["source"].setVisible(self._source_fits())
        if self.welcoming:
            self._sizes_due = True  # what is hidden keeps no size
            self._hide_panels()

    def layout_state(self) -> tuple[QByteArray, QByteArray]:
        """Geometry and dock state, to be remembered; on the welcome page that of the panels which it hides."""
        hidden = self._open_docks is not None
        self._bring_panels()
        state = self.saveState(LAYOUT_VERSION)
        if hidden:
            self._hide_panels()
        return self.saveGeometry(), state

    def restore_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """What ``layout_state`` gave; anything of another version is passed over."""
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        if not state.isEmpty():
            self._restored = self.restoreState(state, LAYOUT_VERSION)
            self._sizes_due = not self._restored
            self._open_docks = None
            if self.welcoming:
                self._hide_panels()

    def set_theme(self, theme: Theme) -> None:
        """Every widget in the theme's colours, at once."""
        self.theme = theme
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setPalette(theme.palette())
        self.setStyleSheet(style_sheet(theme))
        self.actions_.set_theme(theme)
        light = (self.outline, self.training, self.source, self.variables, self.console, self.phase_strip)
        for view in (*light, self.device, self.progress, self.status, self.welcome, *self._heavy.values()):
            view.set_theme(theme)  # type: ignore[attr-defined]  # each view has it; QWidget does not know

    # -- Qt tells

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            if not self._restored:
                self.reset_layout()  # for the size that the screen really gave
            self.shownFirst.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_corner()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.close_guard():
            event.accept()
        else:
            event.ignore()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab and Shift+Tab: from anywhere in the window to the place beside it, as the eye sees it."""
        places = {**self.docks, "graph": self.centre}
        groups: list[QWidget] = [self._toolbar, self._phases]
        for name, _, _ in PANELS:
            if name == "timeline":
                groups += self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
            groups.append(places[name])
        seen = focus_order.stops(self, groups)
        here = self.focusWidget()
        if not seen:
            return False
        at = seen.index(here) + (1 if forward else -1) if here in seen else 0 if forward else -1
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        focus_order.enter(seen[at % len(seen)], reason)
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        names = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if names:
            event.acceptProposedAction()
            # Whoever dragged it waits for this event's end, and a question may follow.
            QTimer.singleShot(0, self, lambda: self.filesDropped.emit(names[0]))

    # -- building

    def _make_toolbars(self) -> None:
        self._toolbar = QToolBar("Run", self)
        self._toolbar.setObjectName("toolbar")
        self._toolbar.setMovable(False)
        self.actions_.fill_toolbar(self._toolbar)
        self._toolbar.addSeparator()
        self._toolbar.addWidget(self.device)
        self._toolbar.addWidget(self.progress)
        self.addToolBar(self._toolbar)
        self.addToolBarBreak()
        self._phases = QToolBar("Phases", self)
        self._phases.setObjectName("phases")
        self._phases.setMovable(False)
        self._phases.addWidget(self.phase_strip)
        self.addToolBar(self._phases)

    def _make_docks(self) -> None:
        options = QMainWindow.DockOption
        self.setDockOptions(options.AllowTabbedDocks | options.AllowNestedDocks | options.GroupedDragging)
        self.setTabPosition(_BOTTOM, QTabWidget.TabPosition.North)
        panels: dict[str, QWidget] = {
            "outline": self.outline,
            "training": self.training,
            "variables": self.variables,
            "console": self.console,
            "source": self.source,
        }
        self.docks: dict[str, QDockWidget] = {}
        for row in DOCKS:
            dock = QDockWidget(row.title, self)
            dock.setObjectName(row.name)
            dock.setTitleBarWidget(QWidget(dock))  # panels write their own titles
            dock.setWidget(panels.get(row.name) or QWidget(dock))
            self.docks[row.name] = dock

    def _fill_panel_menu(self) -> None:
        self._recent = QMenu("Open recent", self)
        self.actions_.menu("File").insertMenu(self.actions_["file.demo"], self._recent)
        menu = self.actions_.menu("View").addMenu("Panels")
        for row in DOCKS:
            menu.addAction(self.docks[row.name].toggleViewAction())

    def _default_sizes(self) -> None:
        wide = self.width() >= WIDE
        left, right, bottom = (268, 372, 235) if wide else (256, 316, 205)
        docks = self.docks
        self.resizeDocks([docks["outline"], docks["inspector"]], [left, right], Qt.Orientation.Horizontal)
        self.resizeDocks([docks["timeline"]], [bottom], Qt.Orientation.Vertical)
        self._share_width()
        self.resizeDocks([docks["outline"], docks["training"]], [2000, 1000], Qt.Orientation.Vertical)
        for bar in self.findChildren(QTabBar):
            bar.setDrawBase(False)
            bar.setAccessibleName("Panels" if bar.parent() is self else bar.accessibleName())
            bar.setExpanding(False)
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setUsesScrollButtons(True)

    def _show_source(self, shown: bool) -> None:
        appears = shown and self.docks["source"].isHidden()
        self.docks["source"].setVisible(shown)
        if appears and self.width() < WIDE:
            self._share_width()

    def _share_width(self) -> None:
        """The row of panels below, so that the names of its tabs are not cut."""
        share = 66 if self.width() >= WIDE else 63  # per cent
        columns = [share * self.width() // 100, (100 - share) * self.width() // 100]
        self.resizeDocks([self.docks["timeline"], self.docks["source"]], columns, Qt.Orientation.Horizontal)

    def _hide_panels(self) -> None:
        if self._open_docks is None:
            self._open_docks = {name for name, dock in self.docks.items() if not dock.isHidden()}
        for part in (*self.docks.values(), self._toolbar, self._phases):
            part.hide()

    def _bring_panels(self) -> None:
        """Those that were open when the welcome page hid them."""
        if self._open_docks is None:
            return
        opened, self._open_docks = self._open_docks, None
        for part in (*(self.docks[name] for name in opened), self._toolbar, self._phases):
            part.show()
        self._show_source(self._source_fits() or "source" in opened)
        if self._sizes_due:
            self._sizes_due = False
            self._default_sizes()
        if "timeline" in opened:
            self.docks["timeline"].raise_()

    def _fit_corner(self) -> None:
        """A low window gives the outline and the training panel its whole height."""
        area = _BOTTOM if self.height() >= TALL else _LEFT
        if self.corner(Qt.Corner.BottomLeftCorner) != area:
            self.setCorner(Qt.Corner.BottomLeftCorner, area)

    def _source_fits(self) -> bool:
        return self._source_wanted or self.width() >= WIDE


def _first_size() -> QSize:
    screen = QApplication.primaryScreen()
    room = screen.availableSize() if screen is not None else QSize(1680, 1020)
    # The desktop puts a frame around it, whose size is not known before: the status bar must not fall off the screen.
    return QSize(min(1680, room.width() - FRAME.width()), min(1020, room.height() - FRAME.height()))
