"""The list of breakpoints: set at places of the graph, edited, written down and read again. It knows no view."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from gradscope.graph.breaks import BreaksSeen
from gradscope.wire.breaks import Breakpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState


class BreakpointList(QObject):
    """Holds the list. ``edited`` comes with every change that is made to it, ``added`` with the number of a new one."""

    edited = Signal()
    added = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.all: tuple[Breakpoint, ...] = ()
        self.graph: GraphSnapshot | None = None
        self._seen = BreaksSeen()
        self._armed: dict[int, int] = {}  # by number, how often it had been met when it was switched on

    def set_graph(self, graph: GraphSnapshot | None) -> None:
        """The graph that is shown: places are found in it."""
        self.graph = graph

    def set_state(self, state: RunState) -> None:
        """The newest state of the run: one that acts once is switched off when it has."""
        self._seen = state.breaks
        once = {one.number for one in self.all if one.once and one.enabled}
        done = {number for number in once if self._seen.count(number) > self._armed.get(number, 0)}
        if done:
            self._put([replace(one, enabled=one.enabled and one.number not in done) for one in self.all])

    def load(self, kept: str, given: Sequence[Breakpoint] = ()) -> None:
        """Those that were kept for a script, and those that its command line asks for, which count where both are."""
        asked = {_place(one): one for one in given}
        known = [asked.pop(_place(one), one) for one in _read(kept)]
        self.all = tuple(replace(one, number=number) for number, one in enumerate((*known, *asked.values()), 1))
        self._seen = BreaksSeen()
        self._armed.clear()

    def text(self) -> str:
        """All of them, as ``load`` takes them."""
        return json.dumps([asdict(one) for one in self.all]) if self.all else ""

    # -- set

    def toggle(self, node: int, call: int) -> None:
        """On a module call, or else on a node; away if it has one."""
        from gradscope.graph import places

        if self.graph is None:
            return
        made = places.at_call(self.graph, call, 0) if call >= 0 else places.at_node(self.graph, node, 0)
        if made is not None:
            self._toggle(made)

    def toggle_operation(self, node: int) -> None:
        """On every node of this one's operation; away if there is one."""
        from gradscope.graph import places

        made = places.at_operation(self.graph, node, 0) if self.graph is not None else None
        if made is not None:
            self._toggle(made)

    def toggle_function(self, node: int) -> None:
        """On every call of the torch function that made this node; away if there is one."""
        from gradscope.graph import places

        made = places.at_function(self.graph, node, 0) if self.graph is not None else None
        if made is not None:
            self._toggle(made)

    def toggle_line(self, file: str, line: int) -> None:
        """On the operations of a line; away if it has one."""
        self._toggle(Breakpoint(0, "line", name=file, occurrence=line))

    def lines(self) -> frozenset[tuple[str, int]]:
        """Files and lines that have an enabled one."""
        return frozenset((one.name, one.occurrence) for one in self.all if one.kind == "line" and one.enabled)

    def toggle_nonfinite(self) -> None:
        """Stop at the first gradient, or loss, that is NaN or Inf; away if it is there."""
        self._toggle(Breakpoint(0, "any", condition="nonfinite"))

    def add(self, one: Breakpoint) -> None:
        """A new one, with a number of its own; one at the same place on the same condition is kept instead."""
        for known in self.all:
            if _place(known) == _place(one):
                self.added.emit(known.number)
                return
        # A number that was given once in this run is not given again: what it met would be told of another one.
        number = 1 + max((0, *(known.number for known in self.all), *self._seen.hits))
        self._put([*self.all, replace(one, number=number)])
        self.added.emit(number)

    # -- edit

    def edit(self, one: Breakpoint) -> None:
        """Take the place of the one with its number."""
        self._armed[one.number] = self._seen.count(one.number)
        self._put([one if known.number == one.number else known for known in self.all])

    def enable(self, number: int, on: bool) -> None:
        """Switch one on or off."""
        self._armed[number] = self._seen.count(number)
        self._put([replace(known, enabled=on) if known.number == number else known for known in self.all])

    def remove(self, number: int) -> None:
        """Forget one."""
        self._put([known for known in self.all if known.number != number])

    def remove_all(self) -> None:
        """Forget all."""
        self._put([])

    def targets(self) -> list[tuple[Literal["node", "call"], int]]:
        """Nodes and calls of the shown graph that have an enabled one, for their marks."""
        from gradscope.graph import places

        graph = self.graph
        if graph is None:
            return []
        found: list[tuple[Literal["node", "call"], int]] = []
        for one in self.all:
            if one.enabled:
                found += [("node", node) for node in places.nodes(graph, one)]
                found += [("call", call) for call in places.calls(graph, one)]
        return found

    def _toggle(self, one: Breakpoint) -> None:
        known = [other for other in self.all if _place(other) == _place(one)]
        if known:
            self._put([other for other in self.all if other not in known])
        else:
            self.add(one)

    def _put(self, breakpoints: Sequence[Breakpoint]) -> None:
        self.all = tuple(breakpoints)
        self.edited.emit()


def _place(one: Breakpoint) -> tuple[Any, ...]:
    """What makes two breakpoints the same: everything that ``toggle`` sets."""
    condition = (one.condition, one.threshold) if one.kind in ("any", "loss") else ()
    iteration = one.iteration if one.kind == "phase" else -1
    return (one.kind, one.call, one.operation, one.occurrence, one.name, condition, iteration)


def _read(text: str) -> list[Breakpoint]:
    """What ``text`` gave; anything that is no breakpoint is left out."""
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        return []
    kinds = {field.name: type(field.default) for field in fields(Breakpoint) if field.default is not MISSING}
    kinds |= {"number": int, "kind": str}
    read = []
    for row in rows if isinstance(rows, list) else []:
        known = {name: value for name, value in row.items() if name in kinds} if isinstance(row, dict) else {}
        right = all(isinstance(value, kinds[name]) for name, value in known.items())
        if right and {"number", "kind"} <= known.keys():
            read.append(Breakpoint(**known))
    return read
