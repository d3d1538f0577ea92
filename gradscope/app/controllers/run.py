"""Orders to the training process, and its life: start, step, stop, restart, and the question when one leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.background import Background
    from gradscope.app.bridge import Bridge
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec
    from gradscope.wire.breaks import Breakpoint

# A step button runs its phase: it stops at the pause point behind it.
_BEHIND = {"forward": "loss", "loss": "backward", "backward": "update", "update": "end"}
_LIVE = ("connecting", "running", "pausing", "paused", "lost")


class RunSession(Protocol):
    """What this controller needs of a session."""

    def start(self, spec: LaunchSpec) -> None: ...
    def restart(self, spec: LaunchSpec | None = None) -> None: ...
    def order(self, order_message: Any) -> None: ...
    def ask(self, make: Callable[[int], Any]) -> int: ...
    def pause(self) -> None: ...
    def stop(self) -> None: ...
    def close(self, leave_running: bool) -> None: ...


class RunController(QObject):
    """Holds the session. The state it is told decides what an order means.

    ``background`` has one thread: a stop and a restart take effect in the order that they were asked for.
    """

    launched = Signal(object)  # LaunchSpec
    failed = Signal(object)  # the exception
    closed = Signal()
    stepped = Signal()  # an order that ends in a pause was given

    def __init__(
        self,
        bridge: Bridge,
        background: Background,
        make_session: Callable[[Bridge], RunSession],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._background = background
        self._make_session = make_session
        self.session: RunSession | None = None
        self.spec: LaunchSpec | None = None
        self.breakpoints: Callable[[], tuple[Any, ...]] = lambda: ()
        self.holding: Callable[[], Any] = lambda: "uncaught"
        self.node_to_reach: Callable[[], tuple[int, str, Breakpoint | None]] = lambda: (-1, "", None)
        self._state: RunState | None = None

    def set_state(self, state: RunState) -> None:
        """The newest state of the live run."""
        self._state = state

    @property
    def live(self) -> bool:
        """Whether a training process is there."""
        return self.session is not None and self._state is not None and self._state.life in _LIVE

    @property
    def paused(self) -> bool:
        """Whether the training process waits for an order."""
        return self._state is not None and self._state.life == "paused"

    # -- life

    def start(self, spec: LaunchSpec) -> None:
        """Start a command; an earlier run is ended first."""
        self.close(leave_running=False)
        session = self._make_session(self._bridge)
        self.session, self.spec = session, spec
        self.launched.emit(spec)
        spec = replace(spec, breakpoints=self.breakpoints(), hold_exceptions=self.holding())
        self._background.run(lambda: session.start(spec), lambda _: None, self.failed.emit)

    def restart(self) -> None:
        """End the process and start the same command again."""
        if self.spec is not None:
            self.restart_with(self.spec)

    def restart_with(self, spec: LaunchSpec, *, once: bool = False) -> None:
        """End the process and start another command in its place; ``once``: the next restart is the earlier one."""
        session = self.session
        if session is None:
            self.start(spec)
            return
        self.spec = self.spec if once else spec
        self._bridge.drop()
        self.launched.emit(spec)
        spec = replace(spec, breakpoints=self.breakpoints(), hold_exceptions=self.holding())
        self._background.run(lambda: session.restart(spec), lambda _: None, self.failed.emit)

    def use_device(self, device: str) -> None:
        """The same command on another device."""
        if self.spec is not None and device != self.spec.device:
            self.restart_with(replace(self.spec, device=device))

    def stop(self) -> None:
        """End the training process; it is asked, then told, then killed."""
        session = self.session
        if session is not None:
            self._background.run(session.stop, lambda _: None, self.failed.emit)

    def close(self, *, leave_running: bool) -> None:
        """Let go of the run; the process ends with it, or runs on alone."""
        session, self.session, self.spec = self.session, None, None
        self._state = None
        if session is not None:
            session.close(leave_running)
            self._bridge.drop()
            self.closed.emit()

    # -- orders

    def resume(self) -> None:
        """Run freely."""
        self._step("continue")

    def pause(self) -> None:
        """Stop at the next pause point."""
        if self.session is not None and self._state is not None and self._state.life == "running":
            self.session.pause()

    def step_phase(self) -> None:
        """To the next phase."""
        self._step("phase")

    def step_into(self) -> None:
        """One operation, node or parameter."""
        self._step("into")

    def step_out(self) -> None:
        """To the end of this phase."""
        self._step("out")

    def step_iteration(self) -> None:
        """To the end of this iteration."""
        self._step("iteration")

    def run_to_node(self) -> None:
        """Until the selected node is about to run."""
        self.run_to(*self.node_to_reach())

    def run_to(self, node: int, fingerprint: str, place: Breakpoint | None = None) -> None:
        """Until a node of a graph is about to run, or the one at its place in a graph of another shape."""
        if node >= 0:
            self._step("node", node=node, fingerprint=fingerprint, place=place)

    def run_to_phase(self, phase: str) -> None:
        """To the pause point of a phase, in the next iteration if this one is past it; also while running."""
        self._go("phase", phase="forward" if phase == "data" else phase)

    def run_iterations(self, count: int) -> None:
        """Freely, to the end of so many iterations."""
        self._go("iterations", count=count)

    def run_until_loss(self, below: bool, threshold: float) -> None:
        """Freely, until the loss is below a number, or above it."""
        self._go("loss_below" if below else "loss_above", threshold=threshold)

    def run_epoch(self) -> None:
        """Freely, to the end of the epoch."""
        self._go("epoch")

    def run_phase(self, phase: str) -> None:
        """Run a phase and stop behind it."""
        self._step("phase", phase=_BEHIND[phase])

    def _go(self, kind: str, **details: Any) -> None:
        """An order that a running script takes as well."""
        if self._state is not None and self._state.life in ("running", "paused"):
            self._order(kind, **details)

    def _step(self, kind: str, **details: Any) -> None:
        # A key may come faster than the news that the last order let the script go: it is meant for that pause.
        if self.paused:
            self._order(kind, **details)

    def _order(self, kind: str, **details: Any) -> None:
        from gradscope.wire.messages import Step

        if self.session is not None:
            if kind != "continue":
                self.stepped.emit()
            self.session.order(Step(kind, **details))  # type: ignore[arg-type]  # rows of the action table are checked
