"""What each use of a leaf brought it, where a graph uses it several times, and how to say so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradscope.wire.links import USE_COLUMNS

from .formats import format_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradscope.wire.messages import LeafUses

    from .snapshot import GraphSnapshot

MOST_TOLD = 4
_AGAINST = -0.1


@dataclass(frozen=True, slots=True)
class LeafUse:
    """Input ``slot`` of node ``target`` is ``leaf``. ``norm`` -1, ``share`` nan, ``cosine`` 2: not known."""

    leaf: int
    target: int
    slot: int
    norm: float
    share: float
    cosine: float

    @property
    def has_cosine(self) -> bool:
        """Whether it is known how the contribution lies to the sum."""
        return -1.0 <= self.cosine <= 1.0


def uses_told(message: LeafUses) -> tuple[LeafUse, ...]:
    """Decoded, in the order told."""
    rows = zip(*(message.uses.column(name) for name in USE_COLUMNS), strict=True)
    return tuple(
        LeafUse(int(leaf), int(target), int(slot), norm, share, cosine)
        for leaf, target, slot, norm, share, cosine in rows
    )


def use_words(uses: Iterable[LeafUse], graph: GraphSnapshot, leaf: int) -> str:
    """``used 2 times: w*w 80 % (‖g‖ 4), w + b 20 % (‖g‖ 1)``, the largest first; "" for a leaf used once."""
    own = sorted((use for use in uses if use.leaf == leaf), key=lambda use: -use.norm)
    if len(own) < 2:
        return ""
    told = [_words(use, graph) for use in own[:MOST_TOLD]]
    more = [f"{len(own) - MOST_TOLD} more"] if len(own) > MOST_TOLD else []
    return f"Its gradient sums {len(own)} uses: {', '.join([*told, *more])}."


def _words(use: LeafUse, graph: GraphSnapshot) -> str:
    title = graph.text(use.target, "title")
    share = "" if math.isnan(use.share) else f" {use.share:.0%}"
    norm = f"‖g‖ {format_number(use.norm)}" if use.norm >= 0 or math.isnan(use.norm) else "‖g‖ not known"
    against = ", against the sum" if use.has_cosine and use.cosine < _AGAINST else ""
    return f"{title}{share} ({norm}{against})"
