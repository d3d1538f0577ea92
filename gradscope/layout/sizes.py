"""How large every item is before it is placed: cards as wide as their texts need, within limits.

The canvas draws into these rectangles and shortens a text that does not fit. Widths come from a table of the bundled
fonts, so that the worker, an export without a display and the window agree to the pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from gradscope.graph.calltree import call_tree
from gradscope.graph.formats import format_shape
from gradscope.graph.odd_types import odd_types
from gradscope.graph.snapshot import Kind, Role, parse_shape
from gradscope.graph.visible import ItemKind

from .advances import BOLD, FIRST, MONO, OTHER, REGULAR

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot, Ints
    from gradscope.graph.visible import VisibleGraph

    from .geometry import Floats2

TITLE_PIXELS = 13
DETAIL_PIXELS = 11
CARD_HEIGHT = 56.0
INPUT_HEIGHT = 40.0
CALL_HEIGHT = 50.0
CHIP_HEIGHT = 20.0
REFERENCE_HEIGHT = 22.0
HEADER_HEIGHT = 28.0  # room for the name of an open call, above what it holds
BOX_PADDING = 14.0  # between an open call's border and what it holds
CARD_WIDTHS = (168.0, 260.0)
CALL_WIDTHS = (190.0, 280.0)
CHIP_WIDTHS = (32.0, 84.0)
REFERENCE_WIDTHS = (56.0, 190.0)
_MARGIN = 14.0
_GAP = 14.0
_DISCLOSURE = 18.0  # the triangle of a call, with its gap
_REGULAR = {chr(FIRST + place): width for place, width in enumerate(REGULAR)}
_BOLD = {chr(FIRST + place): width for place, width in enumerate(BOLD)}


def text_width(text: str, pixels: float, bold: bool = False, mono: bool = False) -> float:
    """Width of a line of text in Inter or JetBrains Mono at a pixel size."""
    if mono:
        return len(text) * MONO * pixels / 1000
    table = _BOLD if bold else _REGULAR
    return sum([table.get(character, OTHER) for character in text]) * pixels / 1000


def chip_text(op: str) -> str:
    """What a bookkeeping chip says: ``T`` for TBackward0, ``view`` for ViewBackward0."""
    name = op.partition("Backward")[0]
    return name if len(name) <= 2 else name[0].lower() + name[1:]


def operation_text(graph: GraphSnapshot, node: int, bare: int) -> str:
    """An operation's second row: its autograd node, the call that it is all of, dtype and device where they change."""
    parts = [graph.text(node, "op"), graph.calls[bare].label if bare >= 0 else "", odd_types(graph).get(node, "")]
    return ", ".join(part for part in parts if part)


def item_sizes(graph: GraphSnapshot, visible: VisibleGraph) -> Floats2:
    """(n, 2) float64, width and height by item; of an open call the least that its header needs."""
    known = _known(graph)
    sizes = np.zeros((len(visible), 2))
    own = np.flatnonzero(visible.node >= 0)
    kinds, nodes = visible.kinds[own], visible.node[own]
    unknown = own[known.of_nodes[kinds, nodes, 0] == 0]
    _measure(graph, known, visible.kinds[unknown].tolist(), visible.node[unknown].tolist())
    sizes[own] = known.of_nodes[kinds, nodes]
    calls = np.flatnonzero(visible.node < 0).astype(np.int32)
    sizes[calls] = _call_sizes(graph, visible, known, calls)
    return sizes


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Sizes of one graph's nodes by item kind, zeros until they are asked for, and widths of headers by call."""

    of_nodes: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]
    of_looks: dict[tuple[int | str, ...], tuple[float, float]]
    of_headers: np.ndarray[tuple[int], np.dtype[np.float64]]


@lru_cache(maxsize=4)  # a graph never changes, and every click asks again
def _known(graph: GraphSnapshot) -> _Known:
    return _Known(np.zeros((len(ItemKind), len(graph), 2)), {}, np.zeros(len(graph.calls)))


def _measure(graph: GraphSnapshot, known: _Known, kinds: list[int], nodes: list[int]) -> None:
    """Sizes of nodes that were not on screen before; equal texts are measured once."""
    if not nodes:
        return
    shapes, bare, odd = _first_shapes(graph), call_tree(graph).bare, odd_types(graph)
    names = ("kind", "title", "op", "call")
    columns = zip(*(graph.nodes[name][nodes].tolist() for name in names), strict=True)
    for item_kind, node, (node_kind, title, op, call) in zip(kinds, nodes, columns, strict=True):
        alone = call if call in bare else -1
        key = (item_kind, node_kind, title, op, shapes[node], alone, odd.get(node, ""))
        size = known.of_looks.get(key)
        if size is None:
            size = known.of_looks[key] = _node_size(graph, item_kind, node, shapes[node], alone)
        known.of_nodes[item_kind, node] = size


