"""Which module call every operation belongs to: brackets of sequence numbers around the calls of modules.

Works without the function mode, so light capture knows the call of every node too. A bracket counts only for nodes that
the same thread made.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING

import torch

from . import compat
from .hook_names import module_hooks

if TYPE_CHECKING:
    from .hook_names import UserHook
    from .names import ModulePaths


class CallRecord:
    """One call of one module: its nodes have numbers from ``start`` up to, not including, ``end``."""

    __slots__ = ("began", "end", "hooks", "module", "occurrence", "parent", "quiet", "seconds", "start", "type")

    def __init__(self, module: str, occurrence: int, kind: str, parent: CallRecord | None, start: int) -> None:
        self.module = module
        self.occurrence = occurrence
        self.type = kind
        self.parent = parent
        self.start = start
        self.end = -1
        self.hooks: tuple[UserHook, ...] = ()  # the user's on that module, known in detail
        self.quiet = False  # called with gradient switched off: it has no nodes
        self.began = math.nan  # by the script's own clock, in detail
        self.seconds = math.nan  # what it took


class Calls:
    """The calls of the current iteration in the order in which they began, and those now open."""

    def __init__(self, paths: ModulePaths) -> None:
        self._paths = paths
        self._stack: list[tuple[torch.nn.Module, CallRecord | None]] = []
        self.with_quiet = False  # detail: calls without gradient are worth knowing too, and hooks
        self._occurrences: dict[str, int] = {}
        self._earlier: list[CallRecord] = []
        self.records: list[CallRecord] = []
        self.depth = 0

    def enter(self, module: torch.nn.Module, at: float = math.nan) -> None:
        """A module is called; ``at`` by the script's own clock."""
        if compat.sequence_number is None or not (torch.is_grad_enabled() or self.with_quiet):
            self._stack.append((module, None))
            return
        parent = self.current()
        path = self._paths.path(module)
        if path is None:
            path = _below(parent.module if parent is not None else "", type(module).__name__)
        if not torch.is_grad_enabled():
            quiet = CallRecord(path, 0, type(module).__name__, parent, 0)
            quiet.quiet = True
            self._stack.append((module, quiet))
            return
        occurrence = self._occurrences.get(path, 0)
        self._occurrences[path] = occurrence + 1
        record = CallRecord(path, occurrence, type(module).__name__, parent, compat.sequence_number())
        record.began = at
        if self.with_quiet:
            record.hooks = module_hooks(module)
        self._stack.append((module, record))
        self.records.append(record)
        self.depth += 1

    def leave(self, module: torch.nn.Module, at: float = math.nan) -> bool:
        """The call returned or raised, at this time; True if it was an outermost one with grad enabled."""
        while self._stack:
            entered, record = self._stack.pop()
            if record is not None and not record.quiet:
                self.depth -= 1
                if compat.sequence_number is not None:
                    record.end = compat.sequence_number()
            if entered is module:
                if record is not None:
                    record.seconds = at - record.began
                return record is not None and not record.quiet and self.depth == 0
        return False

    @property
    def innermost(self) -> CallRecord | None:
        """The call that is running, with grad enabled."""
        return next((record for _, record in reversed(self._stack) if record is not None and not record.quiet), None)

    def current(self) -> CallRecord | None:
        """The call that is running, with grad enabled or without."""
        return next((record for _, record in reversed(self._stack) if record is not None), None)

    def attributable(self) -> list[CallRecord]:
        """Calls that may have made nodes of this iteration's graphs: its own, and those of the one before it.

        A GAN's generator runs before the discriminator's update and is differentiated after it.
        """
        return [*self._earlier, *self.records]

    def unwind(self) -> None:
        """Forget calls that a KeyboardInterrupt left open."""
        self._stack.clear()
        self.depth = 0

    def forget_old(self, known: int) -> None:
        """Forget the calls that began first, if there are twice as many as may be ``known``."""
        if len(self.records) >= 2 * known:
            del self.records[:-known]

    def new_iteration(self) -> None:
        """Start to count anew; calls that are open now stay open."""
        still_open = [record for _, record in self._stack if record is not None and not record.quiet]
        self._earlier = [record for record in self.records if record not in still_open]
        self.records = still_open
        self._occurrences = {record.module: record.occurrence + 1 for record in still_open}


def _below(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name


class CallFinder:
    """The innermost call of a sequence number, by bisection over calls that nest properly."""

    def __init__(self, records: list[CallRecord]) -> None:
        self._records = sorted(records, key=lambda record: record.start)  # stable: a parent stays before its child
        self._starts = [record.start for record in self._records]

    def find(self, number: int) -> CallRecord | None:
        """The innermost call around a node's number; None if there is none."""
        row = bisect_right(self._starts, number) - 1
        record = self._records[row] if row >= 0 else None
        while record is not None and 0 <= record.end <= number:
            record = record.parent
        return record
