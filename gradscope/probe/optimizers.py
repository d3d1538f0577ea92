"""The optimizers of the script: found when they step or when a held frame can see them; their options, and setting one.

A new value is tried before it is set: the class's own checks see it, and one step with it is rehearsed on a copy of the
smallest parameter. ``amsgrad`` switched on in the middle of a run would otherwise raise in the user's next step.
"""

from __future__ import annotations

import ast
import inspect
import weakref
from typing import TYPE_CHECKING, Any

import torch

from ..wire.changes import OptimizerGroup, OptimizerOption, OptimizersTold
from .naming import user_frames, visible
from .rehearsal import TORCHS_OWN, Refused, step_copies
from .tensors import quiet

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from .parts import Parts

_CHOSEN_ONCE = frozenset(("fused", "foreach", "capturable", "differentiable"))
_HARMLESS = frozenset(("lr", "weight_decay"))
_FRAMES = 8


class Optimizers:
    """Known ones, by number in the order they were seen. None is kept alive."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: list[weakref.ref[Any]] = []
        self._told: OptimizersTold | None = None

    def see(self, optimizer: Any) -> None:
        """One that is about to step."""
        if not any(reference() is optimizer for reference in self._known):
            self._known.append(weakref.ref(optimizer))

    def look_around(self, frame: FrameType | None) -> None:
        """Those that the held stack can see, before any of them has stepped."""
        for user in user_frames(start=frame)[:_FRAMES] if frame is not None else ():
            for _, optimizer in visible(user, _is_optimizer):
                self.see(optimizer)

    def news(self) -> OptimizersTold | None:
        """What is to be told; None while nothing is another than it was."""
        now = OptimizersTold(
            tuple(
                _described(number, optimizer, index, group)
                for number, reference in enumerate(self._known)
                if (optimizer := reference()) is not None
                for index, group in enumerate(optimizer.param_groups)
            )
        )
        if now == self._told or (self._told is None and not now.groups):
            return None
        self._told = now
        return now

    def living(self, number: int) -> Any:
        """The optimizer of a number.

        Raises:
            Refused: there is none.
        """
        optimizer = self._known[number]() if 0 <= number < len(self._known) else None
        if optimizer is None:
            raise Refused("no such optimizer is known; it is seen when it steps or when the paused code can see it")
        return optimizer

    def set_option(self, number: int, index: int, option: str, text: str) -> tuple[str, Callable[[], None]]:
        """Give an option of one group (-1: of all) a new value; what was done in words, and the way back.

        Raises:
            Refused: it cannot be, in words for the user.
        """
        optimizer = self.living(number)
        groups = optimizer.param_groups if index < 0 else optimizer.param_groups[index : index + 1]
        groups = [group for group in groups if option in group]
        kind = type(optimizer).__name__
        if not groups or option == "params":
            raise Refused(f"{kind} has no option {option!r} there")
        before = [_held(group[option]) for group in groups]
        values = [_parsed(option, group[option], text) for group in groups]

        def put(new: list[Any]) -> None:
            for group, value in zip(groups, new, strict=True):
                _put(group, option, value)

        put(values)
        try:
            if option not in _HARMLESS:
                self._rehearse(optimizer, groups)
            _ask_the_class(optimizer, groups)
        except Refused:
            put(before)
            raise
        where = "" if len(optimizer.param_groups) == 1 or index < 0 else f" of group {index}"
        old = ", ".join(dict.fromkeys(repr(value) for value in before))
        said = f"{option}{where} of {kind}: {old} to {values[0]!r}"
        if option == "lr" and getattr(getattr(optimizer, "step", None), "_wrapped_by_lr_sched", False):
            said += "; a learning-rate scheduler drives this optimizer and may set it anew"
        return said, lambda: put(before)

    def _rehearse(self, optimizer: Any, groups: list[dict[str, Any]]) -> None:
        for group in groups:
            if group["params"]:
                smallest = min(group["params"], key=lambda parameter: parameter.numel())
                step_copies(self._parts, optimizer, [smallest], invent=True)


def _ask_the_class(optimizer: Any, groups: list[dict[str, Any]]) -> None:
    """Let torch's own constructor judge the options."""
    kind = type(optimizer)
    if not kind.__module__.startswith(TORCHS_OWN):
        return
    accepted = inspect.signature(kind.__init__).parameters
    for group in groups:
        options = {key: value for key, value in group.items() if key in accepted and key not in _CHOSEN_ONCE}
        options.pop("params", None)
        with quiet():
            stand_in = torch.zeros(1, device="cpu").requires_grad_()
            try:
                kind([stand_in], **options)
            except (ValueError, TypeError, RuntimeError) as error:
                raise Refused(f"{kind.__name__} refuses it: {error}") from None


def _described(number: int, optimizer: Any, index: int, group: dict[str, Any]) -> OptimizerGroup:
    options = tuple(
        OptimizerOption(name, repr(_held(value)), _fixed(name, value))
        for name, value in group.items()
        if name not in ("params", "param_names") and isinstance(name, str)
    )
    return OptimizerGroup(number, type(optimizer).__name__, index, options, len(group["params"]))


def _fixed(name: str, value: Any) -> str:
    if name in _CHOSEN_ONCE:
        return "chosen when the optimizer is made"
    if name == "initial_lr":
        return "what a scheduler started from"
    plain = isinstance(value, (bool, int, float, str, tuple, type(None)))
    return "" if plain or (isinstance(value, torch.Tensor) and value.numel() == 1) else "not a number"


def _held(value: Any) -> Any:
    """The value itself; of a tensor of one element (``capturable``) its number."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        with quiet():
            return value.item()
    return value if isinstance(value, (bool, int, float, str, tuple, type(None))) else type(value).__name__


def _put(group: dict[str, Any], option: str, value: Any) -> None:
    if isinstance(group[option], torch.Tensor) and isinstance(value, (int, float)):
        with quiet():
            group[option].fill_(value)
    else:
        group[option] = value


def _parsed(option: str, old: Any, text: str) -> Any:
    """What a person wrote, as a value of the kind that stands there.

    Raises:
        Refused: it is of another kind.
    """
    fixed = _fixed(option, old)
    if fixed:
        raise Refused(f"{option} cannot be changed: it is {fixed}")
    old = _held(old)
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = text.strip()
    if isinstance(old, str) and isinstance(value, str):
        return value
    if isinstance(old, tuple):
        if isinstance(value, (tuple, list)) and len(value) == len(old) and all(_is_number(item) for item in value):
            return tuple(value)
        raise Refused(f"{option} is {len(old)} numbers such as {old!r}, not {text!r}")
    if isinstance(old, bool) or (old is None and isinstance(value, bool)):
        if isinstance(value, bool):
            return value
        raise Refused(f"{option} is True or False, not {text!r}")
    if not _is_number(value):
        raise Refused(f"{option} is a number, not {text!r}")
    return float(value) if isinstance(old, float) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_optimizer(value: object) -> bool:
    return issubclass(type(value), torch.optim.Optimizer)
