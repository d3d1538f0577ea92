"""The picture that ``gradscope demo`` leaves where there is no display: the real window, fed by a run made just now.

The script is started like any other, trains for a while, is held in the middle of backward, and the window is drawn
once graph and inspector have what they show. Then the script is stopped.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QSettings, QSize, QTimer

from .settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec
    from gradscope.wire.messages import Paused

    from .application import Application
    from .theme import ThemeChoice

SIZE = QSize(1680, 1020)
ITERATIONS = 12  # before the one in the picture; a script that has fewer is started again and held in its last
PATIENCE_MS = 180_000
_SETTLED_MS = 400  # after the last thing came: animations are off, so that one repaint is all that is due


class PictureError(Exception):
    """The window did not come to what the picture is to show."""


def demo_picture(spec: LaunchSpec, picture: Path, *, theme: ThemeChoice = "light") -> None:
    """Run ``spec``, hold it in backward, draw the window to ``picture`` (PNG, 1680x1020) and stop the script.

    Raises:
        PictureError: the script ended, failed or took too long before it could be held in backward.
    """
    from .application import Application, make_qt

    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qt = make_qt()
    # Settings of no one: a picture looks the same on every machine.
    store = QSettings(str(picture.with_suffix(".ini")), QSettings.Format.IniFormat)
    settings = Settings(store)
    settings.animations = False
    settings.keys_read = True
    application = Application(settings, theme=theme)
    application.shell.remembers = False
    try:
        _Photographer(application, qt).take(replace(spec, pause=True, hold_at_end=True), picture)
    finally:
        application.run.close(leave_running=False)
        application.close()
        application.window.close()
        application.window.deleteLater()
        store.clear()
        store.sync()
        picture.with_suffix(".ini").unlink(missing_ok=True)


class _Photographer:
    """Steps the run to its place, one order at a pause."""

    def __init__(self, application: Application, qt: QApplication) -> None:
        self._app, self._qt = application, qt
        self._bench = application.compose()
        self._loop = QEventLoop()
        self._trouble = ""
        self._settled = QTimer(singleShot=True, interval=_SETTLED_MS)
        self._settled.timeout.connect(self._loop.quit)
        self._last: object = None
        self._node = -1
        self._iterations = ITERATIONS
        self._starts_again = False

    def take(self, spec: LaunchSpec, picture: Path) -> None:
        window = self._app.window
        window.resize(SIZE)
        window.show()
        window.resize(SIZE)
        self._bench.updated.connect(self._look)
        self._bench.graph.sceneShown.connect(self._wait_a_little)
        self._app.bridge.answered.connect(self._wait_a_little)
        self._app.run.failed.connect(self._failed)
        deadline = QTimer(singleShot=True, interval=PATIENCE_MS)
        deadline.timeout.connect(lambda: self._failed("it took too long"))
        deadline.start()
        self._app.shell.start(spec)
        self._loop.exec()
        deadline.stop()
        self._bench.updated.disconnect(self._look)
        if self._trouble:
            raise PictureError(
                f"The picture {picture} could not be made: {self._trouble}; try gradscope record instead"
            )
        if not window.grab().save(str(picture)):
            raise PictureError(f"The picture could not be written to {picture}; choose a folder that can be written")

    def _look(self) -> None:
        state = self._bench.state
        if state is None:
            return
        if state.life == "ended" and not self._starts_again:
            self._failed(state.explanation or f"the script ended with exit code {state.exit_code} before backward")
        pause = state.pause
        if pause is None or pause is self._last:
            return
        self._last = pause
        if pause.point in ("script_end", "exception"):
            self._came_to_its_end(state)
            return
        self._starts_again = False
        self._go_on(state, pause)

    def _came_to_its_end(self, state: RunState) -> None:
        """Too soon: once more, to the last iteration that it has; then, where none is seen to end, to its first."""
        if self._starts_again:
            return
        if self._iterations == 0 or not state.history:
            self._failed("the script ended before it could be held in backward")
            return
        first = self._iterations < ITERATIONS
        self._iterations, self._starts_again = 0 if first else min(len(state.history), ITERATIONS) - 1, True
        self._app.run.restart()

    def _go_on(self, state: RunState, pause: Paused) -> None:
        if pause.iteration < self._iterations - (pause.point == "end") and not _last_chance(state):
            self._app.run.step_iteration()
        elif pause.point == "node" and pause.node == self._node:
            self._bench.selection.select_halo()
            self._wait_a_little()
        elif pause.point in ("backward", "node"):
            self._node = _middle(state)
            self._bench.selection.select(self._node)
            if self._node < 0:
                self._failed("its graph has no operation to be held at")
            elif pause.node == self._node:
                self._wait_a_little()
            else:
                self._app.run.run_to_node()
        else:
            self._app.run.step_phase()

    def _wait_a_little(self, *_: object) -> None:
        if self._node >= 0 and self._bench.state is not None and self._bench.state.pause is not None:
            self._settled.start()

    def _failed(self, error: object) -> None:
        self._trouble = self._trouble or str(error)
        self._loop.quit()


def _last_chance(state: RunState) -> bool:
    """A short script is held before it is over."""
    progress = state.progress
    if progress is None or progress.epochs <= 0 or progress.batches > 0:
        return False
    return progress.epoch >= progress.epochs


def _middle(state: RunState) -> int:
    """An operation of the user's model near the middle of backward, that one can see well: not a chip, not a leaf."""
    from gradscope.graph.hidden import BOOKKEEPING
    from gradscope.graph.snapshot import Kind

    graph, current = state.graph, state.current_pass
    if graph is None or current is None:
        return -1
    # Node ids follow the forward; the engine's own order is known once it has been asked to stop inside.
    order = [int(node) for node in current.order] or list(range(len(graph)))[::-1]
    good = [
        place
        for place, node in enumerate(order)
        if graph.kind(node) == Kind.OP and graph.text(node, "op").removesuffix("Backward0") not in BOOKKEEPING
    ]
    best = min(good, key=lambda place: abs(place - 0.62 * len(order)), default=-1)
    return order[best] if best >= 0 else -1
