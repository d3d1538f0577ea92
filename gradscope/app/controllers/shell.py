"""What is not about a run: opening and closing, themes, layout, dialogs, folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox

import gradscope
from gradscope.app import dialogs, launching
from gradscope.app.icons import application_icon
from gradscope.app.logs import log_folder
from gradscope.app.palette_dialog import PaletteDialog
from gradscope.app.shortcut_sheet import ShortcutSheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.settings import Settings
    from gradscope.app.themes import ThemeKeeper
    from gradscope.app.window import MainWindow
    from gradscope.session.launch import LaunchSpec

    from .recording import RecordingController
    from .run import RunController


SCRIPTS, TABLES = ("", ".py", ".pyw"), (".csv", ".npy")


class ShellController(QObject):
    """Handlers of the File, View, Tools and Help menus."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        themes: ThemeKeeper,
        run: RunController,
        recording: RecordingController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._settings, self._themes = window, settings, themes
        self._run, self._recording = run, recording
        self.remembers = True  # off for a picture, which leaves no trace
        self.puts_off: Callable[[LaunchSpec | str], bool] = lambda _target: False  # until it can be shown
        window.welcome.fileRequested.connect(self.open_path)
        window.welcome.actionRequested.connect(lambda name: window.actions_[name].trigger())
        window.filesDropped.connect(self.open_path)
        window.close_guard = self.may_close
        self._fill_recent()

    # -- opening

    def open(self) -> None:
        """Ask for a file."""
        recent = self._settings.recent
        name = dialogs.ask_file(self._window, str(Path(recent[0]).parent) if recent else str(Path.cwd()))
        if name:
            self.open_path(name)

    def open_path(self, name: str) -> None:
        """A recording is shown, a script is started, a table begins a new training."""
        if self.puts_off(name):
            return
        path = Path(name).absolute()
        if not path.is_file():
            dialogs.show_error(self._window, "The file is not there.", str(path))
            self._fill_recent()
            return
        if path.suffix == ".gscope":
            if self.leave_run():
                self._remember(path)
                self._recording.open(path)
            return
        kind = path.suffix.lower()
        if kind in TABLES:
            self._window.tableOpened.emit(str(path))
        elif kind in SCRIPTS:
            self.start(launching.for_script(path))
        else:
            what = f"{path.name} is no script, recording or table."
            dialogs.show_error(self._window, what, "GradScope opens .py, .gscope, .csv and .npy files.")

    def start(self, spec: LaunchSpec) -> None:
        """Start a command in this window, unless the user keeps the run that is here."""
        if self.puts_off(spec) or not self.leave_run():
            return
        script = launching.script_of(spec)
        if script is not None and not launching.lesson_of(spec) and script.is_file():
            self._remember(script)
        self._run.start(spec)

    def run_command(self) -> None:
        """Ask for a command."""
        dialogs.CommandDialog(self._window, self._start_typed).open()

    def open_spiral(self) -> None:
        """The lesson of the two spirals."""
        self._open_lesson("spiral")

    def open_line(self) -> None:
        """The lesson of ten lines."""
        self._open_lesson("line")

    def close_run(self) -> None:
        """Back to the welcome page."""
        if self.leave_run():
            self._window.show_welcome(True)

    def leave_run(self) -> bool:
        """Let go of run and recording, asking about a live script; False if the user wants to stay."""
        leaving: dialogs.Leaving = "leave"
        if self._run.live and self._run.spec is not None:
            leaving = dialogs.ask_leaving(self._window, self._run.spec.name)
        if leaving == "cancel":
            return False
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)  # a script has seconds to end itself
        try:
            self._run.close(leave_running=leaving == "leave")
        finally:
            QGuiApplication.restoreOverrideCursor()
        self._recording.close()
        return True

    def may_close(self) -> bool:
        """Before the window closes."""
        if not self.leave_run():
            return False
        self._settings.set_window_layout(*self._window.layout_state())
        self._settings.save()
        return True

    def quit(self) -> None:
        """Close the window; the application ends with it."""
        self._window.close()

    # -- looks

    def theme_system(self) -> None:
        """As the desktop wants it."""
        self._themes.choose("system")

    def theme_light(self) -> None:
        """Light."""
        self._themes.choose("light")

    def theme_dark(self) -> None:
        """Dark."""
        self._themes.choose("dark")

    def toggle_animations(self) -> None:
        """Whether things move."""
        self._settings.animations = not self._settings.animations

    def reset_layout(self) -> None:
        """Panels to where they were at first."""
        self._settings.forget_window_layout()
        self._window.reset_layout()

    def filter_outline(self) -> None:
        """The cursor into the outline's field."""
        self._window.raise_panel("outline")
        self._window.outline.focus_search()

    # -- dialogs

    def show_palette(self) -> None:
        """Find any action."""
        palette = PaletteDialog(self._window.actions_, self._themes.theme, self._window)
        palette.show()
        palette.activateWindow()
        palette.place()

    def show_keys(self) -> None:
        """All keys."""
        ShortcutSheet(self._themes.theme, self._window).open()

    def show_about(self) -> None:
        """Version and licences."""
        box = QMessageBox(self._window)
        box.setWindowTitle("About GradScope")
        box.setIconPixmap(application_icon().pixmap(64, 64))
        box.setText(f"<b>GradScope {gradscope.__version__}</b>")
        box.setInformativeText(
            "A visual debugger for PyTorch training.<br>MIT licence. Built with Qt for Python (LGPL), pyqtgraph,"
            " networkx, NumPy, msgspec, graphlay and Pygments. Inter and JetBrains Mono are under the SIL Open Font"
            " License."
        )
        box.open()

    def open_log_folder(self) -> None:
        """Where the log is."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder())))

    def open_recordings_folder(self) -> None:
        """Where runs are recorded."""
        from gradscope.session.library import runs_folder

        QDesktopServices.openUrl(QUrl.fromLocalFile(str(runs_folder())))

    # -- helpers

    def _open_lesson(self, topic: str) -> None:
        path = launching.lessons().get(topic)
        if path is None:
            dialogs.show_error(self._window, "The lesson is missing; install GradScope again.", topic)
        else:
            self.start(launching.for_script(path))

    def _start_typed(self, text: str, folder: str, python: str) -> None:
        from dataclasses import replace

        spec = launching.for_text(text, folder or None)
        if spec is None:
            dialogs.show_error(self._window, "This is not a command.", f"{text}\n\nA quotation mark may be missing.")
        else:
            self.start(replace(spec, python=python or None))

    def _remember(self, path: Path) -> None:
        if self.remembers:
            self._settings.add_recent(str(path))
            self._fill_recent()

    def _fill_recent(self) -> None:
        self._window.set_recent(self._settings.recent, self.open_path)
