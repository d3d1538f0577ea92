"""One graph as the exported JSON describes it: nodes, edges and where in the user's code they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradscope.graph.snapshot import Cut, GraphSnapshot, Saved, Source
    from gradscope.graph.stacks import StackLine
    from gradscope.graph.ties import Hook, Link


def graph_document(graph: GraphSnapshot, aliases: dict[str, tuple[str, ...]], orders: list[int]) -> dict[str, Any]:
    """Lists of nodes, edges, cuts, links, hooks and stacks; ``aliases`` are further names by parameter name.

    A node's ``order`` is 1, or 2 for a part of the derivative of such nodes, and so on. Its ``stack`` is the number of
    a line in ``stacks``; the line that called that one is its ``outer``.
    """
    edges = graph.edges
    saved: dict[int, list[dict[str, Any]]] = {}
    for entry in graph.saved:
        saved.setdefault(entry.node, []).append(_saved(entry))
    return {
        "nodes": [
            _node(graph, node, aliases) | {"saved": saved.get(node, []), "order": order}
            for node, order in enumerate(orders)
        ],
        "edges": [
            {"source": source, "source_output": output, "target": target, "target_input": slot, "tracked": tracked == 1}
            for source, output, target, slot, tracked in zip(
                edges["source"].tolist(),
                edges["source_output"].tolist(),
                edges["target"].tolist(),
                edges["target_input"].tolist(),
                edges["tracked"].tolist(),
                strict=True,
            )
        ],
        "bytes_held": graph.bytes_held() if graph.saved else None,
        "cuts": [_cut(cut) for cut in graph.cuts],
        "links": [_link(link) for link in graph.links],
        "hooks": [_hook(graph, hook) for hook in graph.hooks],
        "stacks": [_line(line) for line in graph.stacks],
    }


def _line(line: StackLine) -> dict[str, Any]:
    return {
        "outer": None if line.outer < 0 else line.outer,
        "file": line.file,
        "line": line.line,
        "function": line.function,
        "expression": line.expression or None,
    }


def _link(link: Link) -> dict[str, Any]:
    """``here`` is the maker's id where it is part of the same graph."""
    maker = {"graph": link.graph, "node": link.maker, "op": link.operation, "pass": link.pass_index}
    return {"node": link.node, "kind": link.kind, "made_by": maker, "here": None if link.here < 0 else link.here}


def _hook(graph: GraphSnapshot, hook: Hook) -> dict[str, Any]:
    call = graph.calls[hook.call] if hook.call >= 0 else None
    return {
        "node": None if hook.node < 0 else hook.node,
        "call": f"{call.module}#{call.occurrence}" if call else None,
        "kind": hook.kind,
        "name": hook.name,
        "location": {"file": hook.file, "line": hook.line} if hook.file else None,
    }


def _cut(cut: Cut) -> dict[str, Any]:
    return {
        "source": None if cut.source < 0 else cut.source,
        "source_output": cut.source_output,
        "target": None if cut.target < 0 else cut.target,
        "target_input": None if cut.target_input < 0 else cut.target_input,
        "reason": cut.reason,
        "location": _location(cut.at),
        "switched_off": _location(cut.off),
    }


def _location(source: Source | None) -> dict[str, Any] | None:
    return {"file": source.file, "line": source.line, "function": source.function} if source else None


def _saved(entry: Saved) -> dict[str, Any]:
    """A packed tensor has no size that could be told without unpacking it."""
    return {
        "name": entry.name,
        "shape": None if entry.packed and not entry.dtype else list(entry.shape),
        "dtype": entry.dtype or None,
        "bytes": None if entry.size < 0 else entry.size,
        "packed": entry.packed,
        "memory": None if entry.memory < 0 else entry.memory,
        "leaf": None if entry.leaf < 0 else entry.leaf,
        "version": None if entry.version < 0 else entry.version,
    }


def _node(graph: GraphSnapshot, node: int, aliases: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    call = graph.call(node)
    name = graph.text(node, "name") or None
    stack = int(graph.nodes["stack"][node])
    return {
        "id": node,
        "kind": graph.kind(node).name.lower(),
        "role": graph.role(node).name.lower(),
        "op": graph.text(node, "op"),
        "title": graph.text(node, "title"),
        "name": name,
        "aliases": list(aliases.get(name or "", ())),
        "call": f"{call.module}#{call.occurrence}" if call else None,
        "module": call.module if call else None,
        "module_type": call.type if call else None,
        "function": graph.text(node, "function") or None,
        "outputs": [
            {"shape": list(output.shape), "dtype": output.dtype, "device": output.device}
            for output in graph.node_outputs(node)
        ],
        "source": _location(graph.source(node)),
        "stack": None if stack < 0 else stack,
    }
