"""What the forward recorder saw: one record for each torch call that made nodes, found again by sequence number."""

from __future__ import annotations

import math
import os
import weakref
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from .calls import CallRecord
    from .stacks import Spot

_MODULES = os.path.join("torch", "nn", "modules", "")  # noqa: PTH118  # compared with code file names

Place = tuple[str, int, str]  # file, line, function
NOWHERE: Place = ("", -1, "")


class OperationRecord:
    """One torch call: the nodes numbered ``start`` to ``end`` - 1 are its own."""

    __slots__ = (
        "end", "expression", "file", "function", "inputs", "line", "rerun", "result", "scope", "seconds", "stack",
        "start", "variable",
    )  # fmt: skip

    def __init__(self, function: str, start: int, end: int) -> None:
        self.function = function
        self.start = start
        self.end = end
        self.file = ""
        self.line = -1
        self.scope = ""
        self.stack: Spot | None = None  # the user's frames around the call
        self.expression = ""
        self.variable = ""
        self.result = -1  # number of the node that the result's grad_fn is
        self.seconds = math.nan  # that the call took
        self.rerun: Any = None  # how to call it once more: a ``reruns.Rerun``, or None
        self.inputs: list[tuple[int, int]] = []  # (row of InputRecord, position among the arguments)

    def take_place(self, frame: FrameType) -> None:
        """The line that the user's frame is at."""
        self.file, self.line, self.scope = frame.f_code.co_filename, frame.f_lineno or -1, frame.f_code.co_name

    @property
    def place(self) -> tuple[str, int, str]:
        """What tells this call from others in the next iteration, too."""
        return (self.file, self.line, self.function)


class InputRecord:
    """A tensor without gradient that fed the graph. Held weakly; ``key`` names its kept copy."""

    __slots__ = (
        "device", "dtype", "file", "frozen", "key", "line", "made_by", "name", "reference", "scope", "shape", "stack",
    )  # fmt: skip

    def __init__(self, tensor: torch.Tensor, key: int) -> None:
        self.reference = weakref.ref(tensor)
        self.key = key
        self.made_by: UntrackedCall | None = None  # values flowed into it from where gradient could have come
        self.shape = tuple(tensor.shape)
        self.dtype = str(tensor.dtype).removeprefix("torch.")
        self.device = str(tensor.device)
        self.name = ""
        self.frozen = False
        self.file = ""
        self.line = -1
        self.scope = ""
        self.stack: Spot | None = None


class Source:
    """What one argument of an untracked call was.

    One of: ``number`` of the node that made it (with its ``output``), ``leaf``, another ``call``, an ``entry`` of data.
    """

    __slots__ = ("call", "entry", "leaf", "number", "output", "position")

    def __init__(self, position: int) -> None:
        self.position = position
        self.number = -1
        self.output = 0
        self.leaf: weakref.ref[torch.Tensor] | None = None
        self.call: UntrackedCall | None = None
        self.entry: InputRecord | None = None

    @property
    def is_cut(self) -> bool:
        """Here a path of gradient ends."""
        return self.number >= 0 or self.leaf is not None


class UntrackedCall:
    """One torch call through which values flowed on and gradient did not."""

    __slots__ = (
        "around",
        "expression",
        "forward",
        "function",
        "off",
        "outputs",
        "place",
        "reason",
        "sources",
        "stack",
        "variable",
    )

    def __init__(self, function: str, reason: str) -> None:
        self.function = function
        self.reason = reason
        self.place = NOWHERE
        self.off = NOWHERE  # where gradient was switched off
        self.stack: Spot | None = None
        self.expression = ""
        self.variable = ""
        self.sources: list[Source] = []
        self.outputs: list[tuple[tuple[int, ...], str, str]] = []
        self.around: CallRecord | None = None
        self.forward = False  # while a forward was under way: what it made may be a leaf of that forward

    @property
    def title(self) -> str:
        """What a card calls it."""
        return self.variable or self.expression or self.function


