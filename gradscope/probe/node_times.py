"""How long each node of a pass runs: from where our hook before it ends to where our hook behind it begins.

Measured in detail level, where the whole pass runs in the thread that called for it. Our own work and the time for
which training is held are left out. So is what hooks of the user's on tensors and before nodes do; what their hooks
behind a node and on a leaf (``register_post_accumulate_grad_hook``, an optimizer in backward) do, is in: torch runs
them as a part of it. A node that enters the engine again, as a checkpoint does, has the time of everything that ran
inside of it, the forward and the pass alike, while the nodes of that pass have their own times in it: the figures of
one pass never come to more than it took. On an accelerator a node is over for the host when its kernels have been
started.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..wire import messages as m
from ..wire.table import Table
from .guard import guarded_hook
from .prehooks import Prehooks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .clock import Clock
    from .walk import Walk


class NodeTimes:
    """Of one pass, made in the thread that it runs in. Hooks hold rows, never a node."""

    def __init__(self, clock: Clock) -> None:
        self._hand = clock.hand
        self._began: dict[int, float] = {}
        self._rows: list[int] = []
        self._seconds: list[float] = []

    def before(self, hook: Callable[[int, tuple[Any, ...]], Any]) -> Callable[[int, tuple[Any, ...]], Any]:
        """The hook before every node, and behind it the beginning of the node's time."""
        began, hand = self._began, self._hand

        def see(row: int, gradients: tuple[Any, ...]) -> Any:
            at = began[row] = perf_counter() - hand.ours
            answer = hook(row, gradients)
            hand.ours = perf_counter() - at
            return answer

        return see

    def install(self, seen: Walk, rows: Sequence[int]) -> list[Any]:
        """Hook nodes behind; ``compat.remove_hooks`` takes what is returned."""
        known = seen.variant.behind if seen.variant is not None else Prehooks(behind=True)
        return known.install(seen.nodes, rows, guarded_hook("times of nodes", self._hook()))

    def _hook(self) -> Callable[..., Any]:
        began, hand = self._began.pop, self._hand
        rows, seconds = self._rows.append, self._seconds.append

        def over(row: int, _: tuple[Any, ...]) -> None:
            at = began(row, None)
            if at is not None:
                seconds(perf_counter() - hand.ours - at)
                rows(row)

        return over

    def table(self) -> Table:
        """Columns: ``NODE_TIME_COLUMNS``, of the nodes that have run since the last time."""
        rows, seconds = self._rows.copy(), self._seconds.copy()
        self._rows.clear()
        self._seconds.clear()
        return Table.from_columns("f8", dict(zip(m.NODE_TIME_COLUMNS, (rows, seconds), strict=True)))
