"""The views that need the numeric libraries and the controllers around them: made once, after the first frame.

Everything that is told about a run comes through here: ``Bridge`` tells states, they go to the controllers and panels.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, QTimer, Signal

from . import dialogs, launching
from .actions import Facts
from .canvas.pane import CanvasPane
from .controllers.export import ExportController
from .controllers.feature import Desk
from .controllers.graph_view import GraphViewController
from .controllers.heat import HeatController
from .controllers.selection import SelectionController
from .controllers.source import SourceController
from .empty_words import empty_words
from .features import Features
from .panels.inspector import InspectorPanel
from .panels.timeline import TimelinePanel
from .wayfinding import Wayfinding

if TYPE_CHECKING:
    from gradscope.graph.heat import EdgeMode
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec
    from gradscope.wire.breaks import Breakpoint

    from .background import Background
    from .bridge import Bridge
    from .controllers.recording import RecordingController
    from .controllers.run import RunController
    from .settings import Settings
    from .window import MainWindow

SIZE_EVERY_MS = 1000


class Workbench(QObject):
    """Wires views, controllers and session together. ``updated`` comes after each state was shown."""

    updated = Signal()

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        background: Background,
        bridge: Bridge,
        run: RunController,
        recording: RecordingController,
    ) -> None:
        super().__init__(window)
        from gradscope.layout.client import LayoutClient

        self._window, self._settings = window, settings
        self.run, self.recording = run, recording
        self.layouts = LayoutClient()
        self.pane = CanvasPane(window.theme, window)
        self.inspector = InspectorPanel(window)
        self.timeline = TimelinePanel(window)
        self.graph = GraphViewController(self.pane, self.layouts, background, self)
        self.selection = SelectionController(
            window.outline, self.pane.canvas, self.inspector, follow=settings.follow, parent=self
        )
        self.source = SourceController(window.source, self.pane.canvas, self)
        self.export = ExportController(window, self.pane.canvas, background, self)
        self.heat = HeatController(self.graph, self.pane, settings.edges, self)
        self.ways = Wayfinding(window, settings, self.pane, self.graph, self.selection)
        desk = Desk(window, settings, background, run, recording, self.pane, self.graph, self.selection, self.source)
        self.features = Features(desk)
        self._live: RunState | None = None
        self._sizes = QTimer(self, interval=SIZE_EVERY_MS)
        self._sizes.timeout.connect(self._tell_size)
        self.pane.canvas.set_animated(settings.animations)
        window.set_heavy(self.pane, self.inspector, self.timeline)
        self._connect_run(bridge)
        self._connect_views()
        self._say_empty(None)

    @property
    def handlers(self) -> dict[str, object]:
        """Controllers by the names that the action table uses."""
        own = {"graph": self.graph, "selection": self.selection, "source": self.source, "export": self.export}
        return own | {"heat": self.heat} | self.ways.handlers | self.features.handlers

    @property
    def state(self) -> RunState | None:
        """The newest state of the live run, or of the recording that is open."""
        return self._live if self._live is not None else self.recording.shown

    def close(self) -> None:
        """End the layout worker."""
        self._sizes.stop()
        self.layouts.close()

    def facts(self) -> Facts:
        """What the action table asks for."""
        shown, live, node = self.recording.shown, self._live, self.selection.node
        graph = shown.graph if shown is not None else None
        pause = live.pause if live is not None else None
        inside = graph is not None and 0 <= node < len(graph)
        return Facts(
            life=live.life if live is not None and self.run.session is not None else "idle",
            can_restart=self.run.spec is not None,
            has_run=self.run.session is not None or shown is not None,
            has_graph=graph is not None and len(graph) > 0,
            has_node=inside,
            has_halo=pause is not None and pause.point == "node" and self.recording.past < 0,
            has_source=inside and graph is not None and graph.source(node) is not None,
            past=self.recording.past >= 0,
            **self.ways.facts(),
            **self.features.facts(),
        )

    # -- the run tells

    def _connect_run(self, bridge: Bridge) -> None:
        bridge.stateChanged.connect(self._live_changed)
        bridge.answered.connect(self._answered)
        bridge.consoleText.connect(self._window.console.append)
        self.run.launched.connect(self._launched)
        self.run.failed.connect(self._run_failed)
        self.run.closed.connect(self._closed)
        self.run.stepped.connect(self._stepped)
        self.recording.shownChanged.connect(self._shown_changed)
        self.recording.pastChanged.connect(self._past_changed)
        self.recording.opened.connect(self._file_opened)
        self.recording.closed.connect(self._closed)
        self.recording.opening.connect(lambda path: self._window.status.set_message(f"opening {Path(path).name}…"))
        self.recording.failed.connect(self._reading_failed)
        self.recording.live_recording = lambda: getattr(self.run.session, "recording_path", None)
        self.run.node_to_reach = self._node_to_reach
        self.selection.tensor_source = self._tensor_source
        self.graph.selected = self.source.selected = lambda: self.selection.node
        self.selection.reveal = self.graph.reveal

    def _launched(self, spec: LaunchSpec) -> None:
        window = self._window
        self._clear()
        window.setWindowTitle(f"{_title_of(spec)} - GradScope")
        self.features.launched(spec)
        window.want_source(bool(launching.lesson_of(spec)))
        window.show_welcome(False)
        self.pane.canvas.setFocus()
        script = launching.script_of(spec)
        if script is not None:
            self.source.show_file(str(script))
        self._sizes.start()
        self._live_changed(_starting())

    def _live_changed(self, state: RunState) -> None:
        if self.run.session is None:
            return
        before, self._live = self._live, state
        self.run.set_state(state)
        window = self._window
        window.phase_strip.set_state(state)
        window.training.set_state(state)
        window.status.set_state(state)
        window.progress.set_state(state)
        if state.life == "ended" and (before is None or before.life != "ended") and (state.exit_code or 0) > 0:
            window.raise_panel("console")  # where its last words are
        self.recording.set_live(state)
        self.features.set_live(state)

    def _answered(self, message: object) -> None:
        if type(message).__name__ == "TensorTold":
            self.selection.tensor_told(message)
        self.features.answered(message)

    def _shown_changed(self, state: RunState) -> None:
        self._say_empty(state)
        self.heat.set_state(state)
        self.graph.set_state(state)
        self.selection.set_state(state)
        self.ways.set_state(state)
        self.source.set_state(state)
        self._window.variables.set_state(state)
        self.timeline.set_state(state)
        self.features.set_state(state)
        if self.recording.is_file:
            self._show_script(state)
            for view in (self._window.phase_strip, self._window.training, self._window.status, self._window.progress):
                view.set_state(state)
        self._tell_facts()
        self.updated.emit()

    def _show_script(self, state: RunState) -> None:
        """The source of a recording, where it is still on this machine."""
        if state.hello is not None and not self._window.source.path:
            self.source.show_file(str(Path(state.hello.cwd) / state.hello.script))

    def _past_changed(self, iteration: int) -> None:
        self.ways.set_past(iteration >= 0)
        self._tell_facts()

    def _file_opened(self, path: str, console: str) -> None:
        window = self._window
        window.setWindowTitle(f"{Path(path).name} - GradScope")
        window.console.clear()
        window.console.append("stdout", console)
        window.status.set_recording(path, Path(path).stat().st_size)
        window.status.set_message("")
        window.show_welcome(False)
        self.pane.canvas.setFocus()

    def _reading_failed(self, error: object) -> None:
        self._window.status.set_message("")
        dialogs.show_error(self._window, "It cannot be shown.", error)
        if self.state is None:
            self._window.show_welcome(True)

    def _run_failed(self, error: object) -> None:
        dialogs.show_error(self._window, "The script could not be started.", error)
        if self._live is None or not self._live.command:
            self.run.close(leave_running=False)
            self._window.show_welcome(True)

    def _stepped(self) -> None:
        """A step is taken now, so now is what is shown."""
        if self.recording.past >= 0:
            self.recording.show_now()

    def _closed(self) -> None:
        self._sizes.stop()
        self._clear()
        self._window.setWindowTitle("GradScope")

    def _clear(self) -> None:
        """Nothing of an earlier run stays on screen."""
        from gradscope.graph.state import RunState

        self._live = None
        self.recording.close()
        nothing = RunState()
        window = self._window
        self.graph.clear()
        self.heat.clear()
        self.ways.clear()
        self.source.clear()
        self.features.clear()
        self.selection.set_state(nothing)
        self.selection.clear()
        for view in (window.variables, window.phase_strip, window.training, window.status, self.timeline):
            view.set_state(nothing)
        window.progress.set_state(None)
        window.console.clear()
        window.status.set_recording("", 0)
        self._say_empty(None)
        self._tell_facts()

    def _say_empty(self, state: RunState | None) -> None:
        self.pane.canvas.set_empty_text(*empty_words(state))

    def _tell_facts(self) -> None:
        self._window.actions_.set_facts(self.facts())

    def _tell_size(self) -> None:
        path = self.recording.live_recording()
        if path is not None and path.exists():
            parts = (path, path.with_name(f"{path.name}-wal"))
            self._window.status.set_recording(str(path), sum(part.stat().st_size for part in parts if part.exists()))

    # -- the user tells

    def _connect_views(self) -> None:
        window, run, canvas = self._window, self.run, self.pane.canvas
        window.phase_strip.phaseRequested.connect(run.run_to_phase)
        self.timeline.iterationRequested.connect(self.recording.show_iteration)
        window.variables.variableRequested.connect(lambda _name, node: self.selection.go_to(node))
        self.inspector.sourceRequested.connect(self.source.go_to_source)
        self.source.select = self.selection.go_to
        self.source.go_to_line = lambda: window.raise_panel("source")
        self.graph.aimed.connect(lambda: self.inspector.set_calls(self.graph.aimed_calls))
        self.selection.selected.connect(self._node_selected)
        self.selection.followChanged.connect(self._follow_changed)
        self.source.light = self.ways.find.light
        self.ways.changed.connect(self._tell_facts)
        for feature in self.features:
            feature.changed.connect(self._tell_facts)
        self.graph.foldChanged.connect(self.export.set_fold)
        self.heat.read = self.recording.read
        self.heat.edgesChanged.connect(self._edges_changed)
        self._edges_changed(self._settings.edges)
        self.pane.corners.mapShown.connect(lambda shown: window.actions_.set_checked("view.map", shown))
        canvas.nodeActivated.connect(self._node_activated)
        canvas.contextMenuRequested.connect(self._context_menu)

    def _node_selected(self, _node: int) -> None:
        self.source.mark()
        self._tell_facts()

    def _node_activated(self, node: int) -> None:
        self.selection.select(node)
        self.source.go_to_node()

    def _context_menu(self, node: int, call: int, position: QPoint) -> None:
        if node >= 0:
            self.selection.visit(node)
        elif call >= 0:
            self.pane.canvas.select_call(call)
        self.graph.aim_at(call if node < 0 else -1)
        self._window.actions_.context_menu().popup(position)

    def _follow_changed(self, on: bool) -> None:
        self._settings.follow = on
        self._window.actions_.set_checked("view.follow", on)

    def _edges_changed(self, mode: EdgeMode) -> None:
        self._settings.edges = mode
        for name in ("size", "gradient"):
            self._window.actions_.set_checked(f"view.edges_{name}", mode == name)

    # -- the controllers ask

    def _tensor_source(self) -> Any:
        return self.run.session if self.recording.past < 0 and self._live is not None else None

    def _node_to_reach(self) -> tuple[int, str, Breakpoint | None]:
        from gradscope.graph.places import at_node

        shown = self.recording.shown
        graph = shown.graph if shown is not None else None
        if graph is None or graph.partial or self.recording.past >= 0:
            return (-1, "", None)
        return (self.selection.node, graph.fingerprint, at_node(graph, self.selection.node, 0))


def _starting() -> RunState:
    """A run that the session has not told anything of yet."""
    from gradscope.graph.state import RunState

    return RunState(life="connecting")


def _title_of(spec: LaunchSpec) -> str:
    script = launching.script_of(spec)
    return script.name if script is not None else spec.name
