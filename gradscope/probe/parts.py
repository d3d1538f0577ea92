"""The pieces of one probe, made once and handed to those that work together. No piece knows the whole."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .clock import Clock
from .makers import Makers
from .user_hooks import UserHooks

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from ..wire import messages as m
    from .breakpoints import Breakpoints
    from .calls import Calls
    from .course import Course
    from .gate import Gate
    from .kept import Kept
    from .lineage import Lineage
    from .names import ModulePaths, Parameters
    from .passing import Passing
    from .records import Records

RESULTS_KNOWN = 4096
CALLS_KNOWN = 50_000  # of one iteration; many more are only made where no update ever ends it


@dataclass
class Shown:
    """What the graph on screen is made of, without keeping any of it alive.

    ``numbers[node]`` is a node's sequence number, under which forward values are kept; ``inputs`` are rows of the input
    records for the nodes that follow the autograd nodes. ``calls`` says of each row of its calls how to find it: so
    many calls above the innermost one around a node.
    """

    fingerprint: str = ""
    pass_index: int = -1
    numbers: list[int] = field(default_factory=list)
    leaves: dict[int, weakref.ref[torch.Tensor]] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=list)
    calls: list[tuple[int, int]] = field(default_factory=list)
    current: bool = True  # False: it belongs to the iteration before, whose tensors are gone


@dataclass
class Parts:
    """Shared by recorder, passes, updates and answers. ``detail`` tells how much this iteration captures."""

    tell: Callable[[m.Fact], None]
    gate: Gate
    course: Course
    parameters: Parameters
    paths: ModulePaths
    calls: Calls
    records: Records
    kept: Kept
    breaks: Breakpoints
    lineage: Lineage
    makers: Makers = field(default_factory=Makers)
    user_hooks: UserHooks = field(default_factory=UserHooks)
    clock: Clock = field(default_factory=Clock)
    detail: bool = True
    forward_only: bool = False  # it does so for the sake of breakpoints in the forward: passes are free to be light
    want_detail: bool = False
    thread: int = field(default_factory=threading.get_ident)  # that of training: the first one that a hook fires in
    off: bool = False
    aside: bool = False  # the probe itself runs functions of the user's: nothing of it is training
    in_engine: int = 0  # runs of the engine that are under way: what runs inside them is no forward
    shown: Shown = field(default_factory=Shown)
    passing: Passing | None = None  # while held at a node
    results: deque[weakref.ref[torch.Tensor]] = field(default_factory=lambda: deque(maxlen=RESULTS_KNOWN))
    loss_place: tuple[Any, ...] = ()
    loss: float | None = None
    fingerprint: str = ""

    def add_result(self, tensor: torch.Tensor) -> None:
        """A tensor at which the graph under way can be entered."""
        self.results.append(weakref.ref(tensor))

    def forget_old(self) -> None:
        """In an iteration that does not end, calls and operations of passes long over."""
        self.calls.forget_old(CALLS_KNOWN)
        self.records.forget_old(CALLS_KNOWN)

    def new_iteration(self) -> None:
        """Forget what belonged to the last iteration."""
        self.calls.new_iteration()
        self.records.new_iteration()
        self.kept.clear()
        self.user_hooks.new_iteration()
        self.results.clear()
        self.shown.current = False
        self.loss = None
