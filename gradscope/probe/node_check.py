"""Is the backward of this operation right? Compared with finite differences, on copies, in float64.

What it promises. The operation runs again on copies; nothing of the run changes, no generator moves, and no hook of
ours or of a module sees it. What is compared is autograd's own derivative of the whole recorded call (a call such as
``cross_entropy`` makes several nodes) in one random direction of its results with central differences: once along a
random direction through all elements of an input, then at single elements, all of a small input and a sample of a
large one.

How it works. Random operations draw the same numbers in each evaluation. Elements where the two one-sided differences
disagree sit at a kink (a ReLU at 0) and are counted instead of judged. A function that computes in float32 inside is
measured with wider steps and judged less strictly.

What it does not do. It cannot undo what a user's own function does besides computing. A straight-through estimator is
found to disagree: that is what it is for, and the answer cannot know.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from ..wire import messages as m
from ..wire.looking import InputCheck
from .guard import describe
from .private import aside, random_state, set_random_state
from .records import OperationFinder
from .rehearsal import Refused
from .reruns import found
from .tensors import untouchable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .parts import Parts
    from .records import OperationRecord
    from .reruns import Rerun

SAMPLE = 48
SECONDS = 3.0
MOST_ELEMENTS = 16 << 20
_ERRORS = (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError, NotImplementedError)
_SEED = 20


class _Precision(NamedTuple):
    step: float
    absolute: float
    relative: float


_FINE = _Precision(1e-6, 1e-5, 1e-3)
_COARSE = _Precision(2e-3, 2e-2, 5e-2)  # float32 inside


def check_node(parts: Parts, order: m.CheckNode) -> m.NodeChecked:
    """The answer to an order, at a pause."""
    name = ""
    try:
        record, rerun = _recorded(parts, order.node)
        name = record.function
        with aside(parts), torch.autograd.graph.saved_tensors_hooks(_same, _same), torch.enable_grad():
            return _checked(parts, order, record, rerun)
    except Refused as refused:
        return m.NodeChecked(order.request, order.node, False, str(refused), name)
    except _ERRORS as error:
        return m.NodeChecked(order.request, order.node, False, f"it cannot be run again: {describe(error)}", name)


def _recorded(parts: Parts, node: int) -> tuple[OperationRecord, Rerun]:
    shown = parts.shown
    if node in shown.leaves:
        raise Refused("a leaf has no backward of its own: check the operation that uses it")
    if not 0 <= node < len(shown.numbers):
        raise Refused("it is no operation of the graph")
    record = OperationFinder(parts.records.operations).find(shown.numbers[node])
    if record is None or record.rerun is None:
        light = "this iteration was captured in light level; step into the next one to check its nodes"
        raise Refused("no recorded call made this node" if parts.detail else light)
    return record, record.rerun


def _checked(parts: Parts, order: m.CheckNode, record: OperationRecord, rerun: Rerun) -> m.NodeChecked:
    originals = found(parts, record, rerun)
    for tensor in originals:
        reason = untouchable(tensor)
        if reason or tensor.is_complex() or tensor.layout is not torch.strided:
            raise Refused(f"one of its inputs cannot be copied: it is {reason or 'complex or sparse'}")
    if sum(tensor.numel() for tensor in originals) > MOST_ELEMENTS:
        raise Refused(f"its inputs have more than {MOST_ELEMENTS:,} elements together")
    wide = [tensor.detach().to(_wide(tensor)).clone() for tensor in originals]
    trial = _Trial(rerun, wide)
    analytic = trial.backward()
    fine = all(result.dtype is torch.float64 for result in trial.results)
    precision = _FINE if fine else _COARSE
    until = time.monotonic() + SECONDS
    inputs = tuple(
        _check_input(trial, position, gradient, precision, f"input {position + 1}", until)
        for position, gradient in analytic.items()
    )
    if not inputs:
        raise Refused("none of its inputs takes gradient")
    why = "" if fine else "it computes in less than float64 inside, so it is judged less strictly"
    dtype = "float64" if fine else str(trial.results[0].dtype).removeprefix("torch.")
    return m.NodeChecked(order.request, order.node, True, why, record.function, dtype, inputs)


class _Trial:
    """The call as a function of its tensors, with one number as its result."""

    def __init__(self, rerun: Rerun, values: Sequence[torch.Tensor]) -> None:
        self.rerun, self.values = rerun, values
        self.results: list[torch.Tensor] = []
        self._random = random_state()
        self._weights: list[torch.Tensor] = []

    def backward(self) -> dict[int, torch.Tensor]:
        """Autograd's derivative by position, of the inputs that took gradient."""
        slots = self.rerun.slots
        own = [
            value.detach().clone().requires_grad_(slot.tracked) for slot, value in zip(slots, self.values, strict=True)
        ]
        self.results = [result for result in self._run(own) if result.requires_grad]
        if not self.results:
            raise Refused("its result takes no gradient when it is run again")
        generator = torch.Generator()
        generator.manual_seed(_SEED)
        self._weights = [
            torch.empty(result.shape, dtype=torch.float64).normal_(generator=generator).to(result.device, result.dtype)
            for result in self.results
        ]
        wanted = [position for position, slot in enumerate(slots) if slot.tracked]
        places = [own[position] for position in wanted]
        gradients = torch.autograd.grad(self.results, places, self._weights, allow_unused=True)
        return {
            position: torch.zeros_like(self.values[position]) if gradient is None else gradient.detach()
            for position, gradient in zip(wanted, gradients, strict=True)
        }

    def value(self, position: int, moved: torch.Tensor) -> float:
        """The number with another tensor in one place."""
        own = [value.clone() for value in self.values]
        own[position] = moved.clone()
        for place, slot in enumerate(self.rerun.slots):
            own[place].requires_grad_(slot.tracked)
        results = [result for result in self._run(own) if result.requires_grad]
        weighted = zip(results, self._weights, strict=True)
        return sum(float((result.detach().double() * weight.double()).sum()) for result, weight in weighted)

    def _run(self, own: list[torch.Tensor]) -> list[torch.Tensor]:
        """On clones, so that an operation in place finds something to write to."""
        set_random_state(self._random)
        clones = [tensor.clone() if tensor.requires_grad else tensor for tensor in own]
        ids = {id(slot): clone for slot, clone in zip(self.rerun.slots, clones, strict=True)}
        return _flat(self.rerun.call(ids))


