"""Where nodes come from that no line of the forward made, and the hooks that the user hung on nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from .table import Table

LINK_COLUMNS = ("node", "maker")
HOOK_COLUMNS = ("node", "kind", "name")  # index into HOOK_KINDS; index into ``names``
HOOK_KINDS = (
    "tensor hook",
    "after accumulation",
    "before the node",
    "after the node",
    "module, before forward",
    "module, after forward",
    "module, backward",
)


@dataclass(frozen=True, slots=True)
class NodesMade:
    """Nodes of one graph that were made while nodes of another ran: ``create_graph``, a checkpoint's second forward.

    ``links``: a node of ``fingerprint``, and the node of ``maker_fingerprint`` that ran in pass ``maker_pass`` then.
    """

    fingerprint: str
    iteration: int
    maker_pass: int
    maker_fingerprint: str
    links: Table = field(default_factory=lambda: Table(LINK_COLUMNS, 0, "i4", b""))


@dataclass(frozen=True, slots=True)
class HooksFound:
    """Hooks of the user's on nodes of a graph, on its leaves, and on the modules whose calls made nodes."""

    fingerprint: str
    hooks: Table = field(default_factory=lambda: Table(HOOK_COLUMNS, 0, "i4", b""))
    names: tuple[str, ...] = ()
