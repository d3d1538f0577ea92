"""The numbers by which a person follows a training: each loss by its own name, and leaves that are one number.

``loss = recon + beta * kl``: what ``backward()`` was called on is one number, and so is each term that was added into
it and that a variable of the calling frame holds. They are read when the pass begins, as the forward computed them.
Which variables these are is found out once for each graph and line; from then on a pass costs one look at each.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import torch

from ..wire.figures import Figure, FigureKind
from .guard import guarded
from .naming import attribute, visible
from .tensors import scalar

if TYPE_CHECKING:
    from types import FrameType

    from .parts import Parts
    from .walk import Walk

MOST = 12  # losses, and leaves
MOST_NODES = 64  # that sums are followed through
PLACES = 256  # graphs and lines whose variables are remembered
UNNAMED = "loss"
# What a sum of losses is written with; each passes its gradient on, at most multiplied by a constant.
_SUMS = ("AddBackward", "SubBackward", "NegBackward", "DivBackward", "MulBackward", "SumBackward", "MeanBackward",
         "StackBackward", "UnbindBackward", "ViewBackward", "ReshapeAliasBackward", "SqueezeBackward",
         "UnsqueezeBackward", "ToCopyBackward")  # fmt: skip
_PRODUCTS = ("MulBackward", "DivBackward")
_PLACE = re.compile(r"(\w+)(?:\[(.+)\]|\.(\w+))?", re.DOTALL)

Place = tuple[str, Any, str]  # a variable, a place in it (None: it itself), how one writes that


class Figures:
    """``pass_begins`` and ``told`` are the training thread's; nothing of the user's is kept but numbers and names."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._losses: dict[str, tuple[FigureKind, float]] = {}
        self._known: dict[tuple[Any, ...], tuple[str, tuple[Place, ...]]] = {}
        self._leaves: tuple[int, ...] = ()
        self._listed = -1

    @guarded("figures")
    def pass_begins(self, seen: Walk, roots: tuple[Any, ...], root_name: str, frame: FrameType | None) -> None:
        """A pass begins at ``roots``; ``parts.loss`` is the number that the first of them holds."""
        loss = self._parts.loss
        if loss is None or len(roots) != 1:
            return
        if frame is None:
            self._note("root", root_name or UNNAMED, loss)
            return
        key = (frame.f_code, frame.f_lineno, seen.fingerprint)
        known = self._known.get(key)
        if known is None:
            while len(self._known) >= PLACES:
                del self._known[next(iter(self._known))]
            known = self._known[key] = _find(seen, roots[0], root_name, frame)
        self._note("root", known[0], loss)
        local, outer = (frame.f_locals, frame.f_globals) if known[1] else ({}, {})
        for variable, place, name in known[1]:
            term = _held(local.get(variable, outer.get(variable)), place)
            value = scalar(term) if _is_number(term) and id(term.grad_fn) in seen.rows else None
            if value is not None:
                self._note("term", name, value)

    def told(self) -> tuple[Figure, ...]:
        """The numbers of the iteration that has ended: its losses, and leaves of one element as they are now."""
        losses = [Figure(name, kind, value) for name, (kind, value) in self._losses.items()]
        leaves = [(name, scalar(leaf)) for name, leaf in self._small()]
        return (*losses, *(Figure(name, "leaf", value) for name, value in leaves if value is not None))

    def new_iteration(self) -> None:
        """Forget the losses of the last one."""
        self._losses = {}

    def _note(self, kind: FigureKind, name: str, value: float) -> None:
        if name in self._losses or len(self._losses) < MOST:
            self._losses[name] = (kind, value)

    def _small(self) -> list[tuple[str, torch.Tensor]]:
        """Leaves of one element that take gradient; all are looked through only when there are more than before."""
        parameters = self._parts.parameters
        if len(parameters) != self._listed:
            self._listed = len(parameters)
            tensors = [(index, parameters.tensor(index)) for index in range(len(parameters))]
            self._leaves = tuple(index for index, leaf in tensors if leaf is not None and leaf.numel() == 1)[:MOST]
        held = [(parameters.name(index), parameters.tensor(index)) for index in self._leaves]
        return [(name, leaf) for name, leaf in held if leaf is not None and leaf.requires_grad]


def _find(seen: Walk, root: Any, root_name: str, frame: FrameType) -> tuple[str, tuple[Place, ...]]:
    """What the root is called, and the variables that hold a term of it."""
    terms = _terms(seen)
    candidates = visible(frame, _is_number)
    name = next((name for name, value in candidates if value is root), "") or root_name or UNNAMED
    found: dict[int, str] = {}
    for written, value in candidates:
        if value is not root and id(value.grad_fn) in terms:
            found.setdefault(id(value.grad_fn), written)
    places = (_place(written) for written in found.values())
    return name, tuple(place for place in places if place is not None)[: MOST - 1]


def _terms(seen: Walk) -> set[int]:
    """Ids of the nodes whose results were only added up, or multiplied by constants, on their way to the root."""
    reached: set[int] = set()
    waiting = [seen.nodes[row] for row, _ in seen.roots]
    while waiting and len(reached) < MOST_NODES:
        node = waiting.pop()
        name = type(node).__name__
        if not name.startswith(_SUMS):
            continue
        children = [child for child, _ in node.next_functions if child is not None]
        if name.startswith(_PRODUCTS) and len(children) > 1:
            continue
        waiting += [child for child in children if id(child) not in reached]
        reached.update(map(id, children))
    return reached


def _is_number(value: object) -> bool:
    """A tensor of one element that an operation made."""
    return type(value) is torch.Tensor and value.numel() == 1 and value.grad_fn is not None


def _place(written: str) -> Place | None:
    """How to come to ``loss``, ``losses[0]``, ``losses['kl']`` or ``self.loss`` again."""
    parts = _PLACE.fullmatch(written)
    if parts is None:
        return None
    variable, member, attribute = parts.groups()
    return variable, _Attribute(attribute) if attribute else ast.literal_eval(member) if member else None, written


class _Attribute(str):
    """The name of an attribute, as against a key."""

    __slots__ = ()


def _held(value: Any, place: Any) -> Any:
    """What stands at a place; None where there is no such place any more."""
    if place is None:
        return value
    if isinstance(place, _Attribute):
        return attribute(value, place)
    if type(value) is dict:
        return value.get(place)
    return value[place] if type(value) in (list, tuple) and isinstance(place, int) and place < len(value) else None
