"""Why has this no gradient? For every node and every parameter: one reason, one sentence with its line, the remedy.

It tells apart what looks alike: ``.grad`` is None because a path is cut, a parameter frozen, its result unused, the
pass another one, the gradient cleared or handed to somebody else; or it is there and exactly zero, or too small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from .cuts import CutFound, cut_of, short_words, takes_no_part
from .flow import root_title
from .formats import format_number
from .snapshot import Kind, Source
from .why_small import Origin, is_tiny, norm_of, origin, size_of, steepest
from .why_words import CUTS, OTHERS, SHRINKING, SHRINKING_OTHERWISE, ZEROING, ZEROING_OTHERWISE, Said
from .words import gradient_words, pass_of

if TYPE_CHECKING:
    from gradscope.wire.messages import Parameter

    from .snapshot import Cut, GraphSnapshot
    from .state import PassState, RunState

NOT_REACHED = "not reached by this backward"


@dataclass(frozen=True, slots=True)
class Why:
    """``reason`` is one of ``CUT_REASONS`` or a key of ``why_words.OTHERS``; ``short`` is what a table has room for.

    ``source`` is the line at fault, ``path`` the nodes to show, ``cut`` what to mark between them.
    """

    reason: str
    short: str
    sentence: str
    fix: str
    source: Source | None = None
    path: tuple[int, ...] = ()
    cut: Cut | None = None


def why_no_gradient(state: RunState, graph: GraphSnapshot, node: int) -> Why:
    """The answer for one node of the graph."""
    if takes_no_part(graph, node) or graph.nodes["frozen"][node] == 1:
        return _apart(state, graph, node)
    if graph.kind(node) == Kind.INPUT:
        return _other("input", "takes no gradient", graph, node)
    current = pass_of(state, graph)
    if current is None:
        return _other("no_backward", "backward() not called", graph, node)
    return _in_pass(state, current, graph, node)


def why_parameter(state: RunState, parameter: Parameter) -> Why:
    """The answer for a parameter, over all passes of the iteration, wherever it stands in their graphs or not."""
    reached: list[Why] = []
    apart: list[Why] = []
    passes = [(p, state.graphs[p.fingerprint]) for p in reversed(state.passes) if p.fingerprint in state.graphs]
    for current, graph in passes:
        node = _named(graph, parameter)
        if node >= 0:
            why = why_no_gradient(replace(state, passes=(current,), partial=None), graph, node)
            (reached if graph.kind(node) == Kind.LEAF else apart).append(why)
    if reached:
        return next((why for why in reached if why.reason in ("present", "cleared", "captured")), reached[0])
    if not parameter.requires_grad:
        return next((why for why in apart if why.reason == "frozen"), _frozen(parameter))
    if apart:
        return apart[0]
    if not passes:
        return _say("no_backward", "backward() not called", parameter.name)
    if all(graph.cuts_known for _, graph in passes):
        return _say("never_used", "never used", parameter.name)
    return _say("unknown", NOT_REACHED, parameter.name)


def _in_pass(state: RunState, current: PassState, graph: GraphSnapshot, node: int) -> Why:
    size = size_of(current.gradients, node)
    if size == "some":
        return _present(state, current, graph, node)
    if size == "zero":
        return _zero(current, graph, node)
    if size == "undefined":
        found = origin(graph, current.gradients, node)
        return _at(found, graph, node, "undefined", "undefined")
    if not current.ended:
        return _other("not_yet", "not yet", graph, node)
    if current.error:
        return _other("raised", "backward() raised", graph, node)
    if current.kind == "grad":
        return _other("not_asked", "not asked for by autograd.grad()", graph, node)
    reason = "old" if node in current.old else "not_reached"
    return _other(reason, gradient_words(state, graph, node).text.removeprefix("grad: "), graph, node)


def _present(state: RunState, current: PassState, graph: GraphSnapshot, node: int) -> Why:
    if graph.kind(node) == Kind.LEAF:
        cleared = state.cleared
        if cleared is not None and cleared.iteration == current.iteration and cleared.passes > current.index:
            place = Source(cleared.place.file, cleared.place.line, cleared.place.function)
            short = f"cleared at line {place.line}"
            return _say("cleared", short, graph.text(node, "title"), {"where": _where(place)}, place, (node,))
        if current.kind == "grad":
            return _other("captured", "captured by autograd.grad()", graph, node)
    if gradient_words(state, graph, node).status == "nonfinite":
        return _other("nonfinite", "NaN or Inf", graph, node)
    if is_tiny(graph, current.gradients, node):
        found = steepest(graph, current.gradients, node)
        how = f"from norm {format_number(found.before)} to {format_number(found.after)}"
        size = f"The gradient is tiny: its norm is {format_number(norm_of(current.gradients, node))}"
        remedy = SHRINKING.get(_base(graph, found.node), SHRINKING_OTHERWISE)
        return _at(found, graph, node, "tiny", "tiny", {"how": how, "size": size, "remedy": remedy})
    return _other("present", "", graph, node)


def _zero(current: PassState, graph: GraphSnapshot, node: int) -> Why:
    found = origin(graph, current.gradients, node)
    if found.node < 0:
        return _at(found, graph, node, "zero_root", "zero")
    how, remedy = ZEROING.get(_base(graph, found.node), ZEROING_OTHERWISE)
    return _at(found, graph, node, "zero", "zero", {"how": how, "remedy": remedy})


def _apart(state: RunState, graph: GraphSnapshot, node: int) -> Why:
    found = cut_of(graph, node)
    if found is None:
        if graph.nodes["frozen"][node] == 1:
            name = graph.text(node, "title")
            known = next((p for p in state.parameters if name == p.name or name in p.aliases), None)
            return _frozen(known) if known is not None else _say("frozen", "frozen", name)
        return _other("not_reached", NOT_REACHED, graph, node)
    if found.cut.reason in ("never_used", "unused_result"):
        other = _other_pass(state, graph, node)
        if other >= 0:
            fields = {"other": str(other)}
            return _say("other_pass", f"only in pass {other}", graph.text(node, "title"), fields, path=(node,))
    return _from_cut(state, graph, node, found)


def _from_cut(state: RunState, graph: GraphSnapshot, node: int, found: CutFound) -> Why:
    cut = found.cut
    name = graph.text(cut.source, "title") if cut.reason == "data_write" else _name(graph, node, found)
    fields = {
        "call": _call(graph, cut),
        "where": _where(cut.at),
        "off": _where(cut.off),
        "root": root_title(state, graph),
    }
    return _say(cut.reason, short_words(cut), name, fields, cut.at or cut.off, found.path, cut)


def _other_pass(state: RunState, graph: GraphSnapshot, node: int) -> int:
    """Another pass of this iteration that comes to a leaf; -1 for none."""
    name = graph.text(node, "name")
    for current in state.passes:
        other = state.graphs.get(current.fingerprint)
        if other is None or other is graph:
            continue
        names, kind = other.nodes["name"], other.nodes["kind"]
        number = other.strings.index(name) if name in other.strings else -2
        if bool(((names == number) & (kind == Kind.LEAF)).any()):
            return current.index
    return -1


def _at(
    found: Origin, graph: GraphSnapshot, node: int, reason: str, short: str, fields: dict[str, str] | None = None
) -> Why:
    """What one operation did to the gradient."""
    source = graph.source(found.node) if found.node >= 0 else None
    call = graph.text(found.node, "title") if found.node >= 0 else "the call of backward()"
    told = {"call": call, "where": _where(source)} | (fields or {})
    if source is not None and source.line > 0:
        short = f"{short}: {call}, line {source.line}"
    return _say(reason, short, graph.text(node, "title"), told, source, found.path)


def _other(reason: str, short: str, graph: GraphSnapshot, node: int) -> Why:
    return _say(reason, short, graph.text(node, "title"), path=(node,))


def _frozen(parameter: Parameter) -> Why:
    at = parameter.frozen_at
    place = Source(at.file, at.line, at.function) if at is not None else None
    short = f"frozen at line {place.line}" if place is not None else "frozen"
    return _say("frozen", short, parameter.name, {"where": _where(place)}, place)


def _say(
    reason: str,
    short: str,
    name: str,
    fields: dict[str, str] | None = None,
    source: Source | None = None,
    path: tuple[int, ...] = (),
    cut: Cut | None = None,
) -> Why:
    said: Said = CUTS.get(reason) or OTHERS[reason]
    known = {"name": name, "call": "", "where": "", "off": "", "root": "the loss", "other": ""} | (fields or {})
    if reason == "frozen" and source is not None:
        short = f"frozen at line {source.line}"
    return Why(reason, short, said.sentence.format(**known), said.fix.format(**known), source, path, cut)


def _name(graph: GraphSnapshot, node: int, found: CutFound) -> str:
    """Who lost the gradient: the node asked about, or, asked about what lies behind the cut, the node before it."""
    behind = found.path and found.path[-1] == node and found.cut.source >= 0
    return graph.text(found.cut.source if behind else node, "title")


def _call(graph: GraphSnapshot, cut: Cut) -> str:
    """``h = detach(…)``, ``x.argmax(1)``, ``linear()``; for numbers, what they were taken from."""
    if cut.target < 0:
        return graph.text(cut.source, "title") if cut.source >= 0 else "a value"
    title, function = graph.text(cut.target, "title"), graph.text(cut.target, "function")
    if not function or "(" in title or " " in title or "." in title:
        return title
    return f"{function}()" if title == function else f"{title} = {function}(…)"


def _base(graph: GraphSnapshot, node: int) -> str:
    return graph.text(node, "op").partition("Backward")[0]


def _where(source: Source | None) -> str:
    if source is None or source.line < 1:
        return ""
    return f" (line {source.line} of {PurePath(source.file).name})"


def _named(graph: GraphSnapshot, parameter: Parameter) -> int:
    names = {parameter.name, *parameter.aliases}
    rows = [
        row
        for row in range(len(graph))
        if graph.kind(row) in (Kind.LEAF, Kind.INPUT) and graph.text(row, "name") in names
    ]
    return min(rows, key=lambda row: graph.kind(row) != Kind.LEAF, default=-1)
