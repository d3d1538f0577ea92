"""The model of a paused run as an ONNX file: asks where, lets the training process write it, and has it checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.onnx_dialog import OnnxDialog
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec
    from gradscope.session.onnx_check import OnnxCheck

_LOST = "the order ExportOnnx"


class OnnxFeature(Feature):
    """The dialog of the newest export is the one that is told."""

    name = "onnx"
    answers = ("OnnxTold",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.dialog: OnnxDialog | None = None
        self._asked = 0
        self._waits = False
        self._script = Path.home() / "model"
        self._python: str | None = None

    def launched(self, spec: LaunchSpec) -> None:
        words = [word for word in spec.command if not word.startswith("-")]
        self._script = spec.folder / (re.sub(r"\W+", "_", Path(words[0]).stem) if words else "model")
        self._python = spec.python

    def export(self) -> None:
        """Ask for a file name, then write it."""
        name, _ = QFileDialog.getSaveFileName(
            self.desk.window, "Export the model to ONNX", f"{self._script}.onnx", "ONNX (*.onnx)"
        )
        if name:
            path = Path(name)
            self.write(path if path.suffix else path.with_suffix(".onnx"))

    def write(self, path: Path) -> None:
        """Have the training process write the file."""
        session = self.desk.run.session
        if session is None:
            return
        from gradscope.app.onnx_dialog import OnnxDialog
        from gradscope.wire.messages import ExportOnnx

        self.clear()
        self.dialog = OnnxDialog(self.desk.window, self.desk.window.theme)
        self.dialog.destroyed.connect(self._gone)
        self.dialog.show()
        self._waits = True
        self._asked = session.ask(lambda number: ExportOnnx(number, str(path)))

    def answered(self, message: Any) -> None:
        if self.dialog is None or message.request != self._asked:
            return
        self._waits = False
        self.dialog.set_told(message)
        if message.ok:
            python, asked = self._python, self._asked

            def work() -> OnnxCheck:
                from gradscope.session.interpreter import find_python
                from gradscope.session.onnx_check import check_onnx

                return check_onnx(message, (find_python(python),))

            self.desk.background.run(
                work, lambda check: self._checked(asked, check), lambda error: self._failed(asked, str(error))
            )

    def set_live(self, state: RunState) -> None:
        lost = next((one.reason for one in state.lost_features if one.feature == _LOST), "")
        if self._waits and (lost or state.life in ("ended", "lost")):
            self._failed(self._asked, lost or "The training ended before the file was written.")

    def clear(self) -> None:
        self._waits = False
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.destroyed.disconnect(self._gone)
            dialog.close()

    def _checked(self, asked: int, check: OnnxCheck) -> None:
        if self.dialog is not None and asked == self._asked:
            self.dialog.set_check(check)

    def _failed(self, asked: int, why: str) -> None:
        self._waits = False
        if self.dialog is not None and asked == self._asked:
            self.dialog.set_failure(why)

    def _gone(self) -> None:
        self.dialog = None
