"""An item in words: the tooltip, and the same for a screen reader."""

from __future__ import annotations

import html
from pathlib import PurePath
from typing import TYPE_CHECKING

from gradscope.graph.outputs import outputs_of, told_outputs
from gradscope.graph.snapshot import Kind
from gradscope.graph.visible import ItemKind

from .looks import Look

if TYPE_CHECKING:
    from gradscope.graph.marks import Marks

    from .scene import Scene

_ROLE_WORDS = {
    Look.LEAF: "leaf",
    Look.INTERMEDIATE: "intermediate",
    Look.ROOT: "root",
    Look.INPUT: "input",
    Look.UNTRACKED: "untracked",
    Look.FROZEN: "frozen parameter",
}
_FIGURES = {"activation": "activation norm", "saved": "saved for backward:"}
_FIGURES |= {"backward_time": "time in backward:", "forward_time": "time in the forward:"}


def lines_of(scene: Scene, marks: Marks | None, item: int) -> list[str]:
    """What is essential of an item, the most important first."""
    card = scene.card(item)
    if int(scene.visible.kinds[item]) in (ItemKind.CLOSED_CALL, ItemKind.OPEN_CALL):
        return _call_lines(scene, marks, item)
    graph, node = scene.graph, int(scene.visible.node[item])
    title = graph.text(node, "title") or graph.text(node, "op")
    lines = [marks.title(item, title) if marks else title]
    role = _ROLE_WORDS.get(Look(int(scene.looks[item])), "")
    op = graph.text(node, "op")
    lines.append(f"{role}: {op}" if op else role)
    outputs = graph.node_outputs(node)
    if outputs:
        shape = ", ".join(str(size) for size in outputs[0].shape)
        lines.append(f"({shape}) {outputs[0].dtype} {outputs[0].device}".strip())
    call = graph.call(node)
    if call is not None:
        lines.append(f"in {call.label}" + (f" ({call.type})" if call.type != call.label else ""))
    source = graph.source(node)
    if source is not None:
        lines.append(f"{PurePath(source.file).name}:{source.line} in {source.function}")
    words = marks.words(item) if marks else None
    if words is not None and words.text and graph.kind(node) in (Kind.LEAF, Kind.OP):
        lines.append(_figure(marks, words.text))
    if int(scene.visible.kinds[item]) == ItemKind.REFERENCE:
        lines.append(f"a further use of {card.title}, which is drawn elsewhere")
    if marks is not None and marks.halo == item:
        lines.append("paused here: about to run")
    return lines


def tooltip_of(scene: Scene, marks: Marks | None, item: int) -> str:
    """Rich text, the first line bold."""
    first, *rest = (html.escape(line) for line in lines_of(scene, marks, item))
    return "<br>".join([f"<b>{first}</b>", *rest])


def port_tooltip(scene: Scene, marks: Marks | None, line: int) -> str:
    """Of the port that a line leaves from: which outputs, their shapes and gradients."""
    first, *rest = (html.escape(text) for text in _port_lines(scene, marks, line))
    return "<br>".join([f"<b>{first}</b>", *rest])


def spoken_port(scene: Scene, marks: Marks | None, line: int) -> str:
    """The same in one sentence, and where the line leads."""
    led = scene.card(int(scene.visible.target[line])).title
    return "; ".join([*_port_lines(scene, marks, line), f"leads to {led}"])


def _port_lines(scene: Scene, marks: Marks | None, line: int) -> list[str]:
    node = int(scene.visible.node[scene.visible.source[line]])
    outputs = outputs_of(scene.graph, scene.visible, line)
    return told_outputs(marks.state if marks else None, scene.graph, node, outputs)


def spoken(scene: Scene, marks: Marks | None, item: int) -> str:
    """One sentence for a screen reader."""
    return "; ".join(lines_of(scene, marks, item))


def _call_lines(scene: Scene, marks: Marks | None, item: int) -> list[str]:
    card = scene.card(item)
    opened = int(scene.visible.kinds[item]) == ItemKind.OPEN_CALL
    lines = [f"{card.title} {card.side}".strip(), card.detail]
    words = marks.words(item) if marks else None
    if words is not None and words.text:
        lines.append(_figure(marks, words.text))
    together = len(scene.visible.calls_of(item)) > 1
    lines.append(f"double click to {'close' if opened else 'see each of them' if together else 'open'}")
    return lines


def _figure(marks: Marks | None, text: str) -> str:
    """A bare number says what it is; words stand alone."""
    if marks is None or not text[:1].isdigit():
        return text
    return f"{_FIGURES.get(marks.mode, 'gradient norm')} {text}"
