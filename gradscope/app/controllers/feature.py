"""A part of the window that nobody else knows: a panel, its actions, and its share of what is told of a run.

The workbench makes every feature of ``gradscope.app.features`` and tells them all the same things. So a new one is one
file here, one line there, a row of ``docks`` if it has a panel, and rows of ``actions``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gradscope.app.background import Background
    from gradscope.app.canvas.pane import CanvasPane
    from gradscope.app.settings import Settings
    from gradscope.app.theme import Theme
    from gradscope.app.window import MainWindow
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec

    from .graph_view import GraphViewController
    from .recording import RecordingController
    from .run import RunController
    from .selection import SelectionController
    from .source import SourceController


@dataclass(frozen=True, slots=True)
class Desk:
    """What a feature may work with."""

    window: MainWindow
    settings: Settings
    background: Background
    run: RunController
    recording: RecordingController
    pane: CanvasPane
    graph: GraphViewController
    selection: SelectionController
    source: SourceController


class Feature(QObject):
    """Base of all features; each method is told, and may be left as it is.

    Attributes:
        name: of its dock, and of its handlers in the action table (``"name.method"``).
        answers: names of the messages that it wants as they come, besides states.
        changed: what its ``facts`` say may have changed.
        startRequested: a command is to be started, in place of the run that is here.
    """

    name = ""
    answers: tuple[str, ...] = ()
    changed = Signal()
    startRequested = Signal(object)  # LaunchSpec

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.window)
        self.desk = desk

    @property
    def panel(self) -> QWidget | None:
        """What fills the dock of its name."""
        return None

    def facts(self) -> dict[str, Any]:
        """Fields of ``actions.Facts`` that this feature knows."""
        return {}

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""

    def launched(self, _: LaunchSpec) -> None:
        """A command is about to be started."""

    def set_live(self, state: RunState) -> None:
        """The newest state of the live run."""

    def set_state(self, state: RunState) -> None:
        """The state that is shown: live, or of an earlier iteration, or of a recording."""

    def answered(self, message: Any) -> None:
        """A message of one of the kinds in ``answers``."""

    def clear(self) -> None:
        """No run any more."""
