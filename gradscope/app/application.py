"""The composition root: what exists, in which order, and who knows whom.

The first window is made of light parts only (none imports numpy, pyqtgraph, networkx or msgspec). The rest is imported
on a thread while the window already takes input, and put in when it is there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QLoggingCategory, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from . import dialogs
from .background import Background
from .bridge import Bridge
from .controllers.recording import RecordingController
from .controllers.run import RunController
from .controllers.shell import ShellController
from .fonts import load_fonts, text_font
from .icons import application_icon
from .logs import show_mistakes, start_logging
from .settings import Settings
from .signals import SignalWatch
from .themes import ThemeKeeper
from .window import MainWindow

if TYPE_CHECKING:
    from gradscope.session.launch import LaunchSpec

    from .controllers.recording import RecordedRun
    from .controllers.run import RunSession
    from .theme import ThemeChoice
    from .workbench import Workbench

    Target: TypeAlias = LaunchSpec | str | Path | None


class Application(QObject):
    """One window and all that serves it. ``ready`` comes when a run can be shown."""

    ready = Signal()

    def __init__(self, settings: Settings | None = None, *, theme: ThemeChoice | None = None) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.themes = ThemeKeeper(self.settings, self)
        self.window = MainWindow()
        self.background = Background(parent=self)
        self.bridge = Bridge(self)
        self.lives = Background(threads=1, parent=self)
        self.run = RunController(self.bridge, self.lives, _make_session, self)
        self.recording = RecordingController(self.background, _open_recording, self)
        self.shell = ShellController(self.window, self.settings, self.themes, self.run, self.recording, self)
        self.workbench: Workbench | None = None
        self._target: Target = None
        self.shell.puts_off = self._put_off
        actions = self.window.actions_
        actions.connect_handlers({"shell": self.shell, "run": self.run, "recording": self.recording})
        actions.set_checked("view.animations", self.settings.animations)
        actions.set_checked("view.follow", self.settings.follow)
        actions["view.animations"].triggered.connect(self._animations_changed)
        self.themes.changed.connect(self._theme_changed)
        if theme is not None:
            self.themes.choose(theme, remember=False)
        self._theme_changed()
        self.window.shownFirst.connect(lambda: QTimer.singleShot(0, self._import_rest))

    def open(self, target: Target) -> None:
        """A command to start, a recording or a script to open, or None for the welcome page."""
        self._target = target
        if self.workbench is not None:
            self._open_target()
        elif target is not None:
            self.window.show_starting()

    def _put_off(self, target: LaunchSpec | str) -> bool:
        """What is chosen while the views are still on their way is opened when they are there."""
        if self.workbench is None:
            self.open(target)
        return self.workbench is None

    def close(self) -> None:
        """Let go of everything; a script that still runs is left to run on."""
        self.run.close(leave_running=True)
        if self.workbench is not None:
            self.workbench.close()
        self.lives.close()
        self.background.close()

    def compose(self) -> Workbench:
        """Make the views that need the numeric libraries, at once."""
        from .workbench import Workbench

        if self.workbench is None:
            bench = Workbench(self.window, self.settings, self.background, self.bridge, self.run, self.recording)
            self.workbench = bench
            self.window.actions_.connect_handlers(bench.handlers)
            for feature in bench.features:
                feature.startRequested.connect(self.shell.start)
            self.ready.emit()
        return self.workbench

    def _import_rest(self) -> None:
        self.background.run(_import_heavy, lambda _: self._compose_and_open(), self._import_failed)

    def _compose_and_open(self) -> None:
        self.compose()
        self._open_target()

    def _open_target(self) -> None:
        target, self._target = self._target, None
        if target is None:
            return
        if isinstance(target, (str, Path)):
            self.shell.open_path(str(target))
        else:
            self.shell.start(target)

    def _import_failed(self, error: BaseException) -> None:
        dialogs.show_error(
            self.window,
            "GradScope's installation is incomplete.",
            f"{error}\n\nInstall it again with its dependencies.",
        )

    def _theme_changed(self) -> None:
        self.window.set_theme(self.themes.theme)
        if self.workbench is not None:
            self.workbench.ways.set_theme(self.themes.theme)
            self.workbench.features.set_theme(self.themes.theme)
        for choice in ("system", "light", "dark"):
            self.window.actions_.set_checked(f"view.theme_{choice}", choice == self.themes.choice)

    def _animations_changed(self) -> None:
        if self.workbench is not None:
            self.workbench.pane.canvas.set_animated(self.settings.animations)


def make_qt(arguments: list[str] | None = None) -> QApplication:
    """The QApplication with our style, fonts and names."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(arguments or sys.argv[:1])
    application.setApplicationName("gradscope")
    application.setApplicationDisplayName("GradScope")
    application.setOrganizationName("gradscope")
    application.setDesktopFileName("org.gradscope.GradScope")
    application.setStyle("Fusion")
    load_fonts()
    application.setFont(text_font())
    application.setWindowIcon(application_icon())
    return application


def run_application(target: Target = None, *, theme: ThemeChoice | None = None) -> int:
    """Show the window and stay until it is closed; the exit code of the application."""
    qt = make_qt()
    QLoggingCategory.setFilterRules("qt.qpa.fonts=false")
    log = start_logging()
    application = Application(theme=theme)
    show_mistakes(lambda summary, details: dialogs.show_crash(application.window, summary, details, str(log)))
    geometry, state = application.settings.window_layout()
    application.window.restore_layout(geometry, state)
    signals = SignalWatch(application)
    signals.received.connect(lambda number: qt.exit(128 + number))
    application.open(target)
    application.window.show()
    code = qt.exec()
    application.close()
    signals.close()
    return code


def _import_heavy() -> None:
    from gradscope.session import recording, session

    from . import workbench

    _ = (recording, session, workbench)


def _make_session(bridge: Bridge) -> RunSession:
    from gradscope.session.session import Session

    return Session(bridge.listen, bridge.listen_console)


def _open_recording(path: Path) -> RecordedRun:
    from gradscope.session.recording import Recording

    return Recording.open(path)
