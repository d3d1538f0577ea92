"""What ties a node to others beside edges, in words for the inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .derivative import node_orders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .snapshot import GraphSnapshot
    from .ties import Link

MOST_TOLD = 4


def tie_words(graphs: Mapping[str, GraphSnapshot], graph: GraphSnapshot, node: int) -> str:
    """Lines for the inspector: ``made by: ...``, ``made: ...``, ``hook: ...``; "" for a node without any."""
    links = [link for link in graph.links if link.node == node]
    order = node_orders(graphs, graph)[node] if links else 1
    made_by = [_maker_words(graphs, link) + (f", order {order}" if order > 1 else "") for link in links]
    made = [
        _title(other, link.node)
        for other in {**graphs, graph.fingerprint: graph}.values()
        for link in other.links
        if (link.graph, link.maker) == (graph.fingerprint, node) or (other is graph and link.here == node)
    ]
    call = int(graph.nodes["call"][node])
    own = [f"{hook.kind} {hook.name}" for hook in graph.hooks if hook.node == node]
    of_call = [f"{hook.kind} {hook.name}" for hook in graph.hooks if hook.call == call >= 0]
    lines = [*(f"made by: {words}" for words in made_by)]
    lines += [f"made: {_several(made)}"] if made else []
    lines += [f"hooks: {_several(own)}"] if own else []
    lines += [f"hooks of {graph.calls[call].label}: {_several(of_call)}"] if of_call else []
    return "\n".join(lines)


def _maker_words(graphs: Mapping[str, GraphSnapshot], link: Link) -> str:
    origin = graphs.get(link.graph)
    title = _title(origin, link.maker) if origin is not None and link.maker < len(origin) else link.operation
    what = "the backward of" if link.kind == "derivative" else "recomputed by"
    return f"{what} {title}, pass {link.pass_index}"


def _title(graph: GraphSnapshot, node: int) -> str:
    return graph.text(node, "title") or graph.text(node, "op")


def _several(texts: Iterable[str]) -> str:
    unique = list(dict.fromkeys(texts))
    more = [f"{len(unique) - MOST_TOLD} more"] if len(unique) > MOST_TOLD else []
    return ", ".join([*unique[:MOST_TOLD], *more])
