"""An exception of the user's script, with what was there when it was raised: enough to explain it later.

Everything in here is text and numbers; no tensor outlives the exception by it. ``guess`` marks what was read from the
source and not seen to happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FaultPlace = Literal["operation", "module", "backward", "uncaught"]
Holding = Literal["", "uncaught", "raised"]


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One line of a traceback, or another line of the user's code that bears on it."""

    file: str
    line: int
    function: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Operand:
    """What an operation was given, or what the failing line names: a tensor, a module or a number.

    ``low`` and ``high`` are the extremes of an integer tensor; ``text`` is a module's own description, or a number.
    """

    name: str
    type: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    device: str = ""
    requires_grad: bool = False
    is_leaf: bool = False
    grad_fn: str = ""
    low: int | None = None
    high: int | None = None
    node: int = -1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """An in-place operation: what brought a tensor from one version to the next."""

    place: TraceLine
    operation: str
    before: int = -1
    after: int = -1
    guess: bool = False


@dataclass(frozen=True, slots=True)
class Mutation:
    """A tensor that a node saved for its backward and that was written to since.

    ``expected`` and ``found`` are its versions; ``maker`` the node that made it, ``saver`` the one that needs it, each
    with its line where that is known.
    """

    name: str
    shape: tuple[int, ...]
    expected: int
    found: int
    saver: int = -1
    saver_op: str = ""
    saved_as: str = ""
    saver_place: TraceLine | None = None
    maker: int = -1
    maker_op: str = ""
    maker_place: TraceLine | None = None
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, slots=True)
class Reuse:
    """A second backward through nodes that the first one freed. ``carried`` is the tensor that links the two graphs."""

    first: TraceLine | None = None
    first_iteration: int = -1
    first_pass: int = -1
    second: TraceLine | None = None
    shared: int = 0
    nodes: bytes = b""  # int32: the shared nodes
    carried: str = ""
    carried_op: str = ""
    carried_place: TraceLine | None = None
    same_root: bool = False
    node: int = -1  # the node that made ``carried``


@dataclass(frozen=True, slots=True)
class GradientLost:
    """A place where a tensor on the way to the root lost its gradient."""

    reason: str
    place: TraceLine
    name: str = ""
    guess: bool = False


@dataclass(frozen=True, slots=True)
class ExceptionRaised:
    """An exception of the script, told where it was noticed first and again if it leaves the script uncaught.

    ``frames`` is the user's traceback, innermost first, without torch's frames and the probe's. ``node`` is the node at
    fault in the graph ``fingerprint``. ``unwound``: noticed only when it had left the script, so ``finally`` and
    ``with`` have run. ``trained``, ``frozen``: how many parameters take a gradient, and how many do not.
    """

    iteration: int
    phase: str
    type: str
    message: str
    place: FaultPlace
    frames: tuple[TraceLine, ...] = ()
    held: bool = False
    caught: bool = False
    unwound: bool = False
    detail: bool = False
    thread: str = ""
    pass_index: int = -1
    fingerprint: str = ""
    node: int = -1
    operation: str = ""
    module: str = ""
    expression: str = ""
    operands: tuple[Operand, ...] = ()
    mutation: Mutation | None = None
    reuse: Reuse | None = None
    lost: tuple[GradientLost, ...] = ()
    trained: int = -1
    frozen: int = -1
    grad_enabled: bool = True
    cause: str = ""
    made: TraceLine | None = None  # the line of the forward that made the node at fault


@dataclass(frozen=True, slots=True)
class HoldExceptions:
    """Which exceptions hold the script: none, those that nothing in it will catch, or all that are raised."""

    holding: Holding
