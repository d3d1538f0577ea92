"""A session without a process: tells what a test gives it and writes down what it is asked."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from gradscope.graph.state import RunState, reduce

if TYPE_CHECKING:
    from pathlib import Path

    from gradscope.app.bridge import Bridge
    from gradscope.session.launch import LaunchSpec


class FakeSession:
    """Takes the place of ``session.Session``; ``tell`` plays messages through ``reduce``."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self.state = RunState()
        self.specs: list[LaunchSpec] = []
        self.orders: list[Any] = []
        self.calls: list[str] = []
        self.requests: list[tuple[str, int, int, tuple[int, ...]]] = []
        self.recording_path: Path | None = None
        self._numbers = count(1)

    def tell(self, *messages: Any) -> None:
        for message in messages:
            self.state = reduce(self.state, message)
            self._bridge.listen(self.state, message)
        self._bridge.flush()

    def start(self, spec: LaunchSpec) -> None:
        self.specs.append(spec)

    def restart(self, spec: LaunchSpec | None = None) -> None:
        assert spec is not None
        self.specs.append(spec)

    def order(self, order_message: Any) -> None:
        self.orders.append(order_message)

    def ask(self, make: Any) -> int:
        request = next(self._numbers)
        self.orders.append(make(request))
        return request

    def pause(self) -> None:
        self.calls.append("pause")

    def stop(self) -> None:
        self.calls.append("stop")

    def close(self, leave_running: bool) -> None:
        self.calls.append("leave" if leave_running else "end")

    def request_tensor(
        self, kind: str, node: int = -1, output: int = 0, *, plane: tuple[int, ...] = (), **_: object
    ) -> int:
        self.requests.append((kind, node, output, plane))
        return next(self._numbers)
