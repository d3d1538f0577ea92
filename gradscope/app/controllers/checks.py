"""Checking a node's backward: one order, and its answer in a dialog beside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.check_dialog import CheckDialog


class CheckFeature(Feature):
    """The dialog of the newest check is the one that is told."""

    name = "check"
    answers = ("NodeChecked",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.dialog: CheckDialog | None = None
        self._asked = 0
        self._title = ""

    def check(self) -> None:
        """Compare the selected node's backward with finite differences."""
        session, shown, node = self.desk.run.session, self.desk.recording.shown, self.desk.selection.node
        graph = shown.graph if shown is not None else None
        if session is None or graph is None or not 0 <= node < len(graph):
            return
        from gradscope.app.check_dialog import CheckDialog
        from gradscope.wire.messages import CheckNode

        self.clear()
        self._title = f"{graph.text(node, 'title')} ({graph.text(node, 'op')})"
        self.dialog = CheckDialog(self.desk.window, self.desk.window.theme)
        self.dialog.destroyed.connect(self._gone)
        self.dialog.show()
        self._asked = session.ask(lambda number: CheckNode(number, node))

    def answered(self, message: Any) -> None:
        if self.dialog is not None and message.request == self._asked:
            self.dialog.set_result(message, self._title)

    def clear(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.destroyed.disconnect(self._gone)
            dialog.close()

    def _gone(self) -> None:
        self.dialog = None
