"""Tensors in windows of their own, of the graph or of the script, as many as one likes; asked anew at each pause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gradscope.app import dialogs
from gradscope.app.panels import tensor_export, tensor_words

from .feature import Desk, Feature

if TYPE_CHECKING:
    from pathlib import Path

    from gradscope.app.tensor_window import TensorWindow
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState
    from gradscope.graph.tensor import TensorView
    from gradscope.graph.tensor_looks import Cut
    from gradscope.wire.messages import RequestTensor, TensorKind

SIDE = 512  # a window has room for more rows and columns than a panel
MOST = 1 << 18
WHOLE = 1 << 24  # elements that a file may take: 128 MiB on their way


@dataclass(frozen=True, slots=True)
class Subject:
    """What a window shows: an output of a node of one graph, or a variable of a frame."""

    kind: TensorKind
    title: str
    node: int = -1
    output: int = 0
    fingerprint: str = ""
    name: str = ""
    frame: int = 0

    def request(self, number: int, cut: Cut) -> RequestTensor:
        """The order that asks for it as it is shown."""
        from gradscope.wire.messages import RequestTensor

        return RequestTensor(
            number, self.kind, self.node, self.output, self.name, cut.plane, SIDE, SIDE,
            frame=self.frame, axes=cut.axes, most=MOST,
        )  # fmt: skip

    def whole(self, number: int, cut: Cut) -> RequestTensor:
        """The order that asks for all of it."""
        return replace(self.request(number, cut), rows=WHOLE, columns=WHOLE, most=WHOLE, tiles=WHOLE, bins=1)


@dataclass(slots=True)
class _Open:
    window: TensorWindow
    cut: Cut
    asked: int = -1


class TensorWindowsFeature(Feature):
    """A second wish for the same tensor raises its window."""

    name = "tensors"
    answers = ("TensorTold",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._live: RunState | None = None
        self._open: dict[Subject, _Open] = {}
        self._files: dict[int, Path] = {}
        desk.window.variables.tensorRequested.connect(self._open_variable)
        desk.selection.enlargeRequested.connect(self._open_node)
        desk.selection.wholeRequested.connect(self._save_node)

    @property
    def windows(self) -> tuple[TensorWindow, ...]:
        """Those that are open, oldest first."""
        return tuple(entry.window for entry in self._open.values())

    def set_theme(self, theme: Theme) -> None:
        for window in self.windows:
            window.set_theme(theme)

    def set_live(self, state: RunState) -> None:
        before, self._live = self._live, state
        if state.life != "paused" or (before is not None and before.pause is state.pause and before.life == "paused"):
            return
        for subject, entry in self._open.items():
            self._ask(subject, entry)

    def answered(self, message: Any) -> None:
        from gradscope.graph.tensor import TensorView

        if message.request in self._files:
            self._write(TensorView.from_message(message), self._files.pop(message.request))
        for entry in self._open.values():
            if message.request == entry.asked:
                entry.window.set_tensor(TensorView.from_message(message))

    def clear(self) -> None:
        self._live = None
        self._files.clear()
        for window in self.windows:
            window.close()

    def _open_variable(self, name: str) -> None:
        live = self._live
        if live is None:
            return
        from gradscope.graph.tensor_looks import first_cut

        told = live.variables
        shape = next((row.shape for row in told.variables if row.name == name), ()) if told is not None else ()
        subject = Subject("variable", name, name=name, frame=told.depth if told is not None else 0)
        self._show(subject, first_cut(shape, True, {}))

    def _open_node(self, kind: TensorKind, node: int, output: int, cut: Cut) -> None:
        subject = self._subject(kind, node, output)
        if subject is not None:
            self._show(subject, cut)

    def _save_node(self, kind: TensorKind, node: int, output: int, cut: Cut, path: Path) -> None:
        subject = self._subject(kind, node, output)
        if subject is not None:
            self._save(subject, path, cut)

    def _subject(self, kind: TensorKind, node: int, output: int) -> Subject | None:
        graph = self._live.graph if self._live is not None else None
        if graph is None or not 0 <= node < len(graph):
            return None
        title = graph.text(node, "title")
        words = {"gradient": f"gradient of {title}", "accumulated": f"{title}.grad"}.get(kind, title)
        return Subject(kind, words, node, output, graph.fingerprint)

    def _save(self, subject: Subject, path: Path, cut: Cut) -> None:
        """All elements are asked for; they are written when they come."""
        session, live = self.desk.run.session, self._live
        if session is None or live is None or live.life != "paused":
            dialogs.show_error(self.desk.window, "The tensor was not saved.", "Pause the training to save it whole.")
            return
        self._files[session.ask(lambda number: subject.whole(number, cut))] = path

    def _write(self, tensor: TensorView, path: Path) -> None:
        window = self.desk.window
        try:
            if not tensor.available:
                raise ValueError(tensor.why)
            tensor_export.save(tensor, path)
        except (OSError, ValueError) as error:
            dialogs.show_error(window, "The tensor was not saved.", str(error))
            return
        part = f"; of it {tensor_words.left_out(tensor)}, as it is too large" if tensor.thinned else ""
        window.status.set_message(f"saved {path.name}{part}")

    def _show(self, subject: Subject, cut: Cut) -> None:
        from gradscope.app.tensor_window import TensorWindow

        if self._live is None or self._live.life != "paused":
            return
        if subject not in self._open:
            window = TensorWindow(self.desk.window, self.desk.window.theme, subject.title)
            self._open[subject] = _Open(window, cut)
            window.finished.connect(lambda: self._open.pop(subject, None))
            window.wholeRequested.connect(lambda path, other: self._save(subject, path, other))
            window.cutRequested.connect(lambda other: self._ask(subject, self._open[subject], other))
            window.show()
            self._ask(subject, self._open[subject])
        self._open[subject].window.raise_()
        self._open[subject].window.activateWindow()

    def _ask(self, subject: Subject, entry: _Open, cut: Cut | None = None) -> None:
        session, live = self.desk.run.session, self._live
        if session is None or live is None or live.life != "paused" or live.pause is None:
            return
        entry.cut = cut or entry.cut
        if subject.fingerprint and (live.graph is None or live.graph.fingerprint != subject.fingerprint):
            entry.window.set_gone("The graph is another one now. Open the tensor again from its node.")
            return
        entry.window.set_moment(live.pause.iteration, live.pause.phase)
        entry.asked = session.ask(lambda number: subject.request(number, entry.cut))
