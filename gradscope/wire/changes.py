"""What a person changes in a paused training, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChangeTarget = Literal["option", "requires_grad", "gradient", "accumulated", "value"]
ChangeHow = Literal["set", "clear", "scale", "clip", "noise"]


@dataclass(frozen=True, slots=True)
class OptimizerOption:
    """One option of a group, written as Python writes it. ``fixed`` says why it cannot be changed, "" if it can."""

    name: str
    value: str
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class OptimizerGroup:
    """One group of parameters of one optimizer. ``optimizer`` counts from 0 in the order they were seen."""

    optimizer: int
    type: str
    group: int
    options: tuple[OptimizerOption, ...]
    parameters: int  # how many tensors


@dataclass(frozen=True, slots=True)
class OptimizersTold:
    """All optimizers known at a pause, told when something in them is another than it was."""

    groups: tuple[OptimizerGroup, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Change one thing. Carried out at a pause; an option also while training runs, before the next update.

    ``target`` "option": ``option`` of ``group`` (-1: every group) of ``optimizer`` becomes ``text``.
    "requires_grad": a leaf takes gradient where ``number`` is not 0. "gradient": what is about to flow into the node at
    which training is held. "accumulated": a leaf's ``.grad``. "value": a leaf itself. The leaf is ``node`` of the graph
    on screen, or, where that is -1, the parameter called ``name``.

    ``how``: "set" to ``values`` (one for all elements, or one for each), "clear" (a gradient becomes None, a value 0),
    "scale" by ``number``, "clip" to the norm ``number``, "noise": add normal noise of standard deviation ``number``.

    A value that a pending backward still needs is written when that pass has ended, unless ``at_once``.
    """

    request: int
    target: ChangeTarget
    how: ChangeHow = "set"
    node: int = -1
    output: int = 0
    name: str = ""
    number: float = 0.0
    values: tuple[float, ...] = ()
    optimizer: int = 0
    group: int = -1
    option: str = ""
    text: str = ""
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class UndoChange:
    """Take the newest change of this pause back, bit for bit."""

    request: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A change was made, refused, taken back, or waits. ``text`` says which, in words for the user.

    ``undone`` changes name the change that they take back by ``request``; ``waiting`` ones are told again, without it,
    when they have been made.
    """

    request: int
    iteration: int
    done: bool
    text: str
    target: ChangeTarget = "option"
    name: str = ""
    undone: bool = False
    waiting: bool = False
    can_undo: bool = False
    pass_index: int = -1
    node: int = -1
    fingerprint: str = ""
