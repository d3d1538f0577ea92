"""What a pass and its forward took, in seconds of the host, by node and by call. Told in detail level."""

from __future__ import annotations

from dataclasses import dataclass, field

from .table import Table

NODE_TIME_COLUMNS = ("node", "seconds")
OPERATION_TIME_COLUMNS = (
    "node",
    "operation",  # equal for the nodes that one torch call made
    "seconds",  # of that call as a whole
)
CALL_TIME_COLUMNS = ("call", "seconds")  # row of the graph's ``calls``; with all calls inside of it


@dataclass(frozen=True, slots=True)
class BackwardTimed:
    """Nodes of a pass that have run (while stepping: since the last time), each with its own time."""

    iteration: int
    pass_index: int
    nodes: Table = field(default_factory=lambda: Table(NODE_TIME_COLUMNS, 0, "f8", b""))


@dataclass(frozen=True, slots=True)
class ForwardTimed:
    """What the forward took that made the graph of a pass: its torch calls, and the module calls around them."""

    iteration: int
    pass_index: int
    operations: Table = field(default_factory=lambda: Table(OPERATION_TIME_COLUMNS, 0, "f8", b""))
    calls: Table = field(default_factory=lambda: Table(CALL_TIME_COLUMNS, 0, "f8", b""))
