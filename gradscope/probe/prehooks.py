"""Hooks on the nodes of graphs that are built alike: what holds them is made once and handed to every such graph.

Torch keeps the hooks of a node in a dictionary. Making one for each node, and a handle to take it out by, costs more
than what the hooks do. A graph that comes again gets the dictionaries of the one before, filled anew; emptied after the
pass, they say nothing wherever they still are. As long as a node of an earlier graph holds one, new ones are made: a
hook that the user puts on that node must not turn up on another. Who holds them is read from their reference counts.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from itertools import repeat
from operator import itemgetter
from sys import getrefcount
from typing import TYPE_CHECKING, Any

from . import compat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FEW = 16  # nodes, below which nothing is gained


class Prehooks:
    """For the graphs of one fingerprint. ``behind``: hooks that are called when a node has run."""

    __slots__ = ("_alone", "_known", "_pairs", "_rows", "_side")

    def __init__(self, behind: bool = False) -> None:
        self._side = compat.BEHIND if behind else compat.BEFORE
        self._rows: Sequence[int] = ()
        self._known: list[OrderedDict[str, Any]] = []
        self._pairs: list[tuple[Any, Any]] = []
        self._alone: set[int] = set()

    def install(self, nodes: Sequence[Any], rows: Sequence[int], hook: Callable[..., Any]) -> list[Any]:
        """Hook the nodes ``rows``, ``hook`` with its row first; ``compat.remove_hooks`` takes what is returned."""
        hooked = nodes if len(rows) == len(nodes) else itemgetter(*rows)(nodes) if len(rows) > _FEW else ()
        if len(rows) <= _FEW:
            return self._one_by_one([nodes[row] for row in rows], rows, hook)
        if rows != self._rows or any(self._known):  # a hook of the user's, put on a node that is gone
            self._make(rows)
        if len(self._alone) != 1 or {*map(getrefcount, self._known)} != self._alone:
            return self._one_by_one(hooked, rows, hook)
        compat.fill(self._known, map(partial, repeat(hook), rows))
        if compat.register_anew(hooked, self._pairs, self._side):
            return self._known.copy()
        return self._known + self._one_by_one(hooked, rows, hook)

    def _make(self, rows: Sequence[int]) -> None:
        self._rows = rows
        self._known = [OrderedDict() for _ in rows]
        self._pairs = list(zip(self._known, self._known, strict=True))
        self._alone = {*map(getrefcount, self._known)}

    def _one_by_one(self, nodes: Sequence[Any], rows: Sequence[int], hook: Callable[..., Any]) -> list[Any]:
        return compat.register_hooks(list(nodes), [partial(hook, row) for row in rows], self._side)
