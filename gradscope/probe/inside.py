"""What detail level looks for in a pass beside gradients: who made which nodes, and what each use of a leaf brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wire import messages as m
from .guard import guarded
from .leaf_uses import LeafUses

if TYPE_CHECKING:
    from .parts import Parts
    from .walk import Walk


class Inside:
    """One pass in detail. ``derives``: the engine makes a graph of what it does (``create_graph``)."""

    def __init__(self, parts: Parts, seen: Walk, pass_index: int, derives: bool) -> None:
        self._parts = parts
        self._pass_index = pass_index
        self._making = parts.makers.pass_begins(seen, pass_index, derives)
        self._uses = LeafUses(seen, pass_index, parts.kept, parts.clock)
        self.began = self._making.began

    @guarded("links and uses")
    def ended(self, whole: bool) -> None:
        """The pass is over; ``whole``: it did not raise."""
        self._uses.remove()
        self._parts.makers.pass_ended(self._making)
        table = self._uses.table()
        if whole and table is not None and table.rows:
            self._parts.tell(m.LeafUses(self._parts.course.iteration, self._pass_index, table))
