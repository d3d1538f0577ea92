"""What belongs to nodes beside edges: who made them, hooks of the user's, the uses that a leaf's gradient sums."""

from __future__ import annotations

from dataclasses import dataclass, field

from .table import Table

LINK_COLUMNS = (
    "node",  # made by the node ``maker`` while that one ran in a backward
    "kind",  # index into LINK_KINDS
    "pass_index",  # the pass in which it ran
    "graph",  # s: the fingerprint of that pass' graph
    "maker",  # its row there
    "operation",  # s: "PowBackward0"
    "here",  # the maker's row in this graph, -1 if it is not part of it
)
LINK_KINDS = (
    "derivative",  # ``create_graph``: a part of the maker's derivative
    "recomputed",  # what the maker's backward ran again, such as a checkpoint's forward
)
HOOK_COLUMNS = (
    "node",  # -1 for one of a module
    "call",  # row of ``calls``, -1 for one of a tensor
    "kind",  # index into HOOK_KINDS
    "name",  # s: "train.<locals>.clip"
    "file",  # s
    "line",
)
HOOK_KINDS = (
    "tensor hook",
    "post-accumulate hook",
    "forward pre-hook",
    "forward hook",
    "backward pre-hook",
    "backward hook",
    "node pre-hook",
    "node hook",
)
# What one use of a leaf added to its gradient. ``share`` is its part of the sum, along the sum's own direction (all
# make 1), nan if unknown; ``cosine`` that of the contribution and the sum, 2 if unknown; ``norm`` -1 if unknown.
USE_COLUMNS = ("leaf", "target", "target_input", "norm", "share", "cosine")


@dataclass(frozen=True, slots=True)
class LeafUses:
    """What each use of the leaves that a graph uses several times brought them in a pass, in detail level."""

    iteration: int
    pass_index: int
    uses: Table = field(default_factory=lambda: Table(USE_COLUMNS, 0, "f8", b""))
