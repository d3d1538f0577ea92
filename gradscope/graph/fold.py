"""Which calls are open, and what of a graph is on screen then.

A closed call is one item. An open call is a box around its own nodes and the calls inside it, but for the outermost
calls around everything, which are named by the breadcrumb instead of drawn (``FoldState.frame``), and for calls of one
operation, which are that operation's card. Calls built alike that follow each other can be one card together
(``FoldState.gathered``). A leaf is drawn once; each further use shows a small reference, so that no line runs across
the picture. Bookkeeping nodes become chips.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .calltree import CallTree, call_tree
from .hidden import chips, hidden_nodes
from .lift import Placement, assemble
from .repeats import gathered_tree, repeats
from .snapshot import Kind
from .visible import ItemKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from .calltree import Rows
    from .snapshot import GraphSnapshot
    from .visible import VisibleGraph

FRAME_LIMIT = 50  # a frame is opened at once unless it holds this many times what should be on screen


@dataclass(frozen=True, slots=True)
class FoldState:
    """Which calls of one graph are open. Immutable; call rows are those of the graph it was made for.

    ``parents`` are the rows around each call, ``frame`` the calls that are not drawn as boxes while they are open.
    ``gathered`` are heads of runs that are one card, ``heads`` the head of each call's run (-1: it is in none).
    """

    open: frozenset[int] = frozenset()
    parents: tuple[int, ...] = ()
    frame: tuple[int, ...] = ()
    gathered: frozenset[int] = frozenset()
    heads: tuple[int, ...] = ()
    chips: bool = True
    inputs: bool = True
    untracked: bool = True
    leaves: bool = True
    only: frozenset[int] | None = None  # the nodes that the view is narrowed to; None: all

    def toggled(self, call: int) -> FoldState:
        """With the call closed if it is open, opened if it is closed."""
        return self.closed(call) if call in self.open else self.opened(call)

    def opened(self, call: int) -> FoldState:
        """With the call open, and all around it, so that it can be seen."""
        return self if call < 0 else replace(self.revealed(call), open=self.open | {call} | self._around(call))

    def closed(self, call: int) -> FoldState:
        """With the call closed; what is open inside it stays so for the next time."""
        return replace(self, open=self.open - {call})

    def revealed(self, call: int) -> FoldState:
        """With everything around the call open, so that its card or box is on screen."""
        around = self._around(call)
        return self.spread({call, *around}).with_open(self.open | around)

    def spread(self, calls: Collection[int]) -> FoldState:
        """With no card that stands for several calls where one of ``calls`` would be among them."""
        if not self.gathered:
            return self
        return replace(self, gathered=self.gathered.difference(self.heads[call] for call in calls if call >= 0))

    def with_open(self, calls: frozenset[int]) -> FoldState:
        """With these calls open and no other."""
        return replace(self, open=calls)

    def all_open(self) -> FoldState:
        """With every call open."""
        return replace(self, open=frozenset(range(len(self.parents))), gathered=frozenset())

    def all_closed(self) -> FoldState:
        """With only the frame open."""
        return replace(self, open=frozenset(self.frame))

    def showing_as(self, other: FoldState) -> FoldState:
        """With the same kinds of nodes shown as in another state."""
        return replace(self, chips=other.chips, inputs=other.inputs, untracked=other.untracked, leaves=other.leaves)

    def _around(self, call: int) -> frozenset[int]:
        found: set[int] = set()
        above = self.parents[call] if 0 <= call < len(self.parents) else -1
        while above >= 0 and above not in found:
            found.add(above)
            above = self.parents[above]
        return frozenset(found)


def initial(graph: GraphSnapshot, limit: int = 40, gathered: frozenset[int] = frozenset()) -> FoldState:
    """Open from the outside inwards, all calls of one parent or none, while at most ``limit`` items are on screen.

    The runs of ``gathered`` are one card each.
    """
    whole, tree = call_tree(graph), gathered_tree(graph, gathered)
    state = FoldState(
        parents=tuple(whole.parent), frame=_frame(graph, whole), gathered=gathered, heads=repeats(graph).heads
    )
    opened = set(tree.bare)
    total = _outside_count(tree)
    for call in state.frame:
        gained = _gain(tree, call)
        if total + gained > limit * FRAME_LIMIT:
            return replace(state, open=frozenset(opened))
        opened.add(call)
        total += gained
    waiting = [[call for call in tree.roots if call not in state.frame]]
    if state.frame:
        waiting.insert(0, tree.children[state.frame[-1]])
    while waiting:
        siblings = [call for call in waiting.pop(0) if tree.count(call) and call not in tree.bare | gathered]
        gained = sum(_gain(tree, call) + 1 for call in siblings)  # an open box is an item as well
        if total + gained > limit:
            continue
        total += gained
        opened.update(siblings)
        waiting.extend(tree.children[call] for call in siblings)
    return replace(state, open=frozenset(opened))


def transferred(
    state: FoldState, old: GraphSnapshot, new: GraphSnapshot, firsts: tuple[FoldState, FoldState] | None = None
) -> FoldState:
    """What the user opened and closed, in another graph: calls are found again by module path and occurrence.

    Where nothing was opened or closed by hand, the new graph is opened as it fits, so that one that grows while the
    forward runs does not keep what fitted when it was small. ``firsts`` are the states that the old and the new graph
    begin with, ``initial`` if left out.
    """
    began, begins = firsts if firsts is not None else (initial(old), initial(new))
    fresh = begins.showing_as(state)
    if not old.calls or (state.open, state.gathered) == (began.open, began.gathered):
        return fresh
    rows = {(call.module, call.type, call.occurrence): row for row, call in enumerate(new.calls)}
    keys = [(call.module, call.type, call.occurrence) for call in old.calls]
    known = set(keys)
    found = {rows[key] for row, key in enumerate(keys) if row in state.open and key in rows}
    unseen = {row for key, row in rows.items() if key not in known} & fresh.open
    heads = repeats(new).heads
    gathered = {heads[rows[key]] for row, key in enumerate(keys) if row in state.gathered and key in rows}
    return replace(fresh, open=frozenset(found | unseen), gathered=frozenset(gathered - {-1}))


def revealing(graph: GraphSnapshot, state: FoldState, node: int) -> FoldState:
    """The state in which a node is on screen itself, with nodes of its kind shown and no narrower view without it."""
    home = int(call_tree(graph).home[node])
    kind = graph.kind(node)
    shown = replace(
        state,
        inputs=state.inputs or kind == Kind.INPUT,
        untracked=state.untracked or kind == Kind.UNTRACKED,
        leaves=state.leaves or kind == Kind.LEAF,
        only=None if state.only is not None and node not in state.only else state.only,
    )
    return shown.opened(home)


def breadcrumb(graph: GraphSnapshot, state: FoldState) -> tuple[str, ...]:
    """Names of the open frame calls, the outermost first; each without the path of those around it."""
    texts: list[str] = []
    around = ""
    for call in state.frame:
        if call not in state.open:
            break
        label = graph.calls[call].label
        texts.append(label.removeprefix(f"{around}."))
        around = graph.calls[call].module
    return tuple(texts)


def short_label(graph: GraphSnapshot, call: int) -> str:
    """A call's name without the path of the call around it: ``0`` for ``net.0`` inside ``net``."""
    above = graph.calls[call].parent
    around = graph.calls[above].module if 0 <= above < len(graph.calls) else ""
    return graph.calls[call].label.removeprefix(f"{around}.") if around else graph.calls[call].label


