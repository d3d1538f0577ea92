"""Whether what passes meets a breakpoint's condition, and why, in words for the user.

A condition waits for the device: nothing here runs where no breakpoint asks for it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from .measures import each_norm, flat, wide_norms
from .tensors import plain, quiet, untouchable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..wire.messages import Breakpoint


class Passing:
    """The gradients about to enter one node, measured once however many breakpoints ask.

    ``gradients`` has one for each output of the node, None where undefined; ``earlier`` is the norm that passed here in
    the last iteration, None if it is not known.
    """

    __slots__ = ("_gradients", "_norms", "_values", "earlier")

    def __init__(self, gradients: Sequence[Any]) -> None:
        self._gradients = gradients
        self._values: list[torch.Tensor | None] | None = None
        self._norms: list[float | None] = []
        self.earlier: float | None = None

    def why(self, breakpoint_: Breakpoint) -> str:
        """Why the condition is met; "" if it is not."""
        test = _TESTS.get(breakpoint_.condition)
        if test is None:
            return ""
        with quiet():
            self._read()
            several = len(self._norms) > 1
            for output, norm in enumerate(self._norms):
                found = test(self, output, norm, breakpoint_.threshold) if norm is not None else ""
                if found:
                    return f"output {output}: {found}" if several else found
        return ""

    @property
    def norm(self) -> float | None:
        """Of the first gradient that is defined."""
        with quiet():
            self._read()
        return next((norm for norm in self._norms if norm is not None), None)

    def _read(self) -> None:
        if self._values is None:
            alone = [g is None or bool(untouchable(g)) for g in self._gradients]
            self._values = [None if left else plain(g) for g, left in zip(self._gradients, alone, strict=True)]
            self._norms = [None if value is None else _norm(value) for value in self._values]

    def values(self, output: int) -> torch.Tensor:
        """What was measured of an output that has a norm."""
        value = (self._values or [])[output]
        assert value is not None
        return value


def loss_why(breakpoint_: Breakpoint, loss: float) -> str:
    """Why the loss meets the condition; "" if it does not."""
    threshold = breakpoint_.threshold
    if breakpoint_.condition == "nonfinite" and not math.isfinite(loss):
        return f"the loss is {_name(loss)}"
    if breakpoint_.condition == "above" and loss > threshold:
        return f"the loss is {loss:.6g}, above {threshold:.6g}"
    if breakpoint_.condition == "below" and loss < threshold:
        return f"the loss is {loss:.6g}, below {threshold:.6g}"
    return "the loss is zero" if breakpoint_.condition == "zero" and loss == 0 else ""


def _norm(value: torch.Tensor) -> float:
    if value.numel() == 0:
        return 0.0
    norm = each_norm([value])[0]
    if math.isfinite(norm) or not bool(torch.isfinite(value).all()):
        return norm
    return wide_norms([value])[0]  # its squares left the range of float32


def _nonfinite(passing: Passing, output: int, norm: float, _: float) -> str:
    if math.isfinite(norm):
        return ""
    numbers, repeats = flat(passing.values(output))
    nan, inf = int(torch.isnan(numbers).sum()) * repeats, int(torch.isinf(numbers).sum()) * repeats
    count = passing.values(output).numel()
    found = [f"{name}, {number} of {count} elements" for name, number in (("NaN", nan), ("Inf", inf)) if number]
    return " and ".join(found)


def _zero(passing: Passing, output: int, norm: float, _: float) -> str:
    count = passing.values(output).numel()
    if norm != 0.0 or count == 0 or bool(passing.values(output).any()):
        return ""
    return "zero" if count == 1 else f"all {count} elements are zero"


def _above(_: Passing, __: int, norm: float, threshold: float) -> str:
    return f"norm {_name(norm)} above {threshold:.6g}" if norm > threshold or math.isnan(norm) else ""


def _below(_: Passing, __: int, norm: float, threshold: float) -> str:
    return f"norm {norm:.6g} below {threshold:.6g}" if norm < threshold else ""


def _growth(passing: Passing, output: int, norm: float, threshold: float) -> str:
    earlier = passing.earlier
    if output or earlier is None or earlier <= 0 or not norm > threshold * earlier:
        return ""
    return f"norm {_name(norm)} is {norm / earlier:.4g} times that of the last iteration ({earlier:.6g})"


def _name(number: float) -> str:
    return "NaN" if math.isnan(number) else f"{number:.6g}"


_TESTS: dict[str, Callable[[Passing, int, float, float], str]] = {
    "nonfinite": _nonfinite,
    "zero": _zero,
    "above": _above,
    "below": _below,
    "growth": _growth,
}
