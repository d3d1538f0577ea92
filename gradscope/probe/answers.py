"""Answers to what a person asks at a pause.

Computed by the held thread itself: its thread pool, its stream, its modes.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from . import compat, frames
from .guard import describe
from .kept import RAN_FREE
from .planes import plane
from .tensors import untouchable

if TYPE_CHECKING:
    from types import FrameType

    from .parts import Parts

NOT_YET = "not yet: the gradient has not reached this node in this pass"
LIGHT = "not kept: this iteration was captured in light level; step into the next one to see its tensors"
EARLIER = "not kept: it belongs to the iteration before; the next backward brings new ones"
GONE = "the tensor is no longer alive"
RUNNING = "training is running: pause it to look at tensors"
_SHORT = 6


def running(order: m.RequestTensor) -> m.TensorTold:
    """The answer while nothing is held."""
    return m.TensorTold(order.request, False, RUNNING)


class Answers:
    """Finds the tensor that is asked for and cuts the wanted plane out of it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.frame: FrameType | None = None

    def tensor(self, order: m.RequestTensor) -> m.TensorTold:
        """One plane of a tensor, or why there is none. Errors of torch become the reason."""
        try:
            tensor, why = self.find(order)
            if tensor is None:
                return m.TensorTold(order.request, False, why)
            cut = plane(tensor, order.plane, order.rows, order.columns, order.bins, order.axes, order.most, order.tiles)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            return m.TensorTold(order.request, False, describe(error))
        return m.TensorTold(order.request, **cut)

    def find(self, order: m.RequestTensor) -> tuple[torch.Tensor | None, str]:
        """The tensor itself, or why there is none."""
        if order.kind == "gradient":
            return self._gradient(order)
        if order.kind == "value":
            return self._value(order)
        if order.kind == "accumulated":
            return self._accumulated(order)
        return self._variable(order.name, order.frame)

    def _gradient(self, order: m.RequestTensor) -> tuple[torch.Tensor | None, str]:
        key = ("gradient", self._parts.shown.pass_index, order.node, order.output)
        refused = self._parts.kept.refused.get(key, "")
        if not self._parts.shown.current:
            return None, EARLIER
        unknown = LIGHT if not self._parts.detail else NOT_YET if self._parts.kept.budget else RAN_FREE
        return self._parts.kept.get(key), refused or unknown

    def _value(self, order: m.RequestTensor) -> tuple[torch.Tensor | None, str]:
        shown = self._parts.shown
        if order.node in shown.leaves:
            return shown.leaves[order.node](), GONE
        if not shown.current:
            return None, EARLIER
        position = order.node - len(shown.numbers)
        key: tuple[Any, ...]
        if 0 <= position < len(shown.inputs):
            key = ("input", shown.inputs[position])
        elif 0 <= order.node < len(shown.numbers):
            key = ("value", shown.numbers[order.node], order.output)
        else:
            return None, GONE
        why = "not kept: an inner step of one torch call, whose value torch does not hand out"
        return self._parts.kept.get(key), self._parts.kept.refused.get(key, why if self._parts.detail else LIGHT)

    def _accumulated(self, order: m.RequestTensor) -> tuple[torch.Tensor | None, str]:
        reference = self._parts.shown.leaves.get(order.node)
        leaf = reference() if reference is not None else None
        if leaf is None:
            return None, "only a leaf accumulates a gradient"
        return leaf.grad, "none: .grad is None"

    def _variable(self, name: str, depth: int) -> tuple[torch.Tensor | None, str]:
        found = self._space(depth).get(name)
        return (found, "") if issubclass(type(found), torch.Tensor) else (None, f"{name} is not a tensor of this frame")

    def variables(self, iteration: int, where: m.Frame, depth: int = 0) -> m.VariablesTold:
        """The tensors of a frame of the held stack, and of its module; 0 is the innermost frame."""
        rows = [
            self._row(name, value)
            for name, value in self._space(depth).items()
            if issubclass(type(value), torch.Tensor) and not name.startswith("__")
        ]
        return m.VariablesTold(iteration, where, tuple(rows), depth)

    def frame_variables(self, iteration: int, order: m.RequestVariables) -> m.VariablesTold | None:
        """The tensors of the frame asked for; None if the stack is not so deep."""
        frame = self._frame(order.frame)
        return None if frame is None else self.variables(iteration, frames.described(frame), order.frame)

    def _space(self, depth: int) -> dict[str, Any]:
        """The variables of a held frame; of the script itself when it is about to end and has no frame any more."""
        frame = self._frame(depth)
        if frame is None:
            return vars(sys.modules["__main__"]) if self.frame is None else {}
        return {**frame.f_globals, **frame.f_locals}

    def _frame(self, depth: int) -> FrameType | None:
        stack = frames.outwards(self.frame)
        return stack[depth] if 0 <= depth < len(stack) else None

    def _row(self, name: str, value: torch.Tensor) -> m.Variable:
        node = _grad_fn(value)
        grad_fn = compat.node_name(node) if node is not None else ""
        grad = value.grad if compat.is_leaf(value) else None
        return m.Variable(
            name,
            type(value).__name__,
            tuple(map(int, value.shape)),
            str(value.dtype).removeprefix("torch."),
            str(value.device),
            value.requires_grad,
            compat.is_leaf(value),
            grad_fn,
            "None" if grad is None else _short(grad),
            _short(value),
            self.node_of(value),
        )

    def node_of(self, value: torch.Tensor) -> int:
        """Its row in the graph that is shown; -1 if it has none there."""
        shown = self._parts.shown
        for row, reference in shown.leaves.items():
            if reference() is value:
                return row
        for position, record in enumerate(shown.inputs):
            inputs = self._parts.records.inputs
            if 0 <= record < len(inputs) and inputs[record].reference() is value:  # -1: an untracked operation
                return len(shown.numbers) + position
        node = _grad_fn(value)
        number = compat.node_sequence(node) if node is not None else -1
        return shown.numbers.index(number) if number >= 0 and number in shown.numbers else -1


def _grad_fn(tensor: torch.Tensor) -> Any:
    """Its node; of a view whose base was written to since, none: asking torch would make a new one."""
    return None if compat.base_written(tensor) else tensor.grad_fn


def _short(tensor: torch.Tensor) -> str:
    """A value as a few figures, without running the tensor's own ``__repr__``."""
    reason = untouchable(tensor)
    if reason:
        return reason
    first = m.RequestTensor(0, "variable", rows=1, columns=_SHORT, bins=1)
    try:
        cut = plane(tensor, (), first.rows, first.columns, first.bins)
    except (RuntimeError, ValueError, TypeError, IndexError):
        return "?"
    return _figures(cut, tensor)


def _figures(cut: dict[str, Any], tensor: torch.Tensor) -> str:
    numbers = array("d")
    numbers.frombytes(cut["data"])
    if tensor.dim() == 0:
        return f"{numbers[0]:.6g}"
    shown = ", ".join(f"{number:.4g}" for number in numbers[:_SHORT])
    more = ", ..." if tensor.numel() > len(numbers[:_SHORT]) else ""
    return f"[{shown}{more}]"
