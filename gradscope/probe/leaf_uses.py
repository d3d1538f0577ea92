"""What each use of a leaf adds to its gradient, where a graph uses it several times: which dominates, which cancel.

The engine sums contributions on their way and hands the leaf the sum alone. A hook behind each node that uses such a
leaf sees what it sends back. For its norm it waits, as it is, until there are enough of them: the engine adds in place
to nothing that somebody else holds. For its direction it is cloned, within the budget of the iteration, until the pass
is over.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from ..wire.table import Table
from . import compat
from .guard import guarded, guarded_hook
from .last_update import UNKNOWN
from .measures import PIECE, each_norm, out_of_range
from .reductions import CHUNK_ELEMENTS, CHUNK_TENSORS
from .tensors import is_direct, plain, quiet, statistics_row, untouchable
from .together import read_exactly

if TYPE_CHECKING:
    from .clock import Clock
    from .kept import Kept
    from .walk import Walk

_KEY = "gradscope uses"
_BATCHED = 4 * PIECE  # elements, up to which a float32 norm is exact enough
_NORM = m.STATISTIC_COLUMNS.index("norm") - 2
Use = tuple[int, int]  # row of the node that uses the leaf, and as which of its inputs


class LeafUses:
    """Of one pass in detail level. Hooks hold rows, never a node."""

    def __init__(self, seen: Walk, pass_index: int, kept: Kept, clock: Clock) -> None:
        self._pass_index = pass_index
        self._kept = kept
        self._norms: dict[Use, float] = {}
        self._waiting: list[tuple[Use, torch.Tensor]] = []
        self._elements = 0
        uses: dict[int, list[Use]] = {}
        for source, _, target, slot in seen.edges:
            if source in seen.leaves:
                uses.setdefault(source, []).append((target, slot))
        self._uses = {leaf: places for leaf, places in uses.items() if len(places) > 1}
        self._slots: dict[int, list[int]] = {}
        for target, slot in (use for places in self._uses.values() for use in places):
            self._slots.setdefault(target, []).append(slot)
        look = guarded_hook("uses of leaves", clock.aside(self._look))
        nodes, hooks = [seen.nodes[row] for row in self._slots], [partial(look, row) for row in self._slots]
        self._handles = compat.register_hooks(nodes, hooks, compat.BEHIND, _KEY)

    def _look(self, row: int, sent: tuple[Any, ...]) -> None:
        with quiet():
            for slot in self._slots[row]:
                gradient = sent[slot]
                if gradient is None:
                    self._norms[row, slot] = 0.0
                elif not untouchable(gradient):
                    self._measure((row, slot), gradient)
                    if self._kept.budget and gradient.layout is torch.strided and not gradient.is_nested:
                        self._kept.keep(self._key(row, slot), gradient)

    def _measure(self, use: Use, gradient: torch.Tensor) -> None:
        size = gradient.numel()
        if gradient.dtype is not torch.float32 or not is_direct(gradient) or size > _BATCHED or not gradient.is_cpu:
            self._norms[use] = _norm_of(gradient)
            return
        self._waiting.append((use, gradient))
        self._elements += size
        if len(self._waiting) >= CHUNK_TENSORS or self._elements >= CHUNK_ELEMENTS:
            self._flush()

    def _flush(self) -> None:
        """Norms of what waits, in one call; those that float32 is too narrow for once more."""
        waiting, self._waiting, self._elements = self._waiting, [], 0
        if not waiting:
            return
        norms = torch.stack(compat.each_norm([gradient for _, gradient in waiting])).tolist()
        for (use, gradient), norm in zip(waiting, norms, strict=True):
            enough = math.isfinite(norm) and not out_of_range(norm, gradient.numel())
            self._norms[use] = norm if enough else _exact_norm(gradient)

    def _key(self, row: int, slot: int) -> tuple[object, ...]:
        return ("use", self._pass_index, row, slot)

    def remove(self) -> None:
        """Take the hooks out, also from nodes that never ran."""
        compat.remove_hooks(self._handles, _KEY)
        self._handles.clear()

    @guarded("uses of leaves")
    def table(self) -> Table:
        """Columns: ``USE_COLUMNS``; the copies are dropped."""
        columns: dict[str, list[float]] = {name: [] for name in m.USE_COLUMNS}
        with quiet():
            self._flush()
            for leaf, places in self._uses.items():
                ran = [use for use in places if use in self._norms]
                for use, figures in zip(ran, self._along_the_sum(ran), strict=True):
                    for column, value in zip(m.USE_COLUMNS, (leaf, *use, self._norms[use], *figures), strict=True):
                        columns[column].append(value)
        return Table.from_columns("f8", columns)

    def _along_the_sum(self, uses: list[Use]) -> list[tuple[float, float]]:
        """Share and cosine of each contribution; unknown where one of them was not kept."""
        if not self._kept.budget:
            return [(math.nan, UNKNOWN)] * len(uses)
        copies = [self._take(use) for use in uses]
        brought = [copy for copy in copies if copy is not None]
        missing = any(copy is None and self._norms[use] != 0 for copy, use in zip(copies, uses, strict=True))
        if missing or not brought or len({copy.shape for copy in brought}) > 1:
            return [(math.nan, UNKNOWN)] * len(uses)
        total = torch.stack(brought).sum(0)
        square = float(torch.dot(total, total))
        if not square > 0 or not math.isfinite(square):
            return [(math.nan, UNKNOWN)] * len(uses)
        found = []
        for copy, use in zip(copies, uses, strict=True):
            along = float(torch.dot(copy, total)) if copy is not None else 0.0
            norm = self._norms[use]
            cosine = max(-1.0, min(1.0, along / (norm * math.sqrt(square)))) if norm > 0 else UNKNOWN
            found.append((along / square, cosine))
        return found

    def _take(self, use: Use) -> torch.Tensor | None:
        copy = self._kept.get(self._key(*use))
        self._kept.drop(self._key(*use))
        if copy is None:
            return None
        wide = torch.float32 if copy.device.type == "mps" else torch.float64
        real = torch.view_as_real(copy.resolve_conj()) if copy.is_complex() else plain(copy)
        return real.reshape(-1).to(wide)


def _norm_of(gradient: torch.Tensor) -> float:
    """To be called inside ``quiet``."""
    if is_direct(gradient) and gradient.device.type == "cpu" and gradient.numel():
        norm = each_norm([gradient])[0]
        if math.isfinite(norm) and not out_of_range(norm, gradient.numel()):
            return norm
        return _exact_norm(gradient)
    return statistics_row(gradient)[_NORM]


def _exact_norm(gradient: torch.Tensor) -> float:
    """Of a direct one that holds something, in float64; to be called inside ``quiet``."""
    return read_exactly([gradient])[0]
