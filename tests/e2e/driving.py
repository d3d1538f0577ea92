"""A session driven by a test: start a real script, give orders, wait for pauses."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from gradscope.session.launch import LaunchSpec
from gradscope.session.session import Session
from gradscope.wire import messages as m

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from gradscope.graph.state import RunState

SECONDS = 60.0


class Driver:
    """Collects every message of a run; ``with`` ends the run whatever happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.messages: list[Any] = []
        self.output = ""
        self._changed = threading.Condition()
        self._pauses_seen = 0
        self.session = Session(self._listen, self._hear)

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.session.stop()
        self.session.wait(60)
        self.session.close(leave_running=False)

    def _listen(self, _: RunState, message: Any) -> None:
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def _hear(self, _: str, text: str) -> None:
        with self._changed:
            self.output += text
            self._changed.notify_all()

    @property
    def state(self) -> RunState:
        return self.session.state

    def start(self, script: Path, *words: str, pause: bool = True, **options: Any) -> None:
        """Start a script; it is held before its first forward unless told otherwise."""
        options.setdefault("record_to", str(self.folder / "run.gscope"))
        self.session.start(LaunchSpec(command=(str(script), *words), cwd=str(self.folder), pause=pause, **options))

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for something that the run brings about."""
        deadline = time.monotonic() + SECONDS
        with self._changed:
            while True:
                found = condition()
                if found:
                    return found
                left = deadline - time.monotonic()
                assert left > 0, f"no {what} within {SECONDS} s; last: {[type(x).__name__ for x in self.messages[-5:]]}"
                self._changed.wait(min(left, 0.2))

    def paused(self) -> m.Paused | None:
        """The next pause; None if the run ended instead."""

        def found() -> Any:
            pauses = [message for message in self.messages if isinstance(message, m.Paused)]
            if len(pauses) > self._pauses_seen:
                return (pauses[self._pauses_seen],)
            return (None,) if self.state.life in ("ended", "lost") else ()

        pause: m.Paused | None = self.until(found, "pause")[0]
        self._pauses_seen += pause is not None
        return pause

    def step(self, kind: m.StepKind, **where: Any) -> m.Paused | None:
        """Go on from a pause; the next one, or None at the end."""
        self.session.order(m.Step(kind, **where))
        return self.paused()

    def to(self, point: str) -> m.Paused:
        """F10 until a pause point; it must come."""
        pause = self.step("phase")
        while pause is not None and pause.point != point:
            pause = self.step("phase")
        assert pause is not None, f"the script ended before {point}"
        return pause

    def tensor(self, kind: m.TensorKind, node: int = -1, **more: Any) -> m.TensorTold:
        """Ask for a tensor at a pause."""
        request = self.session.request_tensor(kind, node, **more)
        told: m.TensorTold = self.until(
            lambda: next((x for x in self.messages if isinstance(x, m.TensorTold) and x.request == request), None),
            "tensor",
        )
        return told

    def run_on(self) -> int | None:
        """Let it run to its end; the exit code."""
        self.session.order(m.Step("continue"))
        return self.session.wait(SECONDS)
