"""Which module call every operation belongs to: brackets of sequence numbers around the calls of modules.

Works without the function mode, so light capture knows the call of every node too. A bracket counts only for nodes that
the same thread made.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from typing import TYPE_CHECKING

import torch

from . import compat

if TYPE_CHECKING:
    from .names import ModulePaths


class CallRecord:
    """One call of one module: its nodes have numbers from ``start`` up to, not including, ``end``."""

    __slots__ = ("end", "module", "occurrence", "parent", "start", "type")

    def __init__(self, module: str, occurrence: int, kind: str, parent: int, start: int) -> None:
        self.module = module
        self.occurrence = occurrence
        self.type = kind
        self.parent = parent
        self.start = start
        self.end = -1


class Calls:
    """The calls of the current iteration in the order in which they began, and those now open."""

    def __init__(self, paths: ModulePaths) -> None:
        self._paths = paths
        self._stack: list[tuple[torch.nn.Module, int]] = []
        self._occurrences: dict[str, int] = {}
        self.records: list[CallRecord] = []
        self.thread = -1
        self.depth = 0

    def enter(self, module: torch.nn.Module) -> bool:
        """A module is called; True if it is an outermost call with grad enabled."""
        if not torch.is_grad_enabled():
            self._stack.append((module, -1))
            return False
        if compat.sequence_number is None:
            return self.depth == 0
        path = self._paths.path(module)
        parent = next((index for _, index in reversed(self._stack) if index >= 0), -1)
        if path is None:
            path = _below(self.records[parent].module if parent >= 0 else "", type(module).__name__)
        occurrence = self._occurrences.get(path, 0)
        self._occurrences[path] = occurrence + 1
        record = CallRecord(path, occurrence, type(module).__name__, parent, compat.sequence_number())
        self._stack.append((module, len(self.records)))
        self.records.append(record)
        self.depth += 1
        self.thread = threading.get_ident()
        return self.depth == 1

    def leave(self, module: torch.nn.Module) -> bool:
        """The call returned or raised; True if it was an outermost one with grad enabled."""
        while self._stack:
            entered, index = self._stack.pop()
            if index >= 0:
                self.depth -= 1
                if compat.sequence_number is not None:
                    self.records[index].end = compat.sequence_number()
            if entered is module:
                return index >= 0 and self.depth == 0
        return False

    @property
    def current(self) -> int:
        """The row of the innermost open call, -1 outside of any."""
        return next((index for _, index in reversed(self._stack) if index >= 0), -1)

    def unwind(self) -> None:
        """Forget calls that a KeyboardInterrupt left open."""
        self._stack.clear()
        self.depth = 0

    def new_iteration(self) -> None:
        """Start to count anew; calls that are open now stay open."""
        open_rows = [index for _, index in self._stack if index >= 0]
        kept = [self.records[index] for index in open_rows]
        renumbered = {old: new for new, old in enumerate(open_rows)}
        self._stack = [(module, renumbered.get(index, -1)) for module, index in self._stack]
        for record in kept:
            record.parent = renumbered.get(record.parent, -1)
            record.occurrence = 0
        self.records = kept
        self._occurrences = {record.module: 1 for record in kept}


def _below(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name


class CallFinder:
    """The innermost call of a sequence number, by bisection over calls that nest properly."""

    def __init__(self, records: list[CallRecord]) -> None:
        self._records = records
        self._starts = [record.start for record in records]

    def find(self, number: int) -> int:
        """The row of the innermost call around a node's number; -1 if none."""
        row = bisect_right(self._starts, number) - 1
        while row >= 0:
            record = self._records[row]
            if record.end < 0 or number < record.end:
                return row
            row = record.parent
        return -1
