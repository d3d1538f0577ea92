"""What of a graph is on screen: items that stand for nodes, folded calls, open calls, references and chips.

``fold`` makes it, ``layout`` places it, the canvas and the picture writers draw it. An item is a row number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .snapshot import Ints
    from .statistics import Bools


class ItemKind(IntEnum):
    """What an item stands for."""

    NODE = 0
    CLOSED_CALL = 1
    OPEN_CALL = 2
    REFERENCE = 3  # a further use of a leaf that is drawn elsewhere
    CHIP = 4  # a bookkeeping node (transpose, view, expand) drawn small


@dataclass(frozen=True, slots=True, eq=False)
class VisibleGraph:
    """n items and m edges between them.

    ``node[i]`` is the node that item i stands for (-1 for calls), ``call[i]`` its call row (-1 for others),
    ``parent[i]`` the open call that holds it (-1 at the top). ``members`` are the nodes inside closed and open calls,
    in CSR form (``member_start``). ``item_of_node[k]`` is the item where node k is seen: its own, or the closed call
    around it (-1 if hidden). An edge stands for the graph edges ``edge_rows[edge_start[e]:edge_start[e + 1]]``.
    ``heads`` names the call whose card stands for a call as well, where one card stands for several.
    """

    kinds: Ints
    node: Ints
    call: Ints
    parent: Ints
    members: Ints
    member_start: Ints
    item_of_node: Ints
    source: Ints
    target: Ints
    tracked: Bools
    edge_rows: Ints
    edge_start: Ints
    heads: Mapping[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.kinds)

    def members_of(self, item: int) -> Ints:
        """Nodes inside a call item, or the node that the item stands for."""
        if self.node[item] >= 0:
            return self.node[item : item + 1]
        return self.members[self.member_start[item] : self.member_start[item + 1]]

    def item_of_call(self, call: int) -> int:
        """The item of a call row, -1 if it is inside a closed one."""
        found = np.flatnonzero(self.call == self.heads.get(call, call))
        return int(found[0]) if len(found) else -1

    def calls_of(self, item: int) -> tuple[int, ...]:
        """The calls that an item stands for: several where one card is all of a run, none for a node."""
        head = int(self.call[item])
        together = tuple(call for call, other in self.heads.items() if other == head)
        return together or ((head,) if head >= 0 else ())
