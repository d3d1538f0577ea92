"""One run of the engine under way: what of it is hooked and measured, and what is known of it so far."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import torch

from .gathering import Chunks, Gatherer
from .records import OperationRecord
from .reductions import Reducer
from .together import ROTATION
from .walk import input_places
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..wire import messages as m
    from .breakpoints import PassBreaks
    from .inside import Inside
    from .node_times import NodeTimes
    from .walk import Walk


class PassPlan:
    """One run of the engine under way."""

    __slots__ = (
        "breaks",
        "detail",
        "gatherer",
        "handles",
        "index",
        "inputs",
        "inside",
        "kind",
        "last",
        "nested",
        "place",
        "ran",
        "reducer",
        "retained",
        "seen",
        "started",
        "stepped",
        "times",
        "told",
        "total",
        "watch",
    )

    def __init__(self, seen: Walk, kind: str, inputs: Sequence[Any], detail: bool, stepped: bool) -> None:
        self.seen = seen
        self.index = 0
        self.nested = False
        self.retained = False
        self.inside: Inside | None = None  # in detail
        self.times: NodeTimes | None = None  # in detail
        self.place = OperationRecord(kind, 0, 0)
        self.told: m.PassStarted | None = None
        self.kind = kind
        self.inputs = inputs
        self.detail = detail
        self.stepped = stepped
        self.breaks: PassBreaks | None = None
        self.handles: list[Any] = []
        variant = seen.variant
        turn = variant.next_turn() if variant is not None else 0
        norms = variant.norms if variant is not None else None
        self.reducer = Reducer(seen.leaves, detail, 1 if detail else ROTATION, turn, norms)
        self.watch = Watch(seen, certain=False)
        self.gather()
        self.ran = 0
        self.last = -1  # the row that ran last, in detail level
        self.total = len(seen.nodes)
        self.started = time.perf_counter()

    def gather(self) -> None:
        """From here on gradients go by what ``watch`` asks for."""
        variant = self.seen.variant
        chunks = variant.chunks if variant is not None else Chunks(self.seen.metadata)
        self.gatherer = Gatherer(self.reducer, chunks, self.seen.leaves, self.watch.passed_over)

    def threading(self) -> Any:
        """In detail the engine stays in the calling thread: Ctrl+C works and the run order is known."""
        return torch.autograd.set_multithreading_enabled(False) if self.in_order else nullcontext()

    def never_run(self) -> set[int]:
        """The rows that the engine only takes gradients from: asked for by ``inputs``, with nothing asked for below.

        -1, an unknown row, is among them. Leaves of ``backward(inputs=)`` do run: their gradient is accumulated.
        """
        if self.kind == "backward" or not self.inputs:
            return {-1}
        asked = {row for row, _ in input_places(self.seen, self.inputs)}
        consumers: dict[int, list[int]] = {}
        for source, _, target, _ in self.seen.edges:
            consumers.setdefault(source, []).append(target)
        needed: set[int] = set()
        waiting = list(asked)
        while waiting:
            new = set(consumers.get(waiting.pop(), ())) - needed
            needed |= new
            waiting += new
        return (asked - needed) | {-1}

    @property
    def in_order(self) -> bool:
        """Whether the run order is wanted before the nodes run."""
        return self.stepped or self.detail
