"""Breakpoints as they cross: what to watch for, and what was seen.

A breakpoint names places by what stays the same over restarts and changed graphs: a module's path, an operation, the
n-th node of that operation in that call - never by a node's number. ``number`` is its identity for the whole session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BreakKind = Literal["node", "call", "operation", "phase", "any", "loss", "parameter", "function", "line"]
BreakCondition = Literal["", "nonfinite", "zero", "above", "below", "growth"]


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """Where to stop, and on what condition over what passes there.

    Kinds: "node", the node given by ``call``, ``operation`` and ``occurrence`` (a leaf by ``name``) is about to run in
    backward; "call", the module at path ``call`` is called, or backward enters it; "operation", any node of
    ``operation``; "phase", the pause point ``name`` ("forward", "loss", "backward", "update", "end"); "any", the first
    node of a pass that meets the condition; "loss", the condition is met by the loss; "parameter", the version of
    ``name`` ("" for every parameter) changed outside of the update; "function", the torch function ``operation`` is
    about to be called in the forward; "line", the first operation of line ``occurrence`` of the file ``name``. The
    last two are seen in detail, so while one is enabled every iteration is captured so. Exceptions have a switch of
    their own (faults).

    ``condition`` looks at the gradient that is about to enter a node, or at the loss: "above" and "below" compare its
    norm (the loss itself) with ``threshold``, "growth" its norm with ``threshold`` times that of the last iteration.
    A hit counts only in ``iteration`` (-1: in every one); every ``every``-th hit acts; a ``log`` breakpoint writes a
    line and does not stop; ``once`` acts a single time.
    """

    number: int
    kind: BreakKind
    call: str = ""
    operation: str = ""
    occurrence: int = 0
    name: str = ""
    condition: BreakCondition = ""
    threshold: float = 0.0
    iteration: int = -1
    every: int = 1
    once: bool = False
    log: bool = False
    enabled: bool = True
    message: str = ""


@dataclass(frozen=True, slots=True)
class SetBreakpoints:
    """All breakpoints from now on; those that are not named are gone. Hits are counted on where a number stays."""

    breakpoints: tuple[Breakpoint, ...]


@dataclass(frozen=True, slots=True)
class BreakpointHit:
    """A breakpoint acted: it stopped training (``held``; ``Paused`` follows), or wrote its line.

    ``hits`` is how often its place and condition were met so far; ``text`` says where and why, in words for the user.
    """

    number: int
    iteration: int
    hits: int
    text: str
    held: bool = True
    pass_index: int = -1
    fingerprint: str = ""
    node: int = -1


@dataclass(frozen=True, slots=True)
class BreakpointsMatched:
    """How many places each breakpoint found in the graph of a pass: 0 for one that matches nothing there."""

    fingerprint: str
    numbers: tuple[int, ...]
    places: tuple[int, ...]