def _first_shapes(graph: GraphSnapshot) -> list[int]:
    """By node the string index of its first output's shape; -1 if it has none."""
    shapes = np.full(len(graph), -1)
    first = graph.outputs["output"] == 0
    shapes[graph.outputs["node"][first]] = graph.outputs["shape"][first]
    found: list[int] = shapes.tolist()
    return found


def _node_size(graph: GraphSnapshot, kind: int, node: int, shape: int, bare: int) -> tuple[float, float]:
    title = graph.text(node, "title")
    if kind == ItemKind.CHIP:
        text = chip_text(graph.text(node, "op"))
        return _between(CHIP_WIDTHS, text_width(text, DETAIL_PIXELS) + 2 * 8.0), CHIP_HEIGHT
    if kind == ItemKind.REFERENCE:
        return _between(REFERENCE_WIDTHS, text_width(title, DETAIL_PIXELS) + 36.0), REFERENCE_HEIGHT
    shape_text = format_shape(parse_shape(graph.strings[shape])) if shape >= 0 else ""
    first = text_width(title, TITLE_PIXELS, bold=True) + _GAP + text_width(shape_text, DETAIL_PIXELS, mono=True)
    if len(shape_text) == 0 or shape_text == "scalar":  # room for "loss = 0.6871"
        first += text_width(" = -0.00000", TITLE_PIXELS, bold=True)
    second = text_width(operation_text(graph, node, bare), DETAIL_PIXELS)
    is_data = graph.nodes["kind"][node] == Kind.INPUT and graph.nodes["role"][node] != Role.LEAF
    height = INPUT_HEIGHT if is_data else CARD_HEIGHT
    return _between(CARD_WIDTHS, max(first, second) + 2 * _MARGIN), height


def gathered_header(graph: GraphSnapshot, visible: VisibleGraph, item: int) -> tuple[str, str]:
    """Of a card that stands for several calls: how many of which type, and ``blocks.0 … 11``."""
    calls = [graph.calls[call] for call in visible.calls_of(item)]
    title = f"{len(calls)} × {calls[0].type}"  # noqa: RUF001 - the sign of multiplication
    if calls[0].lines:
        return title, calls[0].lines if len({call.lines for call in calls}) == 1 else f"{calls[0].lines} …"
    if len({call.module for call in calls}) == 1:
        numbers = sorted(call.occurrence for call in calls)
        return title, f"{calls[0].module or calls[0].type}#{numbers[0]} … {numbers[-1]}"
    names = sorted((call.label for call in calls), key=lambda name: (len(name), name))
    return title, f"{names[0]} … {names[-1].rpartition('.')[2]}"


def _call_sizes(graph: GraphSnapshot, visible: VisibleGraph, known: _Known, items: Ints) -> Floats2:
    rows = visible.call[items]
    for call in np.unique(rows[known.of_headers[rows] == 0]).tolist():
        known.of_headers[call] = _header_width(graph.calls[call].label, graph.calls[call].type)
    heads = known.of_headers[rows]
    for place in np.flatnonzero(np.isin(rows, list(visible.heads.values()))).tolist():
        heads[place] = _header_width(*gathered_header(graph, visible, int(items[place])))
    counts, which = np.unique(np.diff(visible.member_start)[items], return_inverse=True)
    widths = np.maximum(heads, np.array([_numbers_width(count) for count in counts.tolist()])[which])
    closed = np.clip(2.0 * np.ceil(widths / 2), *CALL_WIDTHS)
    opened = visible.kinds[items] == ItemKind.OPEN_CALL
    return np.column_stack((np.where(opened, heads, closed), np.where(opened, HEADER_HEIGHT, CALL_HEIGHT)))


def _header_width(title: str, side: str) -> float:
    width = text_width(title, TITLE_PIXELS, bold=True) + _GAP + text_width(side, DETAIL_PIXELS)
    return width + _DISCLOSURE + 2 * _MARGIN


@lru_cache(maxsize=4096)
def _numbers_width(inside: int) -> float:
    """Of a closed call's second row, for so many nodes inside."""
    width = text_width(f"{inside} nodes, {inside} leaves", DETAIL_PIXELS) + _GAP
    return width + text_width("grad: not yet", DETAIL_PIXELS, mono=True) + 2 * _MARGIN


def _between(limits: tuple[float, float], width: float) -> float:
    """A whole, even number of pixels, so that lines into the middle are sharp."""
    return min(limits[1], max(limits[0], 2.0 * math.ceil(width / 2)))
