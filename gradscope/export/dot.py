"""A graph in Graphviz's DOT language: calls as clusters, roles told apart by shape as in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.calltree import call_tree
from gradscope.graph.formats import format_count, format_shape
from gradscope.graph.snapshot import Role
from gradscope.graph.visible import ItemKind
from gradscope.layout.sizes import chip_text

from .attributes import edge_attributes, graph_attributes, node_attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.graph.visible import VisibleGraph

    from .attributes import Value

_ROLE_ATTRIBUTES = {
    Role.LEAF: 'style="rounded,filled", color="#1a9957", fillcolor="#e6f6ee"',
    Role.INTERMEDIATE: 'style="filled", color="#2f6fed", fillcolor="#e8f0fe"',
    Role.ROOT: 'style="filled", peripheries=2, color="#d9480f", fillcolor="#fdece4"',
    Role.INPUT: 'style="dashed", color="#6b7280"',
    Role.UNTRACKED: 'style="dotted", color="#6b7280"',
}
_HEAD = [
    "digraph gradscope {",
    "  rankdir=TB;",
    '  node [shape=box, fontname="Inter,Helvetica", fontsize=11];',
    '  edge [color="#8a94a6", arrowsize=0.7];',
]


def export_dot(graph: GraphSnapshot, visible: VisibleGraph | None = None, state: RunState | None = None) -> str:
    """All nodes and edges of a graph, or only what ``visible`` shows of it, with the figures of ``state``."""
    lines = list(_HEAD)
    if state is not None:
        given = ", ".join(_assigned(f"gs_{name}", value) for name, value in graph_attributes(state, graph).items())
        lines.append(f"  graph [{given}];")
    if visible is None:
        lines += _whole(graph, state)
    else:
        lines += _shown(graph, visible, state)
    return "\n".join([*lines, "}"]) + "\n"


def _whole(graph: GraphSnapshot, state: RunState | None) -> Iterable[str]:
    tree = call_tree(graph)
    inside: dict[int, list[str]] = {}
    for node, call in enumerate(tree.home.tolist()):
        inside.setdefault(call, []).append(f"n{node} [{_node_attributes(graph, node, state)}];")
    occupied = [[child for child in children if tree.count(child)] for children in tree.children]
    roots = [call for call in tree.roots if tree.count(call)]
    yield from _nested(roots, occupied, inside, lambda call: _call_title(graph, call))
    for source, target, attributes in edge_attributes(graph):
        style = "" if attributes["tracked"] else ", style=dashed"
        if "cut" in attributes:
            style += f', color="#c2255c", fontcolor="#c2255c", fontsize=9, label={quoted(str(attributes["cut"]))}'
        given = ", ".join(_assigned(f"gs_{name}", value) for name, value in attributes.items())
        yield f"  n{source} -> n{target} [{given}{style}];"


def _shown(graph: GraphSnapshot, visible: VisibleGraph, state: RunState | None) -> Iterable[str]:
    inside: dict[int, list[str]] = {}
    children: list[list[int]] = [[] for _ in range(len(visible))]
    roots: list[int] = []
    for item in range(len(visible)):
        parent = int(visible.parent[item])
        if visible.kinds[item] == ItemKind.OPEN_CALL:
            (children[parent] if parent >= 0 else roots).append(item)
        else:
            inside.setdefault(parent, []).append(f"i{item} [{_item_attributes(graph, visible, item, state)}];")
    yield from _nested(roots, children, inside, lambda item: _call_title(graph, int(visible.call[item])))
    for source, target, tracked in zip(
        visible.source.tolist(), visible.target.tolist(), visible.tracked.tolist(), strict=True
    ):
        yield _edge(f"i{source}", f"i{target}", tracked)


def _nested(
    roots: list[int], children: list[list[int]], inside: dict[int, list[str]], title: Callable[[int], str]
) -> Iterable[str]:
    """Clusters in clusters, by a stack of our own: modules nest deeper than Python's may."""
    yield from (f"  {text}" for text in inside.get(-1, ()))
    stack = [(root, 1) for root in reversed(roots)]
    while stack:
        box, level = stack.pop()
        pad = "  " * level
        if box < 0:
            yield f"{pad}}}"
            continue
        yield f"{pad}subgraph cluster_{box} {{"
        yield f'{pad}  label={quoted(title(box))}; style="rounded"; color="#c3cad6";'
        yield from (f"{pad}  {text}" for text in inside.get(box, ()))
        stack.append((-1, level))
        stack.extend((child, level + 1) for child in reversed(children[box]))


def quoted(text: str) -> str:
    """A DOT string; a line break in it stays one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _call_title(graph: GraphSnapshot, call: int) -> str:
    made = graph.calls[call]
    return f"{made.label}  {made.type}" if made.label != made.type else made.label


def _node_attributes(graph: GraphSnapshot, node: int, state: RunState | None) -> str:
    """Graphviz' own attributes, then ours: all that is known, under names that it passes on untouched."""
    outputs = graph.node_outputs(node)
    shape = format_shape(outputs[0].shape) if outputs else ""
    texts = [graph.text(node, "title"), graph.text(node, "op"), shape]
    known = node_attributes(state, graph, node)
    given = ", ".join(_assigned(f"gs_{name}", value) for name, value in known.items())
    return (
        f"label={quoted(chr(10).join(text for text in texts if text))}, {_ROLE_ATTRIBUTES[graph.role(node)]}, {given}"
    )


def _assigned(name: str, value: Value) -> str:
    if isinstance(value, bool):
        return f"{name}={str(value).lower()}"
    return f"{name}={quoted(value)}" if isinstance(value, str) else f'{name}="{value}"'


def _item_attributes(graph: GraphSnapshot, visible: VisibleGraph, item: int, state: RunState | None) -> str:
    kind, node = visible.kinds[item], int(visible.node[item])
    if kind == ItemKind.CLOSED_CALL:
        inside = format_count(len(visible.members_of(item)), "node")
        return f'label={quoted(_call_title(graph, int(visible.call[item])) + chr(10) + inside)}, style="filled"'
    if kind == ItemKind.CHIP:
        return f'label={quoted(chip_text(graph.text(node, "op")))}, style="rounded", height=0.2'
    if kind == ItemKind.REFERENCE:
        return f'label={quoted(graph.text(node, "title"))}, style="rounded,dashed", height=0.2'
    return _node_attributes(graph, node, state)


def _edge(source: str, target: str, tracked: bool) -> str:
    return f"  {source} -> {target}{'' if tracked else ' [style=dashed]'};"