def _check_input(
    trial: _Trial, position: int, analytic: torch.Tensor, precision: _Precision, name: str, until: float
) -> InputCheck:
    base = trial.values[position]
    shape = tuple(base.shape)
    middle = trial.value(position, base)
    along, bent = _along(trial, position, analytic, precision, middle)
    checked = kinks = 0
    agrees = bent or along <= 1.0
    worst = (-1.0, 0.0, 0, 0.0, 0.0)  # absolute, relative, element, analytic, numeric
    for element in _elements(base.numel()):
        if checked and time.monotonic() > until:
            break
        expected = float(analytic.reshape(-1)[element])
        numeric, smooth = _slope(trial, position, _unit(base, element), precision, middle)
        checked += 1
        if not smooth:
            kinks += 1
            continue
        off = abs(expected - numeric)
        within = off <= precision.absolute + precision.relative * abs(numeric)
        agrees = agrees and within
        if off > worst[0] or off != off:
            worst = (off, off / max(abs(numeric), abs(expected), 1e-12), element, expected, numeric)
    absolute, relative, element, expected, numeric = worst
    place = tuple(int(i) for i in torch.unravel_index(torch.tensor(element), shape)) if shape and base.numel() else ()
    return InputCheck(
        name, shape, agrees, checked, kinks, along, max(absolute, 0.0), relative, place, expected, numeric
    )


def _along(
    trial: _Trial, position: int, analytic: torch.Tensor, precision: _Precision, middle: float
) -> tuple[float, bool]:
    """The difference along a random direction, in units of what is tolerated; and whether a kink lies on the way."""
    base = trial.values[position]
    generator = torch.Generator()
    generator.manual_seed(_SEED + 1 + position)
    direction = torch.empty(base.shape, dtype=torch.float64).normal_(generator=generator).to(base.device, base.dtype)
    direction /= max(float(torch.linalg.vector_norm(direction)), 1e-30)
    numeric, smooth = _slope(trial, position, direction, precision, middle)
    off = abs(float((analytic.double() * direction.double()).sum()) - numeric)
    return off / (precision.absolute + precision.relative * abs(numeric)), not smooth


def _slope(
    trial: _Trial, position: int, direction: torch.Tensor, precision: _Precision, middle: float
) -> tuple[float, bool]:
    """The central difference along a direction, and whether both sides agree on it."""
    base, step = trial.values[position], precision.step
    above, below = (trial.value(position, base + sign * step * direction) for sign in (1, -1))
    right, left = (above - middle) / step, (middle - below) / step
    numeric = (above - below) / (2 * step)
    apart = abs(right - left)
    return numeric, not apart > 1e2 * precision.absolute + 0.1 * max(abs(right), abs(left))


def _elements(count: int) -> list[int]:
    if count <= SAMPLE:
        return list(range(count))
    generator = torch.Generator()
    generator.manual_seed(_SEED)
    return sorted(set(torch.randint(0, count, (SAMPLE,), generator=generator, device="cpu").tolist()))


def _unit(base: torch.Tensor, element: int) -> torch.Tensor:
    unit = torch.zeros_like(base, memory_format=torch.contiguous_format)
    unit.view(-1)[element] = 1.0
    return unit


def _flat(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (tuple, list)):
        return [tensor for item in value for tensor in _flat(item)]
    return []


def _wide(tensor: torch.Tensor) -> torch.dtype:
    if not tensor.is_floating_point():
        return tensor.dtype
    return torch.float32 if tensor.device.type == "mps" else torch.float64


def _same(tensor: torch.Tensor) -> torch.Tensor:
    return tensor
