"""New trainings: ask for a plan, write its script, start it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from gradscope.app import dialogs, launching
from gradscope.app.studio_dialog import StudioDialog
from gradscope.studio.catalogue import changed
from gradscope.studio.model_blocks import factory_of
from gradscope.studio.own_model import demand_of
from gradscope.studio.plan import Plan
from gradscope.studio.script import script_name

from .feature import Desk, Feature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradscope.session.interpreter import Interpreter


def trainings_folder() -> Path:
    """Where the scripts of new trainings are kept: in the user's data folder."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data) / "gradscope" / "trainings"


class StudioFeature(Feature):
    """``new`` asks; the plan of the last one is where the next begins."""

    name = "studio"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._plan = Plan()
        self._devices: tuple[str, ...] = ()
        self._names: Mapping[str, str] = {}
        self.dialog: StudioDialog | None = None
        desk.window.tableOpened.connect(self.new_from_table)

    def new(self) -> None:
        """Show the form."""
        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return
        dialog = StudioDialog(self.desk.window, self.desk.window.theme)
        self.dialog = dialog
        dialog.tryRequested.connect(self._try)
        dialog.trainRequested.connect(self._train)
        dialog.saveRequested.connect(self._save)
        dialog.finished.connect(self._closed)
        dialog.set_plan(self._plan)
        dialog.open()
        if self._devices:
            dialog.set_devices(self._devices, names=self._names)
        else:
            self.desk.background.run(_ask_python, self._answered, self._no_python)

    def new_from_table(self, path: str) -> None:
        """Show the form with a table of the user's as the data."""
        self.new()
        if self.dialog is not None:
            self.dialog.set_plan(changed(changed(self.dialog.plan, "data", "file"), "file", path))

    def _closed(self, _: int) -> None:
        self.dialog = None

    def _answered(self, interpreter: Interpreter) -> None:
        self._devices, self._names = interpreter.devices, interpreter.names
        why = "" if interpreter.torch else f"{interpreter.python} has no torch: choose another with --python."
        if self.dialog is not None:
            self.dialog.set_devices(self._devices, why, self._names)

    def _no_python(self, error: BaseException) -> None:
        if self.dialog is not None:
            self.dialog.set_devices(("cpu",), str(error))

    def _try(self, plan: Plan) -> None:
        dialog = self.dialog
        if dialog is None:
            return

        def told(sentence: str) -> None:
            if self.dialog is dialog:
                dialog.set_tried(plan, sentence)

        self.desk.background.run(lambda: _tried(plan), told, lambda error: told(str(error)))

    def _train(self, plan: Plan, script: str) -> None:
        self._plan = plan
        try:
            path = written(trainings_folder(), script_name(plan), script)
        except OSError as error:
            dialogs.show_error(self.desk.window, "The script could not be written.", error)
            return
        self.desk.window.raise_panel("learned")
        self.startRequested.emit(launching.for_script(path))

    def _save(self, plan: Plan, script: str) -> None:
        self._plan = plan
        parent: Any = self.dialog or self.desk.window
        chosen, _ = QFileDialog.getSaveFileName(parent, "Save the script", script_name(plan), "Python (*.py)")
        if not chosen:
            return
        try:
            Path(chosen).write_text(script, encoding="utf-8")
        except OSError as error:
            dialogs.show_error(self.desk.window, "The script could not be saved.", error)


def written(folder: Path, name: str, script: str) -> Path:
    """The script as a file of that name; beside it, under a further number, if another one has the name already.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(name).stem
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{stem}-{number}.py")
        if not path.exists():
            path.write_text(script, encoding="utf-8")
            return path
        if path.read_text(encoding="utf-8", errors="replace") == script:
            return path
        number += 1


def _ask_python() -> Interpreter:
    from gradscope.session.interpreter import find_python, probe_interpreter

    return probe_interpreter(find_python(None))


def _tried(plan: Plan) -> str:
    from gradscope.session.interpreter import find_python
    from gradscope.session.own_model import OwnModel, try_model

    module, function = factory_of(plan)
    wanted = demand_of(plan)
    folder = plan.folder or str(trainings_folder())
    model = OwnModel(module, function, folder, wanted.takes, wanted.gives, wanted.codes, wanted.at_least, plan.dtype)
    return try_model(find_python(None), model)
