"""Folding by more than one call: a level, everything below, everything alike, to a depth. Pure, from state to state.

A call is *seen* while all calls around it are open. Its *level* is the number of boxes around it when everything is
open; the calls that the breadcrumb names are no boxes. A call of one operation is that operation's card, there is
nothing in it to look into: it opens along with the call around it. A card that stands for several calls opens into
their cards.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .calltree import call_tree
from .repeats import repeats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .calltree import CallTree
    from .fold import FoldState
    from .snapshot import GraphSnapshot


def toggled(graph: GraphSnapshot, state: FoldState, call: int) -> FoldState:
    """A call closed if it is open, opened if it is closed; a card of several calls becomes theirs."""
    if call in state.gathered:
        return state.spread([call])
    return state.closed(call) if call in state.open else _with(call_tree(graph), state.revealed(call), [call])


def level_opened(graph: GraphSnapshot, state: FoldState, call: int = -1) -> FoldState:
    """The shallowest closed calls that are seen inside a call, or the call itself, opened; -1: in the whole graph."""
    tree = call_tree(graph)
    if call >= 0 and (call not in state.open or call in state.gathered):
        return toggled(graph, state, call)
    levels = _levels(tree, state)
    closed = [one for one in _seen(tree, state, call) if one not in state.open or one in state.gathered]
    top = min((levels[one] for one in closed), default=0)
    opened = [one for one in closed if levels[one] == top]
    spread = state.spread(opened)
    return _with(tree, spread, [one for one in opened if one not in state.gathered])


def level_closed(graph: GraphSnapshot, state: FoldState, call: int = -1) -> FoldState:
    """The deepest open calls that are seen inside a call closed, or, where there is none, the call itself."""
    tree = call_tree(graph)
    levels = _levels(tree, state)
    fixed = tree.bare.union(state.frame, state.gathered)
    boxes = [one for one in _seen(tree, state, call) if one in state.open and one not in fixed]
    bottom = max((levels[one] for one in boxes), default=0)
    return replace(state, open=state.open - {one for one in boxes if levels[one] == bottom})


def all_below_opened(graph: GraphSnapshot, state: FoldState, call: int = -1) -> FoldState:
    """A call and everything inside it open, and what is around it, so that it is seen; -1: all calls."""
    inside = _inside(call_tree(graph), call)
    shown = state.revealed(call).spread(inside)
    return shown.with_open(shown.open.union(inside))


def all_below_closed(graph: GraphSnapshot, state: FoldState, call: int = -1) -> FoldState:
    """A call and everything inside it closed; -1: all but the calls that the breadcrumb names."""
    if call < 0:
        return to_depth(graph, state, 0)
    return replace(state, open=state.open.difference(_inside(call_tree(graph), call)))


def all_alike_opened(graph: GraphSnapshot, state: FoldState, call: int) -> FoldState:
    """Every call of a module of the same type open, wherever it is; what is closed around one stays so."""
    calls = alike(graph, call)
    return _with(call_tree(graph), state.spread(calls), calls)


def all_alike_closed(graph: GraphSnapshot, state: FoldState, call: int) -> FoldState:
    """Every call of a module of the same type closed."""
    return replace(state, open=state.open.difference(alike(graph, call)))


def to_depth(graph: GraphSnapshot, state: FoldState, depth: int) -> FoldState:
    """So many levels of boxes open; 0: every call is a card."""
    tree = call_tree(graph)
    levels = _levels(tree, state)
    shown = [*state.frame, *(call for call in tree.order if levels[call] < depth)]
    return _with(tree, replace(state, open=tree.bare.intersection(tree.roots), gathered=frozenset()), shown)


def gathered(graph: GraphSnapshot, state: FoldState, call: int) -> FoldState:
    """The calls that are built like this one, or like one around it, and follow each other, as one card."""
    head = run_of(graph, state, call)
    return state if head < 0 else replace(state, gathered=state.gathered | {head})


def run_of(graph: GraphSnapshot, state: FoldState, call: int) -> int:
    """The head of the innermost run that a call, or one around it, is in and that is not one card yet; -1: none."""
    heads, parent = repeats(graph).heads, call_tree(graph).parent
    while call >= 0 and (heads[call] < 0 or heads[call] in state.gathered):
        call = parent[call]
    return heads[call] if call >= 0 else -1


def deepest(graph: GraphSnapshot, state: FoldState) -> int:
    """How many levels of boxes there are."""
    tree = call_tree(graph)
    levels = _levels(tree, state)
    fixed = tree.bare.union(state.frame)
    return max((levels[call] + 1 for call in tree.order if call not in fixed and tree.count(call)), default=0)


def alike(graph: GraphSnapshot, call: int) -> list[int]:
    """All calls of modules of the same type."""
    return [row for row, one in enumerate(graph.calls) if one.type == graph.calls[call].type]


def _inside(tree: CallTree, call: int) -> list[int]:
    return tree.order if call < 0 else tree.order[tree.enter[call] : tree.leave[call]]


def _with(tree: CallTree, state: FoldState, calls: Iterable[int]) -> FoldState:
    opened = set(calls)
    for call in list(opened):
        opened.update(tree.bare.intersection(tree.children[call]))
    return replace(state, open=state.open | opened)


def _seen(tree: CallTree, state: FoldState, call: int) -> list[int]:
    """Calls with something in them inside a call, or anywhere, that have nothing closed around them."""
    shut: set[int] = set()
    found = []
    for one in _inside(tree, call):
        above = tree.parent[one]
        if one != call and above >= 0 and (above in shut or above not in state.open):
            shut.add(one)
        elif state.gathered and state.heads[one] in state.gathered:
            shut.add(one)
            if state.heads[one] == one:
                found.append(one)
        elif tree.count(one):
            found.append(one)
    return found


def _levels(tree: CallTree, state: FoldState) -> list[int]:
    """How many boxes are around each call when everything is open."""
    frame = frozenset(state.frame)
    levels = [0] * len(tree.parent)
    for call in tree.order:
        above = tree.parent[call]
        if above >= 0:
            levels[call] = levels[above] + (above not in frame)
    return levels
