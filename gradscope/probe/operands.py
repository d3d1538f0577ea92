"""What stood at the line that raised: tensors, modules and numbers, by the names that the user gave them.

Names are resolved in the frame's own dictionaries, attributes in those of a module or an object, so that no property
and no ``__getattr__`` of the user's is run.
"""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING, Any

import torch

from ..wire.faults import Operand
from . import compat
from .catching import tree_of
from .naming import tensor_names
from .tensors import quiet, untouchable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

MOST = 12
_MOST_LOOKED_AT = 1 << 24
_MISSING = object()
_WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


class Operands:
    """Collects, each thing once. ``node`` finds a tensor's node in the graph on screen, ``called`` a leaf's name."""

    def __init__(
        self,
        frame: FrameType | None,
        node: Callable[[torch.Tensor], int],
        called: Callable[[torch.Tensor], str],
    ) -> None:
        self._frame = frame
        self._node = node
        self._called = called
        self._names = tensor_names(frame) if frame is not None else {}
        self._seen: set[int] = set()
        self.found: list[Operand] = []

    def add_arguments(self, values: Sequence[Any]) -> None:
        """What an operation or a module was called with."""
        for position, value in enumerate(values):
            for tensor in _flat(value):
                name = self._called(tensor) or self._names.get(id(tensor), "") or f"argument {position + 1}"
                self._add(name, tensor)

    def add_named(self, name: str, value: Any) -> None:
        """Something under a name that is known already."""
        self._add(name, value)

    def add_line(self) -> None:
        """Everything that the failing line of the frame names."""
        if self._frame is None:
            return
        for name, value in _named_at(self._frame):
            self._add(name, value)

    def _add(self, name: str, value: Any) -> None:
        if len(self.found) >= MOST or (id(value) in self._seen and not isinstance(value, (int, float))):
            return
        self._seen.add(id(value))
        if issubclass(type(value), torch.Tensor):
            self.found.append(self._tensor(name, value))
        elif isinstance(value, torch.nn.Module):
            own = type(value).__module__.startswith("torch.nn.")
            self.found.append(Operand(name, type(value).__name__, text=value.extra_repr() if own else ""))
        elif type(value) in (int, float):
            self.found.append(Operand(name, type(value).__name__, text=repr(value)))

    def _tensor(self, name: str, tensor: torch.Tensor) -> Operand:
        grad_fn = None if compat.base_written(tensor) else tensor.grad_fn
        low, high = _extremes(tensor)
        return Operand(
            name,
            type(tensor).__name__,
            tuple(map(int, tensor.shape)),
            str(tensor.dtype).removeprefix("torch."),
            str(tensor.device),
            tensor.requires_grad,
            compat.is_leaf(tensor),
            compat.node_name(grad_fn) if grad_fn is not None else "",
            low,
            high,
            self._node(tensor),
        )


def _extremes(tensor: torch.Tensor) -> tuple[int | None, int | None]:
    """The extremes of an integer tensor; a device that has failed answers nothing any more."""
    if tensor.dtype not in _WHOLE or not 0 < tensor.numel() <= _MOST_LOOKED_AT or untouchable(tensor):
        return None, None
    try:
        with quiet():
            low, high = tensor.detach().aminmax()
            return int(low), int(high)
    except RuntimeError:
        return None, None


def _flat(value: Any) -> Iterator[torch.Tensor]:
    if issubclass(type(value), torch.Tensor):
        yield value
    elif type(value) in (tuple, list):
        for item in value[:MOST]:
            yield from _flat(item)


def _named_at(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """Names and attributes that the failing expression reads, with what they stand for."""
    tree = tree_of(frame.f_code.co_filename)
    if tree is None:
        return
    place = _place(frame)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and _inside(node, place):
            value = _value(frame, node)
            if value is not _MISSING:
                yield ast.unparse(node), value


def _place(frame: FrameType) -> tuple[int, int, int, int]:
    """First line, column, last line, column of what the frame was evaluating; the whole line where Python is older."""
    line = frame.f_lineno or -1
    positions = getattr(frame.f_code, "co_positions", None)
    if positions is not None and frame.f_lasti >= 0:
        found = next(islice(positions(), frame.f_lasti // 2, None), None)
        if found is not None and None not in found:
            first, last, left, right = found
            return first, left, last, right
    return line, 0, line, 1 << 30


def _inside(node: ast.expr, place: tuple[int, int, int, int]) -> bool:
    begins, ends = (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)
    return place[:2] <= begins and ends <= place[2:]


def _value(frame: FrameType, expression: ast.expr) -> Any:
    if isinstance(expression, ast.Name):
        for space in (frame.f_locals, frame.f_globals):
            if expression.id in space:
                return space[expression.id]
        return _MISSING
    if isinstance(expression, ast.Attribute):
        return _attribute(_value(frame, expression.value), expression.attr)
    if isinstance(expression, ast.Subscript) and isinstance(expression.slice, ast.Constant):
        return _member(_value(frame, expression.value), expression.slice.value)
    return _MISSING


def _attribute(owner: Any, name: str) -> Any:
    if owner is _MISSING:
        return _MISSING
    try:
        held = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return _MISSING
    if type(held) is not dict:
        return _MISSING
    for space in (held, *(held.get(part) or {} for part in ("_parameters", "_buffers", "_modules"))):
        if type(space) is dict and name in space:
            return space[name]
    return _MISSING


def _member(owner: Any, key: Any) -> Any:
    if type(owner) in (list, tuple) and type(key) is int and -len(owner) <= key < len(owner):
        return owner[key]
    return owner.get(key, _MISSING) if type(owner) is dict and type(key) in (str, int) else _MISSING
