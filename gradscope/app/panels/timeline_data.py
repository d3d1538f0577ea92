"""What the timeline draws, as growing arrays: losses, one row of gradient norms a module, events.

Appending an iteration costs what that iteration holds. A state of the past of the same run changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradscope.graph.snapshot import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from gradscope.graph.history import IterationRecord
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

MOST_ROWS = 12
EventKind = Literal["change", "warning", "nonfinite", "hand"]  # hand: the user changed it


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """Something worth a dot under the strips."""

    iteration: int
    text: str
    kind: EventKind = "change"


class TimelineData:
    """``iterations`` and ``losses`` are (n,), ``norms`` is (rows, n); NaN stands for nothing measured."""

    def __init__(self) -> None:
        self.events: list[TimelineEvent] = []  # by iteration
        self._changes: object = ()
        self.rows: tuple[str, ...] = ()
        self._run: object = None
        self._parameters: object = None
        self._row_of = np.zeros(0, np.int64)
        self._count = 0
        self._iterations = np.zeros(0)
        self._losses = np.zeros(0)
        self._norms = np.zeros((0, 0))
        self._seen: set[str] = set()
        self._leaves: tuple[GraphSnapshot | None, Array, Array] = (None, np.zeros(0, int), np.zeros(0, int))
        self._rate: float | None = None
        self.live_iteration = -1
        self.live_loss = float("nan")
        self.live_norms = np.zeros(0)

    def __len__(self) -> int:
        return self._count

    @property
    def iterations(self) -> Array:
        """Numbers of the ended iterations, ascending."""
        return self._iterations[: self._count]

    @property
    def losses(self) -> Array:
        """Their losses."""
        return self._losses[: self._count]

    @property
    def norms(self) -> Array:
        """Their gradient norms by row."""
        return self._norms[:, : self._count]

    def update(self, state: RunState) -> bool:
        """Take in what is new; True if anything to draw changed."""
        history = state.history
        changed = self._take_changes(state)
        another = state.hello != self._run or self._is_foreign(history)
        relisted = state.parameters is not self._parameters and state.parameters != self._parameters
        longer = len(history) >= self._count
        if another or (relisted and longer):
            self._restart(state)
        fresh = history[self._count :]
        live = self._take_live(state)
        if not fresh:
            return another or relisted or live or changed
        self._append(fresh)
        return True

    def _take_changes(self, state: RunState) -> bool:
        """What the user changed, each at its iteration; a state of the past knows only some of it."""
        if state.changes == self._changes:
            return False
        self._changes = state.changes
        kept = [event for event in self.events if event.kind != "hand"]
        hand = [TimelineEvent(change.iteration, f"by you: {change.text}", "hand") for change in state.changes]
        self.events = sorted([*kept, *hand], key=_when)
        return True

    def _is_foreign(self, history: Sequence[IterationRecord]) -> bool:
        known = min(len(history), self._count)
        return known > 0 and history[known - 1].iteration != self._iterations[known - 1]

    def _restart(self, state: RunState) -> None:
        self._run, self._parameters = state.hello, state.parameters
        self._count = 0
        self.events = [event for event in self.events if event.kind == "hand"]
        self._seen = set()
        self._rate = None
        groups = grouped([parameter.name for parameter in state.parameters])
        distinct = list(dict.fromkeys(groups))[::-1]
        self.rows = tuple(distinct)
        rows = {name: row for row, name in enumerate(distinct)}
        highest = max((parameter.index for parameter in state.parameters), default=-1)
        self._row_of = np.full(highest + 2, -1, np.int64)
        for parameter, group in zip(state.parameters, groups, strict=True):
            self._row_of[parameter.index] = rows[group]
        self._norms = np.zeros((len(self.rows), 0))
        self._leaves = (None, np.zeros(0, int), np.zeros(0, int))

    def _append(self, fresh: Sequence[IterationRecord]) -> None:
        start, stop = self._count, self._count + len(fresh)
        self._reserve(stop)
        self._iterations[start:stop] = [record.iteration for record in fresh]
        self._losses[start:stop] = [float("nan") if record.loss is None else record.loss for record in fresh]
        self._norms[:, start:stop] = self._norms_of(fresh)
        self._count = stop
        for record in fresh:
            self.events += self._events_of(record)
        self.events.sort(key=_when)

    def _reserve(self, count: int) -> None:
        have = len(self._iterations) if self._norms.shape[1] == len(self._iterations) else 0
        if count <= have:
            return
        size = max(256, 2 * count)
        for name in ("_iterations", "_losses"):
            grown = np.full(size, np.nan)
            grown[: self._count] = getattr(self, name)[: self._count]
            setattr(self, name, grown)
        norms = np.full((len(self.rows), size), np.nan)
        norms[:, : self._count] = self._norms[:, : self._count]
        self._norms = norms

    def _norms_of(self, fresh: Sequence[IterationRecord]) -> Array:
        """(rows, len(fresh)): the norm over all parameters of a row."""
        count = len(fresh)
        tables = [record.parameters for record in fresh]
        lengths = [len(table.get("parameter", ())) if "grad_norm" in table else 0 for table in tables]
        if not sum(lengths) or not self.rows:
            return np.full((len(self.rows), count), np.nan)
        kept = [table for table, length in zip(tables, lengths, strict=True) if length]
        parameter = np.concatenate([table["parameter"] for table in kept]).astype(np.int64)
        norm = np.concatenate([table["grad_norm"] for table in kept])
        column = np.repeat(np.arange(count), lengths)
        known = (parameter >= 0) & (parameter < len(self._row_of))
        row = self._row_of[np.where(known, parameter, -1)]
        usable = (row >= 0) & ~(norm < 0)
        cell = row[usable] * count + column[usable]
        size = len(self.rows) * count
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.bincount(cell, weights=np.nan_to_num(norm[usable], nan=np.inf) ** 2, minlength=size)
        total = np.where(np.bincount(cell, minlength=size) > 0, np.sqrt(total), np.nan)
        return total.reshape(len(self.rows), count)

    def _events_of(self, record: IterationRecord) -> list[TimelineEvent]:
        found: list[TimelineEvent] = []
        rate = record.learning_rate
        if rate is not None and self._rate is not None and rate != self._rate:
            found.append(TimelineEvent(record.iteration, f"lr {self._rate:.4g} \u2192 {rate:.4g}"))
        self._rate = rate if rate is not None else self._rate
        if record.fingerprint and record.fingerprint not in self._seen:
            if self._seen:
                found.append(TimelineEvent(record.iteration, "new graph"))
            self._seen.add(record.fingerprint)
        if record.skipped:
            found.append(TimelineEvent(record.iteration, "update skipped", "warning"))
        if record.loss is not None and not isfinite(record.loss):
            found.append(TimelineEvent(record.iteration, f"loss {record.loss}", "nonfinite"))
        return found

    def _take_live(self, state: RunState) -> bool:
        """The iteration under way: its loss once it is known, and the leaves that backward has reached."""
        iteration, loss, norms = -1, float("nan"), np.full(len(self.rows), np.nan)
        newest, gradients, graph = state.current_pass, state.gradients, state.graph
        ended = self._count > 0 and self._iterations[self._count - 1] >= state.iteration
        if newest is not None and newest.iteration == state.iteration and not ended:
            iteration, loss = state.iteration, float("nan") if newest.loss is None else newest.loss
            if gradients is not None and graph is not None and len(gradients.known) == len(graph):
                node, row = self._leaves_of(graph)
                reached = gradients.known[node] & ~(gradients.columns["norm"][node] < 0)
                total = np.bincount(
                    row[reached], gradients.columns["norm"][node[reached]] ** 2, minlength=len(self.rows)
                )
                found = np.bincount(row[reached], minlength=len(self.rows)) > 0
                norms = np.where(found, np.sqrt(total), np.nan)
        same = (iteration, repr(loss)) == (self.live_iteration, repr(self.live_loss))
        same = same and np.array_equal(norms, self.live_norms, equal_nan=True)
        self.live_iteration, self.live_loss, self.live_norms = iteration, loss, norms
        return not same

    def _leaves_of(self, graph: GraphSnapshot) -> tuple[Array, Array]:
        """Leaves of a graph and the row of each."""
        if self._leaves[0] is not graph:
            parameters = self._parameters if isinstance(self._parameters, tuple) else ()
            rows = {parameter.name: int(self._row_of[parameter.index]) for parameter in parameters}
            leaves = np.flatnonzero(graph.nodes["kind"] == int(Kind.LEAF))
            row = np.array([rows.get(graph.text(int(leaf), "name"), -1) for leaf in leaves], np.int64)
            self._leaves = (graph, leaves[row >= 0], row[row >= 0])
        return self._leaves[1], self._leaves[2]


def _when(event: TimelineEvent) -> int:
    return event.iteration


def grouped(names: Sequence[str], most: int = MOST_ROWS) -> list[str]:
    """The row of each parameter: its module, or as much of the module's path as gives at most ``most`` rows."""
    modules = [name.rpartition(".")[0] or name for name in names]
    depth = max((module.count(".") + 1 for module in modules), default=1)
    while depth > 1 and len(set(modules)) > most:
        depth -= 1
        modules = [".".join(module.split(".")[:depth]) for module in modules]
    distinct = list(dict.fromkeys(modules))
    if len(distinct) > most:
        shown = set(distinct[: most - 1])
        modules = [module if module in shown else f"{len(distinct) - most + 1} others" for module in modules]
    return modules
