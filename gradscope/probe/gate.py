"""Where the training thread is held.

What it promises. Between two lines of the user's program the training thread may come to a *pause point*: before the
first tracked operation, before an operation, at the loss, before ``backward()``, before one node of it, before an
update, after it, at the script's end. At each it asks the gate. If the last order says "stop here", the gate tells the
session and the thread waits inside ``hold`` - really waits: nothing behind the pause point has run, nothing is
replayed later.

How it works. Orders arrive in the wire thread and are only put into a queue (or, for "pause", change the wish). The
training thread alone acts on them: while held it takes orders out one by one, answers requests for tensors itself
(same thread pool, same grad mode, same stream), and leaves when one says how to go on. ``wish`` is the last such
order; it is a small table of pause points at which it stops.

What it does not do. It cannot stop a thread that reaches no pause point; it never times out while the session lives;
when the session is gone (``released``) it never stops anyone again. Ctrl+C goes through: waiting in Python is
interruptible.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

from ..wire import messages as m

if TYPE_CHECKING:
    from collections.abc import Callable

PHASE_POINTS = frozenset({"forward", "loss", "backward", "update", "end", "script_end", "exception"})
FINE_POINTS = frozenset({"operation", "node", "parameter"})
_ALWAYS = frozenset({"script_end", "exception"})

# For each kind of step, the pause points at which it stops. "node" and a phase by name are decided in ``wants``.
STOPS: dict[m.StepKind, frozenset[str]] = {
    "continue": _ALWAYS,
    "pause": PHASE_POINTS | FINE_POINTS,
    "into": PHASE_POINTS | FINE_POINTS,
    "phase": PHASE_POINTS,
    "out": PHASE_POINTS,
    "iteration": _ALWAYS | {"end"},
    "node": _ALWAYS,
}


class Gate:
    """Decides at each pause point whether to stop, and holds the training thread there."""

    def __init__(self, tell: Callable[[m.Fact], None], answer: Callable[[m.Order], None]) -> None:
        self._tell = tell
        self._answer = answer
        self._orders: queue.SimpleQueue[m.Order | None] = queue.SimpleQueue()
        self.wish = m.Step("continue")
        self.held = False
        self.released = False

    @property
    def stepping(self) -> bool:
        """Training is being stepped: the next iteration is captured in detail."""
        return self.wish.kind != "continue" and not self.released

    @property
    def fine(self) -> bool:
        """A stop at a single operation, node or parameter is possible."""
        return self.wish.kind in ("into", "pause", "node") and not self.released

    def take(self, order: m.Order) -> None:
        """An order from the wire thread."""
        if isinstance(order, m.Step) and not self.held:
            self.wish = order
        else:
            self._orders.put(order)

    def release(self) -> None:
        """The session is gone or told us to leave: nobody is held any more, now or later."""
        self.released = True
        self.wish = m.Step("continue")
        self._orders.put(None)

    def wants(self, point: m.PausePoint, node: int = -1, fingerprint: str = "") -> bool:
        """Whether the last order stops at this pause point."""
        if self.released:
            return False
        wish = self.wish
        if point in STOPS[wish.kind]:
            return wish.phase in ("", point) or point in _ALWAYS
        return wish.kind == "node" and point == "node" and wish.node == node and wish.fingerprint in ("", fingerprint)

    def hold(self, paused: m.Paused) -> None:
        """Hold the calling thread until an order lets it go. Requests are answered meanwhile, in this thread."""
        self.held = True
        try:
            self._tell(paused)
            while not self.released:
                order = self._orders.get()
                if order is None:
                    break
                if isinstance(order, m.Step):
                    if order.kind == "pause":
                        continue
                    self.wish = order
                    break
                self._answer(order)
        finally:
            self.held = False
            self._tell(m.Resumed())