class Records:
    """Operations and inputs of the current iteration."""

    def __init__(self) -> None:
        self.operations: list[OperationRecord] = []
        self.inputs: list[InputRecord] = []
        self.uses: dict[int, tuple[weakref.ref[torch.Tensor], OperationRecord]] = {}  # the first one of each leaf
        self._reached: set[int] = set()
        self._earlier: list[OperationRecord] = []
        self._rows: dict[int, int] = {}

    def input_row(self, tensor: torch.Tensor) -> int:
        """The row of an input seen before, -1 for a new one."""
        row = self._rows.get(id(tensor), -1)
        return row if row >= 0 and self.inputs[row].reference() is tensor else -1

    def add_input(self, tensor: torch.Tensor) -> InputRecord:
        """Remember a new input."""
        record = InputRecord(tensor, len(self.inputs))
        self._rows[id(tensor)] = len(self.inputs)
        self.inputs.append(record)
        return record

    def use(self, leaf: torch.Tensor, record: OperationRecord) -> None:
        """A leaf flowed into a tracked call."""
        if id(leaf) not in self.uses:
            self.uses[id(leaf)] = (weakref.ref(leaf), record)

    def first_use(self, leaf: torch.Tensor) -> OperationRecord | None:
        """The first tracked call of this iteration that a leaf flowed into."""
        reference, record = self.uses.get(id(leaf), (None, None))
        return record if reference is not None and reference() is leaf else None

    def reach(self, leaves: Iterable[torch.Tensor]) -> None:
        """A pass of this iteration comes to these leaves."""
        self._reached.update(map(id, leaves))

    def was_reached(self, leaf: torch.Tensor) -> bool:
        """Whether an earlier pass of this iteration came to a leaf."""
        return id(leaf) in self._reached

    def attributable(self) -> list[OperationRecord]:
        """Operations that may have made nodes of this iteration's graphs: its own, and those of the one before it."""
        return [*self._earlier, *self.operations]

    def forget_old(self, known: int) -> None:
        """Forget the operations that ran first, if there are twice as many as may be ``known``."""
        if len(self.operations) >= 2 * known:
            del self.operations[:-known]

    def new_iteration(self) -> None:
        """Inputs of the iteration before are no longer known, its operations still are."""
        for record in self.operations:
            record.inputs.clear()
            record.rerun = None
        self._earlier = self.operations
        self.operations = []
        self.inputs.clear()
        self.uses.clear()
        self._reached.clear()
        self._rows.clear()


class OperationFinder:
    """The innermost call that made a node, by its number: a call may hold others, as ``backward()`` does."""

    def __init__(self, operations: list[OperationRecord]) -> None:
        self._operations = sorted(operations, key=lambda record: (record.start, -record.end))
        self._starts = [record.start for record in self._operations]
        self._around: list[int] = []  # the row of the call around each one, -1 for none
        open_rows: list[int] = []
        for row, record in enumerate(self._operations):
            while open_rows and self._operations[open_rows[-1]].end <= record.start:
                open_rows.pop()
            self._around.append(open_rows[-1] if open_rows else -1)
            open_rows.append(row)

    def find(self, number: int) -> OperationRecord | None:
        """None for a node that no recorded call made."""
        row = bisect_right(self._starts, number) - 1
        while row >= 0 and number >= self._operations[row].end:
            row = self._around[row]
        return self._operations[row] if row >= 0 else None


def called_directly(caller: FrameType | None, user: FrameType) -> bool:
    """Whether the user's line called the operation itself, not through a module of torch's."""
    frame = caller
    while frame is not None and frame is not user:
        if _MODULES in frame.f_code.co_filename:
            return False
        frame = frame.f_back
    return True


def flat(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in a value, in lists and tuples too."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from flat(item)


def tensors_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[torch.Tensor]:
    """All tensors among the arguments of a call."""
    yield from flat(args)
    for value in kwargs.values():
        yield from flat(value)
