"""A run as the exporters read it, without a file behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from tests.samples import ended_iteration, spiral_graph, spiral_messages, spiral_parameters, statistics_table

if TYPE_CHECKING:
    from collections.abc import Iterator


def a_run(iterations: int = 3) -> list[Any]:
    """Whole iterations with a pass each, the leaf of the second one NaN."""
    messages: list[Any] = [*spiral_messages(0)[:2], spiral_parameters(), spiral_graph()]
    for number in range(iterations):
        norms = {node: 0.5 / (node + 1) for node in range(11)}
        if number == 1:
            norms[0] = math.nan
        messages += [
            m.PassStarted(number, 0, "backward", "spiral", "detail", "loss", 0.7 - 0.1 * number),
            m.ValuesMeasured(number, "spiral", statistics_table({3: 4.0, 10: 0.7})),
            m.GradientsMeasured(number, 0, statistics_table(norms)),
            m.PassEnded(number, 0, 0.01),
            ended_iteration(number),
        ]
    return messages


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
