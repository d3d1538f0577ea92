"""What an update does to each parameter: before it rehearsed on copies, after it as it was measured."""

from __future__ import annotations

import math
import weakref
from typing import TYPE_CHECKING, Any

from ..wire import messages as m
from ..wire.table import Table
from .last_update import UNKNOWN
from .rehearsal import Refused, rehearse
from .tensors import plain, quiet
from .weights import parameter_norms

if TYPE_CHECKING:
    import torch

    from .parts import Parts
    from .updates import Updates

BY_HAND = "the script writes its parameters itself: what it will write is not known before it has done so"
NOWHERE = "stop before an update to see what it would do, or behind it to see what it did"
NOTHING = "no parameter has a gradient: this update changes nothing"


class UpdateTable:
    """``stepping`` is the optimizer whose step has begun."""

    def __init__(self, parts: Parts, updates: Updates) -> None:
        self._parts, self._updates = parts, updates
        self._stepping: weakref.ref[Any] | None = None
        self.point = ""

    def step_begins(self, optimizer: Any) -> None:
        """An optimizer is about to step."""
        self._stepping = weakref.ref(optimizer)

    def told(self, order: m.RequestUpdate) -> m.UpdateTold:
        """The answer at a pause."""
        iteration = self._parts.course.iteration
        try:
            if self.point == "end":
                return self._done(order, iteration)
            optimizer = self._stepping() if self._stepping is not None else None
            if self.point != "update":
                raise Refused(NOWHERE)
            if optimizer is None or not self._updates.inside:
                raise Refused(BY_HAND)
            return self._rehearsed(order, iteration, optimizer)
        except Refused as refused:
            return m.UpdateTold(order.request, iteration, False, str(refused))

    def _rehearsed(self, order: m.RequestUpdate, iteration: int, optimizer: Any) -> m.UpdateTold:
        parameters, compare = self._parts.parameters, self._updates.compare
        rows: list[tuple[float, ...]] = []

        def take(original: torch.Tensor, stepped: torch.Tensor) -> None:
            index = parameters.index_of(original)
            with quiet():
                before, after = plain(original), plain(stepped)
                direction = after - before
                cosine = compare.cosine_with(index, direction)
            grad, old, new, change = parameter_norms([original.grad, before, after, direction])
            rows.append((index, grad, old, new, change, _ratio(change, old), cosine))

        too_large = rehearse(self._parts, optimizer, take)
        name = type(optimizer).__name__
        if not rows and not too_large:
            raise Refused(NOTHING)
        why = f"{len(too_large)} parameters are too large to copy and are left out" if too_large else ""
        return m.UpdateTold(order.request, iteration, True, why, name, False, _table(rows), compare.iteration)

    def _done(self, order: m.RequestUpdate, iteration: int) -> m.UpdateTold:
        compare = self._updates.compare
        before = compare.before_norms if compare.iteration == iteration else {}
        rows: list[tuple[float, ...]] = []
        for index, (grad, after, change) in self._updates.figures.items():
            if grad < 0 and change <= 0:
                continue  # it took no part
            old = before.get(index, -1.0)
            rows.append((index, grad, old, after, change, _ratio(change, old), compare.cosines.get(index, UNKNOWN)))
        label = self._parts.course.label
        if not rows:
            raise Refused("this update was not measured")
        return m.UpdateTold(order.request, iteration, True, "", label, True, _table(rows), compare.since)


def _ratio(change: float, value: float) -> float:
    return change / value if change >= 0 and value > 0 and math.isfinite(value) else -1.0


def _table(rows: list[tuple[float, ...]]) -> Table:
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in m.UPDATE_COLUMNS]
    return Table.from_columns("f8", dict(zip(m.UPDATE_COLUMNS, columns, strict=True)))
