"""The script's own time: a clock that stands while the probe is at work.

What is timed is the user's code, and hooks of the probe run in the midst of it: they measure, tell, and may hold the
thread for minutes. Each of them takes the time when it begins and lets the clock go on from there when it is over. What
runs inside of another pass or call is so told without what looking at it cost.
"""

from __future__ import annotations

import threading
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Hand:
    """Where the clock of one thread stands: it is late by ``ours`` seconds, the probe's own."""

    __slots__ = ("ours",)

    def __init__(self) -> None:
        self.ours = 0.0


class Clock(threading.local):
    """One for each thread. Times are seconds from anywhere, good for differences within their thread.

    What runs at every node reads ``hand`` itself. What it costs to enter Python from torch and to leave it, a
    microsecond or two a hook, is not seen from inside of one.
    """

    def __init__(self) -> None:
        self.hand = Hand()

    def now(self) -> float:
        """The time, which is also what ``go_on`` takes."""
        return perf_counter() - self.hand.ours

    def go_on(self, at: float) -> None:
        """What has passed since ``at`` was the probe's, whatever else was said of parts of it."""
        self.hand.ours = perf_counter() - at

    def aside(self, hook: Callable[[int, tuple[Any, ...]], Any]) -> Callable[[int, tuple[Any, ...]], Any]:
        """A hook of ours at a node, for which the clock stands."""

        def call(row: int, gradients: tuple[Any, ...]) -> Any:
            at = self.now()
            answer = hook(row, gradients)
            self.go_on(at)
            return answer

        return call