def visible_graph(graph: GraphSnapshot, state: FoldState) -> VisibleGraph:
    """Items and edges on screen; the same for the same input, in the order of the forward."""
    tree = gathered_tree(graph, state.gathered)
    hidden = hidden_nodes(graph, state)
    opened = state.open - state.gathered
    unboxed = (tree.bare | frozenset(state.frame)) & opened
    closed_around, box_around = _fold_calls(tree, opened, unboxed)
    places = Placement(
        tree,
        hidden,
        chips(graph, hidden) if state.chips else np.zeros(len(graph), bool),
        closed_around,
        box_around,
        _call_kinds(tree, opened, unboxed, closed_around),
        {call: head for call, head in enumerate(state.heads) if head in state.gathered} if state.gathered else {},
    )
    return assemble(graph, places)


def _frame(graph: GraphSnapshot, tree: CallTree) -> tuple[int, ...]:
    """The outermost call that has all leaves (a criterion has none), and inwards while a call holds just one other."""
    leaves = tree.home[graph.nodes["kind"] == Kind.LEAF]
    if (leaves < 0).any():
        return ()
    trained = np.bincount(np.array([*tree.enter, 0], np.intp)[leaves], minlength=len(tree.order))
    made_here = tree.home[graph.nodes["kind"] != Kind.INPUT]
    found: list[int] = []
    level = [call for call in tree.roots if trained[tree.enter[call] : tree.leave[call]].any()]
    while True:
        occupied = [call for call in level if tree.count(call)]
        if len(occupied) != 1 or not any(tree.count(child) for child in tree.children[occupied[0]]):
            return tuple(found)
        found.append(occupied[0])
        if (made_here == occupied[0]).any():
            return tuple(found)
        level = tree.children[occupied[0]]


def _outside_count(tree: CallTree) -> int:
    free = len(tree.nodes_by_home) - int(tree.start[-1])
    return free + sum(1 for call in tree.roots if tree.count(call))


def _gain(tree: CallTree, call: int) -> int:
    """How many items more there are when a closed call is opened, its box not counted."""
    return tree.own_count(call) + sum(1 for child in tree.children[call] if tree.count(child)) - 1


def _fold_calls(tree: CallTree, opened: frozenset[int], unboxed: frozenset[int]) -> tuple[Rows, Rows]:
    """For each call the closed call that hides its nodes (-1: none), and the open box that its nodes stand in."""
    total = len(tree.parent)
    closed, box = [-1] * (total + 1), [-1] * (total + 1)  # the last row is that of "no call", reached as -1
    for call in tree.order:
        above = tree.parent[call]
        closed[call] = closed[above] if closed[above] >= 0 else (-1 if call in opened else call)
        box[call] = call if call in opened and call not in unboxed else box[above]
    return np.array(closed, np.intp), np.array(box, np.intp)


def _call_kinds(tree: CallTree, opened: frozenset[int], unboxed: frozenset[int], closed: Rows) -> dict[int, ItemKind]:
    """The calls that are items: those with nodes in them and nothing closed around them."""
    order, start = np.array(tree.order, np.intp), tree.start
    filled = start[np.array(tree.leave, np.intp)[order]] > start[np.array(tree.enter, np.intp)[order]]
    is_open, boxless = np.zeros((2, len(tree.parent)), bool)
    is_open[list(opened)] = True
    boxless[list(unboxed)] = True
    shut = closed[order] == order
    free = (closed[order] < 0) & is_open[order]
    shown = filled & ~boxless[order] & (shut | free)
    kinds = (ItemKind.CLOSED_CALL if one else ItemKind.OPEN_CALL for one in shut[shown].tolist())
    return dict(zip(order[shown].tolist(), kinds, strict=True))
