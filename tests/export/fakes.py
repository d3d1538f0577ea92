"""A run as the exporters read it, without a file behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradscope.graph.state import RunState, reduce

if TYPE_CHECKING:
    from collections.abc import Iterator


class FakeRecording:
    """Messages of a run; an iteration's state is that after its last message."""

    def __init__(self, messages: list[Any]) -> None:
        self._messages = messages

    def messages(self) -> Iterator[Any]:
        return iter(self._messages)

    def state_at(self, iteration: int | None) -> RunState:
        state = RunState()
        for message in self._messages:
            number = getattr(message, "iteration", -1)
            if iteration is not None and number > iteration:
                break
            state = reduce(state, message)
        return state
