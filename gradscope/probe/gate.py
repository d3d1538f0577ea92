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
import threading
from typing import TYPE_CHECKING

from ..wire import messages as m

if TYPE_CHECKING:
    from collections.abc import Callable

PHASE_POINTS = frozenset({"forward", "loss", "backward", "update", "end", "script_end", "exception"})
FINE_POINTS = frozenset({"call", "operation", "node", "parameter"})
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
    "iterations": _ALWAYS,
    "loss_below": _ALWAYS,
    "loss_above": _ALWAYS,
    "epoch": _ALWAYS,
}
_FREE = frozenset({"continue", "iterations", "loss_below", "loss_above", "epoch"})


class Gate:
    """Decides at each pause point whether to stop, and holds the training thread there."""

    def __init__(self, tell: Callable[[m.Fact], None], answer: Callable[[m.Order], None]) -> None:
        self._tell = tell
        self._answer = answer
        self._orders: queue.SimpleQueue[m.Order | None] = queue.SimpleQueue()
        self._taking = threading.Lock()
        self.turn = threading.RLock()  # whose turn it is to be held
        self.wish = m.Step("continue")
        self.held = False
        self.released = False

    @property
    def stepping(self) -> bool:
        """Training is being stepped: the next iteration is captured in detail."""
        return self.wish.kind not in _FREE and not self.released

    @property
    def fine(self) -> bool:
        """A stop at a single operation, node or parameter is possible."""
        return self.wish.kind in ("into", "pause", "node") and not self.released

    def take(self, order: m.Order) -> None:
        """An order from the wire thread."""
        with self._taking:
            if not isinstance(order, m.Step) or self.held:
                self._orders.put(order)
            elif not self.released:
                self.wish = order

    def aim(self, aimed: Callable[[m.Step], m.Step]) -> None:
        """Say the last order anew, unless another one comes meanwhile."""
        wish = self.wish
        anew = aimed(wish)
        with self._taking:
            self.wish = anew if self.wish is wish else self.wish

    def release(self) -> None:
        """The session is gone or told us to leave: nobody is held any more, now or later."""
        with self._taking:
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
        with self._taking:
            self.held = not self.released
        try:
            self._tell(paused)
            self._wait()
        finally:
            self._leave()
            self._tell(m.Resumed())

    def _wait(self) -> None:
        while not self.released:
            order = self._orders.get()
            if order is None:
                return
            if not isinstance(order, m.Step):
                self._answer(order)
            elif order.kind != "pause":
                self.wish = order
                return

    def _leave(self) -> None:
        """From here on orders are for the run that begins; those that came meanwhile are, too."""
        late: list[m.Order] = []
        with self._taking:
            self.held = False
            while not self._orders.empty():
                order = self._orders.get()
                if isinstance(order, m.Step):
                    self.wish = order if not self.released else self.wish
                elif order is not None:
                    late.append(order)
        for order in late:
            self._answer(order)
