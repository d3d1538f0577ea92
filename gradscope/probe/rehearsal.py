"""One step of a user's optimizer on copies: what it would do, without doing it.

What it promises. Parameters, gradients, the optimizer's state and options, and every random generator are bit for bit
what they were. No hook runs, neither the user's nor ours.

How it works. An object of the same class is made without its ``__init__`` and given copies: of some parameters with
their gradients, of their state, of all options. The class's own ``step`` is called, behind the wrapper that runs hooks
and behind a scheduler's. Torch's own optimizers treat each parameter by itself (``ALONE`` are those that do not), so a
large model is rehearsed part by part within ``budget`` bytes.

What it does not do. An optimizer that needs a closure, talks to other processes, or holds a model or another optimizer
is refused in words.
"""

from __future__ import annotations

import copy
from collections import OrderedDict, defaultdict
from typing import TYPE_CHECKING, Any

import torch

from .guard import describe
from .private import aside
from .tensors import untouchable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .parts import Parts

BUDGET_BYTES = 512 << 20
TORCHS_OWN = "torch.optim."
_NOT_COPIED = frozenset(("step", "param_groups", "state"))
_ERRORS = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError, NotImplementedError)

Pair = tuple[torch.Tensor, torch.Tensor]


class Refused(Exception):
    """Something cannot be done, with the reason in words for the user."""


def rehearse(
    parts: Parts, optimizer: Any, take: Callable[[torch.Tensor, torch.Tensor], None], budget: int = BUDGET_BYTES
) -> list[torch.Tensor]:
    """Give ``take`` each parameter with what the step would make of it; those too large to copy are returned.

    Raises:
        Refused: this optimizer cannot be rehearsed.
    """
    _check(optimizer)
    too_large: list[torch.Tensor] = []
    for portion in _portions(optimizer, budget, too_large):
        for original, stepped in step_copies(parts, optimizer, portion):
            take(original, stepped)
    return too_large


def step_copies(parts: Parts, optimizer: Any, chosen: Sequence[torch.Tensor], invent: bool = False) -> list[Pair]:
    """One step on copies of these parameters; each with its copy behind the step.

    ``invent`` gives those without a gradient one of zeros, so that the step does something with them.

    Raises:
        Refused: the step cannot be made on copies.
    """
    wanted = {id(parameter) for parameter in chosen}
    with aside(parts):
        copies = {id(parameter): _copied(parameter, invent) for parameter in chosen}
        try:
            stand_in = _stand_in(optimizer, copies, wanted)
            _inner_step(type(optimizer))(stand_in)
        except _ERRORS as error:
            raise Refused(f"{type(optimizer).__name__} cannot be run on copies: {describe(error)}") from None
        return [(parameter, copies[id(parameter)].detach()) for parameter in chosen]


def _check(optimizer: Any) -> None:
    kind = type(optimizer)
    name = kind.__name__
    if kind.__module__.startswith("torch.distributed"):
        raise Refused(f"{name} talks to other processes, so its step cannot be rehearsed")
    if isinstance(optimizer, torch.optim.LBFGS):
        raise Refused(f"{name} evaluates the loss while it steps, so its update is not known before")
    for key, value in vars(optimizer).items():
        if key not in _NOT_COPIED and isinstance(value, (torch.nn.Module, torch.optim.Optimizer)):
            raise Refused(f"{name} holds a {type(value).__name__} of its own, which a rehearsal would change")
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            reason = untouchable(parameter)
            if reason:
                raise Refused(f"a parameter of {name} cannot be copied: it is {reason}")


def _portions(optimizer: Any, budget: int, too_large: list[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Parameters with gradients, as many at a time as fit; all at once where the class may mix them."""
    everything = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    separable = type(optimizer).__module__.startswith(TORCHS_OWN)
    if not separable:
        if sum(_bytes(optimizer, parameter) for parameter in everything) > budget:
            raise Refused(
                f"copies of the parameters and of the state of {type(optimizer).__name__} would take more than"
                f" {budget >> 20} MiB"
            )
        yield everything
        return
    portion: list[torch.Tensor] = []
    room = budget
    for parameter in everything:
        size = _bytes(optimizer, parameter)
        if size > budget:
            too_large.append(parameter)
            continue
        if size > room:
            yield portion
            portion, room = [], budget
        portion.append(parameter)
        room -= size
    if portion:
        yield portion


def _bytes(optimizer: Any, parameter: torch.Tensor) -> int:
    state = optimizer.state.get(parameter, {})
    kept = [value for value in state.values() if isinstance(value, torch.Tensor)] if isinstance(state, dict) else []
    return sum(t.numel() * t.element_size() for t in (parameter, parameter, parameter, *kept))


def _copied(parameter: torch.Tensor, invent: bool) -> torch.Tensor:
    gradient = parameter.grad
    twin = parameter.detach().clone().requires_grad_(parameter.requires_grad)
    if gradient is not None:
        twin.grad = gradient.detach().clone()
    elif invent:
        twin.grad = torch.zeros_like(twin)
    return twin


def _stand_in(optimizer: Any, copies: dict[int, torch.Tensor], wanted: set[int]) -> Any:
    kind: Any = type(optimizer)
    stand_in: Any = kind.__new__(kind)
    memo: dict[int, Any] = dict(copies)
    own = kind.__module__.startswith(TORCHS_OWN)
    for name, value in vars(optimizer).items():
        if name not in _NOT_COPIED:
            hooks = name.startswith("_optimizer_") and isinstance(value, dict)
            stand_in.__dict__[name] = OrderedDict() if hooks else value if own else copy.deepcopy(value, memo)
    stand_in.param_groups = [
        {
            key: [copies[id(p)] for p in value if id(p) in wanted] if key == "params" else copy.deepcopy(value, memo)
            for key, value in group.items()
            if key != "param_names"
        }
        for group in optimizer.param_groups
    ]
    stand_in.state = defaultdict(dict)
    for parameter, state in optimizer.state.items():
        if id(parameter) in wanted:
            stand_in.state[copies[id(parameter)]] = copy.deepcopy(state, memo)
        elif not isinstance(parameter, torch.Tensor):
            stand_in.state[parameter] = copy.deepcopy(state, memo)
    return stand_in


def _inner_step(kind: Any) -> Any:
    """The class's ``step`` behind the wrapper that calls hooks."""
    step = kind.step
    while getattr(step, "hooked", False) and hasattr(step, "__wrapped__"):
        step = step.__wrapped__
    return step
