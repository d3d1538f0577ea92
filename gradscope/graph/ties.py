"""What ties nodes together beside edges: which node made which others while it ran, and the user's hooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradscope.wire.links import HOOK_COLUMNS, HOOK_KINDS, LINK_COLUMNS, LINK_KINDS

if TYPE_CHECKING:
    from gradscope.wire.messages import GraphCaptured


@dataclass(frozen=True, slots=True)
class Link:
    """``node`` was made while node ``maker`` of graph ``graph`` ran; ``kind`` is one of ``LINK_KINDS``.

    ``here`` is the maker in the graph of ``node`` itself, -1 if it is not part of it.
    """

    node: int
    kind: str
    pass_index: int
    graph: str
    maker: int
    operation: str
    here: int


@dataclass(frozen=True, slots=True)
class Hook:
    """One that the user registered on the tensor of ``node`` or on the module of ``call``; the other is -1."""

    node: int
    call: int
    kind: str
    name: str
    file: str
    line: int


def links_of(message: GraphCaptured) -> tuple[Link, ...]:
    """Decoded; kinds that a newer probe has added are passed over."""
    if not message.links.rows:
        return ()
    rows = zip(*([int(v) for v in message.links.column(name)] for name in LINK_COLUMNS), strict=True)
    text = message.strings
    return tuple(
        Link(node, LINK_KINDS[kind], index, text[graph], maker, text[operation], here)
        for node, kind, index, graph, maker, operation, here in rows
        if kind < len(LINK_KINDS)
    )


def hooks_of(message: GraphCaptured) -> tuple[Hook, ...]:
    """Decoded; kinds that a newer probe has added are passed over."""
    if not message.hooks.rows:
        return ()
    rows = zip(*([int(v) for v in message.hooks.column(name)] for name in HOOK_COLUMNS), strict=True)
    text = message.strings
    return tuple(
        Hook(node, call, HOOK_KINDS[kind], text[name], text[file] if file >= 0 else "", line)
        for node, call, kind, name, file, line in rows
        if kind < len(HOOK_KINDS)
    )
