"""Where a root lost its gradient, as it was seen to happen: from the root back along the untracked calls to the cuts.

Only detail level notes untracked calls; without them nothing is found here, and the source is searched instead.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import torch

from ..wire.faults import GradientLost, TraceLine
from . import traces
from .records import NOWHERE, OperationFinder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .parts import Parts
    from .records import Place, Source, UntrackedCall

_INDICES = ("argmax", "argmin", "max", "min", "topk", "sort", "argsort")


def lost_for_certain(parts: Parts, roots: Sequence[Any]) -> list[GradientLost]:
    """The cuts behind the roots that take no gradient, the nearest first."""
    tensors = (root for root in roots if isinstance(root, torch.Tensor) and not root.requires_grad)
    first = (parts.lineage.find(root) for root in tensors)
    found: list[GradientLost] = []
    for call in _upwards([one for one in first if one is not None]):
        found += [_lost(parts, call, source) for source in call.sources if source.is_cut]
    return found


def _upwards(first: list[UntrackedCall]) -> Iterator[UntrackedCall]:
    waiting, seen = deque(first), set(first)
    while waiting:
        call = waiting.popleft()
        yield call
        above = [source.call for source in call.sources if source.call is not None and source.call not in seen]
        seen.update(above)
        waiting += above


def _lost(parts: Parts, call: UntrackedCall, source: Source) -> GradientLost:
    leaf = source.leaf() if source.leaf is not None else None
    name = _name(parts, call, source)
    if leaf is not None and not leaf.requires_grad:
        at = parts.parameters.frozen_at(leaf)
        place = (at.file, at.line, at.function) if at is not None else call.place
        return GradientLost("frozen", _line(place), name)
    reason = "argmax" if call.reason == "integer" and call.function in _INDICES else call.reason
    place = call.off if reason == "no_grad" and call.off != NOWHERE else call.place
    return GradientLost(reason, _line(place), name)


def _line(place: Place) -> TraceLine:
    return traces.trace_line(*place)


def _name(parts: Parts, call: UntrackedCall, source: Source) -> str:
    """What the user calls the tensor that went into the cut."""
    leaf = source.leaf() if source.leaf is not None else None
    index = parts.parameters.index_of(leaf) if leaf is not None else -1
    if index >= 0:
        return parts.parameters.name(index)
    owner = call.expression.removesuffix("()").removesuffix(f".{call.function}")
    if owner.isidentifier():
        return owner
    record = OperationFinder(parts.records.attributable()).find(source.number) if source.number >= 0 else None
    return "" if record is None or record.result != source.number else record.variable or record.expression
